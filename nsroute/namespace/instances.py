"""Handlers that an object has and its class has not: `self.on_connect = …`.

Those of a `RoutedNamespace` are read when the object is made, those of a plain class at
each dispatch, as upstream does. Neither has annotations that are enforced.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from nsroute.arguments import Signature, read
from nsroute.dispatch import CompiledHandler, CompiledRoute
from nsroute.dispatch.middleware import wrap, wrap_connect
from nsroute.dispatch.routes import (
    EventTable,
    call_method,
    call_unhandled,
    open_first,
)
from nsroute.errors import ConflictError, name_of, raise_together
from nsroute.namespace.declarations import kind_of
from nsroute.namespace.marks import is_handler
from nsroute.signals import Dispatch, Kind, update


def with_own_handlers(route: CompiledRoute, instance: object) -> CompiledRoute:
    """Return a route with the handlers that an object has put on itself.

    Raises:
        RouteError: If one cannot be called, or if the class has another for its event;
            an `ExceptionGroup` of several.
    """
    own = {name[3:]: name for name in _own_names(instance)}
    if not own:
        return route
    problems = [*_conflicts(route, own)]
    handlers: dict[str, CompiledHandler] = {}
    for event, method in own.items():
        signature = _signature(instance, method, kind_of(event))
        problems.extend(signature.problems)
        handlers[event] = _compile(route, signature, method)
    raise_together(f"{name_of(type(instance))} is not a valid namespace", problems)
    return attrs.evolve(
        route,
        connect=handlers.pop("connect", route.connect),
        disconnect=handlers.pop("disconnect", route.disconnect),
        events=EventTable({**dict(route.events), **handlers}),
    )


def call_found(dispatch: Dispatch) -> Any:
    """Call what the object has for an event, as upstream looks it up."""
    instance: object = dispatch.client.live.instance
    method = f"on_{dispatch.event}"
    if not callable(getattr(instance, method, None)):
        return call_unhandled(dispatch) if dispatch.kind == "event" else None
    signature = _signature(instance, method, dispatch.kind)
    raise_together(signature.owner, signature.problems)
    update(dispatch, target=signature.owner)
    return call_method(method, signature, dispatch.kind, False)(dispatch)


def _own_names(instance: object) -> Iterator[str]:
    for name, value in vars(instance).items():
        if name.startswith("on_") and is_handler(value):
            yield name


def _conflicts(route: CompiledRoute, own: dict[str, str]) -> Iterator[Exception]:
    others = dict(route.events)
    others.update(connect=route.connect, disconnect=route.disconnect)
    for event, method in own.items():
        other = others.get(event)
        if other is not None and other.method not in (None, method):
            target = name_of(route.target)
            yield ConflictError(
                f"two handlers for the event {event!r}",
                target=target,
                first=f"{target}.{other.method}",
                second=f"self.{method}",
                hint="set the method of the class, or route it otherwise",
            )


def _signature(instance: object, method: str, kind: Kind) -> Signature:
    owner = f"{name_of(type(instance))}.{method}"
    function: Any = getattr(instance, method)
    return read(function, owner=owner, kind=kind, bound=0, typed=False)


def _compile(
    route: CompiledRoute, signature: Signature, method: str
) -> CompiledHandler:
    kind, handler = signature.kind, route.unhandled
    inner = call_method(method, signature, kind, False)
    if kind == "connect":
        inner = open_first(inner)
        run = wrap_connect(handler.middleware, inner, strict=route.strict)
    else:
        run = wrap(handler.middleware, inner)
    return attrs.evolve(
        handler, run=run, inner=inner, target=signature.owner, method=method
    )
