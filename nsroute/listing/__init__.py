"""What a `SocketIO` with a router serves, line by line, for people who look at it.

Lines stand in the order in which they are tried: functions before classes, exact names
before routes, routes the most specific first.

- `matching`: a name and an event to what handles them;
- `describing`: a function or a class as a person wants to read of it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from functools import partialmethod
from typing import Any, Final, Literal, cast

import attrs
from flask_socketio import Namespace

from nsroute.arguments import Signature
from nsroute.events import LIFECYCLE
from nsroute.namespace import RoutedNamespace
from nsroute.namespace.declarations import Declaration, declare
from nsroute.pipeline.calls import class_layers
from nsroute.pipeline.turn import Handler
from nsroute.router import MetaRouter
from nsroute.routing import Route
from nsroute.upstream.acceptance import STAR
from nsroute.upstream.hosts import classes_of, functions_of

__all__ = [
    "Listed",
    "Precedence",
    "as_json",
    "function_of",
    "list_class",
    "list_functions",
    "list_passing",
    "list_route",
    "list_served",
    "title_of",
]

_LONGEST: Final = 60
Functions = Mapping[str, Mapping[str, Callable[..., Any]]]


@attrs.frozen
class Listed:
    """One event of a namespace, and what handles it."""

    kind: Literal["function", "namespace", "route"]
    """A function handler, an exact namespace's class, or a route's."""
    namespace: str
    """The concrete name, the pattern, or `*`."""
    event: str
    """The event as it was declared; `*` and `prefix*` stand for several."""
    handler: str | None
    """The function, or the class and the method; None if nothing is called."""
    target: str | None = None
    """The class, of an exact namespace or a route."""
    route: str | None = None
    """The name of the route, if it has one."""
    middleware: tuple[str, ...] = ()
    """What wraps the handler, outermost first."""
    before: tuple[str, ...] = ()
    """The patterns of the routes that never see what this one handles."""
    taken_by: str | None = None
    """The function handler that takes the event away from this one."""
    function: Callable[..., Any] | None = attrs.field(
        default=None, repr=False, eq=False
    )
    """What is called, as it was written."""
    layers: tuple[Any, ...] = attrs.field(default=(), repr=False, eq=False)
    """The middleware itself."""
    signature: Signature | None = attrs.field(default=None, repr=False, eq=False)
    """What was read of a method; None of functions."""


class Precedence:
    """Which handlers of a `SocketIO` its server tries before the router.

    Args:
        router: The router that is mounted there.
    """

    def __init__(self, router: MetaRouter) -> None:
        self.router = router
        self.functions: Functions = functions_of(router.server)
        self.classes: dict[str, type[Namespace]] = {
            name: type(found)
            for name, found in classes_of(router.server).items()
            if name != STAR
        }

    def taker(self, namespace: str, event: str) -> tuple[str, Any] | None:
        """Find the function that takes an event away from all classes.

        Gives the namespace that it is registered for, and the function.
        """
        for where in (namespace, STAR):
            handlers = self.functions.get(where, {})
            if event in handlers:
                return where, handlers[event]
            if STAR in handlers and event not in LIFECYCLE:
                return where, handlers[STAR]
        return None

    def taken_by(self, namespace: str, event: str) -> str | None:
        """Name the function that takes an event away from all classes."""
        found = self.taker(namespace, event)
        return None if found is None else f"{title_of(found[1])} on {found[0]!r}"


def list_served(router: MetaRouter) -> list[Listed]:
    """List all that the `SocketIO` of a router serves, in the order it is tried."""
    order = Precedence(router)
    lines: list[Listed] = []
    for name in sorted(order.functions, key=lambda name: (name == STAR, name)):
        lines += _functions(order, name)
    for name in sorted(order.classes):
        lines += list_class(order, name)
    for route in router.table:
        lines += list_route(order, route)
    return lines


def list_functions(order: Precedence, namespace: str) -> list[Listed]:
    """List the functions that get events of a namespace before any class."""
    return [*_functions(order, namespace), *_functions(order, STAR)]


def _functions(order: Precedence, namespace: str) -> Iterator[Listed]:
    for event, function in order.functions.get(namespace, {}).items():
        yield Listed(
            kind="function",
            namespace=namespace,
            event=event,
            handler=title_of(function),
            before=tuple(_hidden(order.router, namespace, event)),
            function=function,
        )


def _hidden(router: MetaRouter, namespace: str, event: str) -> Iterator[str]:
    """Give the patterns of the routes that lose an event to a function."""
    match = router.table.match(namespace)
    routes = router.table if namespace == STAR else [match.route] if match else []
    for route in routes:
        plan = router.plan_of(route)
        every = event == STAR or event in LIFECYCLE
        if every or plan.events.find(event) is not None:
            yield route.pattern


def list_class(order: Precedence, namespace: str) -> list[Listed]:
    """List the events of an exact namespace's class."""
    cls = order.classes[namespace]
    connect = _passing(order, namespace, "connect")
    around = connect.layers
    lines = {"connect": connect}
    for route in _declaration(cls).routes:
        lines[route.event] = attrs.evolve(
            connect,
            event=route.event,
            handler=f"{title_of(cls)}.{route.method}",
            middleware=tuple(map(title_of, (*around, *route.middleware))),
            function=function_of(cls, route.method),
            layers=(*around, *route.middleware),
            signature=route.signature,
        )
    return [
        attrs.evolve(line, taken_by=order.taken_by(namespace, line.event))
        for line in lines.values()
    ]


