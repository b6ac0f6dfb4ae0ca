"""The dispatch of what reaches no handler: answered or refused, and recorded too."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, Final

from socketio.exceptions import ConnectionRefusedError as Refused

from nsroute.dispatch.refusals import INTERNAL
from nsroute.dispatch.routes import LIFECYCLE, CompiledRoute
from nsroute.errors import EventError
from nsroute.records import Recorder, publish, truncate
from nsroute.signals import Dispatch, Kind, Outcome

NO_PARAMS: Final[Mapping[str, Any]] = MappingProxyType({})


def publish_unserved(
    kind: Kind,
    event: Any,
    namespace: str,
    sid: str | None,
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


def publish_unrouted(
    recorder: Recorder, sender: object, name: object, sid: str | None
) -> None:
    """Record and send a connect to a name that nobody serves."""
    dispatch = Dispatch(
        "connect", "connect", truncate(name), None, NO_PARAMS, sid, (), None,
        outcome="unrouted", duration=0.0,
    )  # fmt: skip
    publish(recorder, sender, dispatch)


class ConnectionEnded(Exception):
    """The connection ended before its connect could be dispatched."""


def refuse_unserved(
    error: Exception,
    namespace: str,
    sid: str,
    found: tuple[CompiledRoute, Mapping[str, Any]],
) -> Refused:
    """Record a client that did not get as far as a dispatch; return its refusal."""
    publish_connect = partial(
        publish_unserved, "connect", "connect", namespace, sid, found
    )
    if isinstance(error, EventError):
        publish_connect("refused", error)
        return Refused(error.message, {"code": error.code})
    if isinstance(error, ConnectionEnded):
        publish_connect("late")
    else:
        publish_connect("error", error)
    return Refused(INTERNAL)
