"""What mounting can see going wrong: handlers beside the router that take from it."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping

from nsroute.dispatch import CompiledRoute
from nsroute.dispatch.routes import LIFECYCLE
from nsroute.errors import MountError, MountWarning, RouteError, name_of, raise_together
from nsroute.router.star import StarNamespace
from nsroute.routing import Route, RouteTable, parameter_names
from nsroute.upstream.protocols import SocketIO
from nsroute.upstream.registration import (
    STAR,
    class_handler,
    class_names,
    function_handlers,
    lets_everybody_in,
    register_on_init,
)


def replace_earlier(socketio: SocketIO) -> None:
    """Replace a router that an earlier server left behind."""
    other = class_handler(socketio, STAR)
    if other is None:
        return
    if not (isinstance(other, StarNamespace) and other.is_left_behind(socketio)):
        raise MountError(
            f"{name_of(type(other))} is the '*' namespace of this SocketIO already, "
            "and there can be only one: put all routes into one router."
        )
    register_on_init(socketio, other, False)
    other.unregister(socketio)


def checked_limit(name: str, limit: object, least: int) -> int:
    """Return a limit of a router's, if it is one."""
    if isinstance(limit, int) and limit >= least:
        return limit
    raise RouteError(
        f"{name} is a whole number of {least} or more, not {limit!r}",
        target="MetaRouter",
    )


def ordered_class(compiled: Iterable[CompiledRoute]) -> str | None:
    """Return the name of a class of which one thing runs at a time, if any."""
    for route in compiled:
        if route.order == "namespace":
            return name_of(route.target)
    return None


def check_host(given: object) -> None:
    """Check that a router is mounted on a `SocketIO`, or on what works like one."""
    if not hasattr(given, "on_namespace"):
        kind = name_of(type(given))
        raise MountError(f"mount() takes a flask_socketio.SocketIO, not a {kind}.")


def check_conflicts(
    socketio: SocketIO, table: RouteTable, compiled: Mapping[int, CompiledRoute]
) -> None:
    """Check the function handlers of a `SocketIO` against the routes.

    In python-socketio a function handler beats every class, event by event. One for all
    events on `'*'` gets its arguments mixed up by Flask-SocketIO, and never works.
    """
    if lets_everybody_in(socketio):
        warnings.warn(
            "SocketIO(namespaces='*') lets strangers make namespaces without bound; "
            "the router's routes do not need the option",
            MountWarning,
            stacklevel=3,
        )
    methods = {f"{one.target.__qualname__}." for one in table}
    problems: list[Exception] = []
    for name in class_names(socketio):
        _warn_of_pattern(name, "a class")
    for namespace, event, name in function_handlers(socketio):
        handler = f"the function handler {name} of {event!r} on {namespace!r}"
        _warn_of_pattern(namespace, f"the function handler {name}")
        if name.startswith(tuple(methods)):
            _warn_of_method(name, event)
        routes = _routes_at(table, namespace)
        if event == "connect" and namespace != STAR and routes:
            problems.append(
                MountError(
                    f"{handler} takes the connects of {_shown(routes[0])}, which would "
                    "never see its clients: move what it does into the class, or give "
                    "it another namespace"
                )
            )
        elif (namespace, event) == (STAR, STAR):
            _warn(f"{handler} never works, but it", routes)
        else:
            _warn(handler, [r for r in routes if _handles(compiled[id(r)], event)])
    raise_together("The router cannot be mounted", problems)


def _warn_of_pattern(namespace: str, handler: str) -> None:
    if parameter_names(namespace):
        warnings.warn(
            f"{handler} is registered on {namespace!r}, which Flask-SocketIO takes for "
            "an exact name, and no client asks for: write a RoutedNamespace with that "
            "pattern, and a route to it",
            MountWarning,
            stacklevel=4,
        )


def _warn_of_method(name: str, event: str) -> None:
    warnings.warn(
        f"the method {name} is registered as a function for {event!r}, and will be "
        f"called without self: write @on({event!r}) in the class",
        MountWarning,
        stacklevel=4,
    )


def _routes_at(table: RouteTable, namespace: str) -> list[Route]:
    if namespace == STAR:
        return list(table)
    match = table.match(namespace)
    return [] if match is None else [match.route]


def _handles(route: CompiledRoute, event: str) -> bool:
    """Return whether a class would get an event, were it not for the function."""
    if event == STAR:
        return any(True for _ in route.events)
    return event in LIFECYCLE or route.events.find(event) is not None


def _warn(handler: str, routes: Iterable[Route]) -> None:
    shown = ", ".join(_shown(route) for route in list(routes)[:3])
    if shown:
        warnings.warn(
            f"{handler} takes this event away from {shown}", MountWarning, stacklevel=4
        )


def _shown(route: Route) -> str:
    return f"{name_of(route.target)} at {route.pattern!r}"