def _passing(order: Precedence, namespace: str, event: str) -> Listed:
    """Describe an event of an exact namespace's class for which it calls nothing."""
    cls = order.classes[namespace]
    match = order.router.table.match(namespace)
    around = class_layers(cls) if issubclass(cls, RoutedNamespace) else ()
    return Listed(
        kind="namespace",
        namespace=namespace,
        event=event,
        handler=None,
        target=title_of(cls),
        middleware=tuple(map(title_of, around)),
        before=() if match is None else (match.route.pattern,),
        layers=around,
    )


def list_passing(
    order: Precedence, namespace: str, event: str, route: Route | None
) -> Listed:
    """Describe a connect or disconnect that passes without a line of its own.

    Of a class that is the disconnect, because each class has a line for its connect.

    Args:
        order: What the `SocketIO` serves.
        namespace: The concrete name.
        event: Which of the two.
        route: The route that serves the name, if one does.
    """
    if route is not None:
        return _routed(route, event, order.router.plan_of(route).disconnect)
    if namespace in order.classes:
        return _passing(order, namespace, event)
    return Listed(kind="function", namespace=namespace, event=event, handler=None)


def _declaration(cls: type[object]) -> Declaration:
    if issubclass(cls, RoutedNamespace):
        return cls.__nsroute_declaration__
    return declare(cls, stop=Namespace.__mro__, typed=False)


def list_route(
    order: Precedence, route: Route, namespace: str | None = None
) -> list[Listed]:
    """List the events of a route; its connect is there with or without a handler.

    Args:
        order: What is tried before it.
        route: The route.
        namespace: The concrete name that is asked for, if one is.
    """
    plan = order.router.plan_of(route)
    handlers = [("connect", plan.connect), *plan.events]
    if plan.disconnect.method is not None:
        handlers.append(("disconnect", plan.disconnect))
    declared = _declaration(route.target).of(route.declared)
    return [
        attrs.evolve(
            _routed(route, event, handler),
            taken_by=order.taken_by(namespace or route.pattern, event),
            signature=declared[event].signature if event in declared else None,
        )
        for event, handler in handlers
    ]


def _routed(route: Route, event: str, handler: Handler) -> Listed:
    target, method = title_of(route.target), handler.method
    return Listed(
        kind="route",
        namespace=route.pattern,
        event=event,
        handler=None if method is None else f"{target}.{method}",
        target=target,
        route=route.name,
        middleware=tuple(map(title_of, handler.middleware)),
        function=None if method is None else function_of(route.target, method),
        layers=handler.middleware,
    )


def function_of(cls: type, method: str) -> Callable[..., Any]:
    """Give the function that a method of a class is written as."""
    found: Any = inspect.getattr_static(cls, method)
    if isinstance(found, staticmethod | classmethod):
        found = cast("Any", found).__func__
    elif isinstance(found, partialmethod):
        found = cast("Any", found).func
    function: Callable[..., Any] = inspect.unwrap(found)
    return function


def title_of(thing: object) -> str:
    """Name a class, a function or an object, as short as its reader can find it."""
    name: str | None = getattr(thing, "__qualname__", None)
    if name is None and type(thing).__repr__ is not object.__repr__:
        name = repr(thing)
    title = (name or type(thing).__qualname__).replace(".<locals>", "")
    return title if len(title) <= _LONGEST else f"{title[: _LONGEST - 1]}…"


def as_json(line: Listed) -> dict[str, Any]:
    """Give a line as what JSON can hold."""
    return attrs.asdict(line, filter=lambda field, _: field.repr is True)
