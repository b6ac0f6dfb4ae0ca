"""The dispatch of what reaches no handler: answered or refused, and recorded too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nsroute.dispatch.events import LIFECYCLE
from nsroute.dispatch.routes import CompiledRoute
from nsroute.errors import EventError
from nsroute.records import publish
from nsroute.signals import Dispatch, Kind, Outcome


def publish_unserved(
    kind: Kind,
    event: Any,
    namespace: str,
    sid: str,
    found: tuple[CompiledRoute, Mapping[str, Any]],
    outcome: Outcome,
    error: Exception | None = None,
    *,
    args: tuple[Any, ...] = (),
    instance: Any = None,
) -> None:
    """Record and send what `found` would have served."""
    route, params = found
    handler = route.unhandled
    if kind == "connect":
        handler = route.connect
    elif isinstance(event, str) and event not in LIFECYCLE:
        handler = route.events.find(event) or handler
    code = None if error is None else "internal_error"
    if isinstance(error, EventError):
        code = error.code
    dispatch = Dispatch(
        kind, event, namespace, route.pattern, params, sid, args, handler.target,
        instance, outcome, error, code, 0.0,
    )  # fmt: skip
    publish(handler.recorder, route.sender, dispatch)
