"""What mounting can see going wrong: handlers beside the router that take from it."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping

from nsroute.dispatch import CompiledRoute
from nsroute.dispatch.routes import LIFECYCLE
from nsroute.errors import MountError, MountWarning, name_of, raise_together
from nsroute.routing import Route, RouteTable
from nsroute.upstream.protocols import SocketIO
from nsroute.upstream.registration import STAR, function_handlers, lets_everybody_in


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
    problems: list[Exception] = []
    for namespace, event, name in function_handlers(socketio):
        handler = f"the function handler {name} of {event!r} on {namespace!r}"
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
