"""The dispatch of what reaches no handler: answered or refused, and recorded too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nsroute.dispatch.events import LIFECYCLE
from nsroute.dispatch.routes import CompiledHandler, CompiledRoute, Served
from nsroute.errors import EventError
from nsroute.records import publish
from nsroute.signals import Dispatch, Outcome, update


def unserved_connect(
    route: CompiledRoute, namespace: str, params: Mapping[str, Any], sid: str
) -> Dispatch:
    """Return the dispatch of a connect that is refused before any middleware."""
    target = route.connect.target
    return Dispatch(
        "connect", "connect", namespace, route.pattern, params, sid, (), target
    )


def unserved_event(
    route: CompiledRoute,
    event: Any,
    namespace: str,
    params: Mapping[str, Any],
    sid: str,
    args: tuple[Any, ...],
    live: Served | None,
) -> Dispatch:
    """Return the dispatch of an event that goes to no handler.

    Args:
        route: What would have served it.
        event: Its name, or whatever the client sent in its place.
        namespace: The concrete namespace.
        params: The parameters of the pattern.
        sid: The client's session id.
        args: The wire arguments.
        live: Where the client is; None if it is nowhere.
    """
    target = _handler(route, "event", event).target
    instance = None if live is None else live.instance
    return Dispatch(
        "event", event, namespace, route.pattern, params, sid, args, target, instance
    )


def publish_unserved(
    route: CompiledRoute,
    dispatch: Dispatch,
    outcome: Outcome,
    error: Exception | None = None,
) -> None:
    """Record and send it."""
    code = None
    if error is not None:
        code = error.code if isinstance(error, EventError) else "internal_error"
    update(dispatch, outcome=outcome, error=error, code=code, duration=0.0)
    handler = _handler(route, dispatch.kind, dispatch.event)
    publish(handler.recorder, route.sender, dispatch)


def _handler(route: CompiledRoute, kind: str, event: Any) -> CompiledHandler:
    """Return the handler whose log policy holds."""
    if kind == "connect":
        return route.connect
    if isinstance(event, str) and event not in LIFECYCLE:
        return route.handler(event)
    return route.unhandled
