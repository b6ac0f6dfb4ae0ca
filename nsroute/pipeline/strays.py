"""What upstream forwards that gets to no handler: answered, and recorded too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from nsroute.errors import EventError
from nsroute.events import LIFECYCLE
from nsroute.pipeline.clients import Client
from nsroute.pipeline.turn import Handler, Plan
from nsroute.records import publish
from nsroute.signals import Dispatch, Kind, Outcome

__all__ = ["Stray", "publish_stray", "why_astray"]


@attrs.frozen
class Stray:
    """What upstream forwards that is no event for a client who is here."""

    kind: Kind
    event: Any
    namespace: str
    sid: str
    args: tuple[Any, ...]
    client: Client | None


def why_astray(here: bool, event: Any) -> EventError:
    """Say why an event of a connected client goes to no handler.

    Args:
        here: Whether the client was let in by the class.
        event: The event's name, or whatever the client sent in its place.
    """
    if not here:
        return EventError(
            "not_connected",
            "The connect of this client was not handled by the namespace's class.",
        )
    if isinstance(event, str):
        return EventError("reserved_event", "This name is reserved for the lifecycle.")
    return EventError("invalid_event", "The name of an event is text.")


def publish_stray(
    stray: Stray,
    plan: Plan,
    params: Mapping[str, Any],
    outcome: Outcome,
    error: Exception | None,
    code: str | None,
) -> None:
    """Publish a stray as the finished dispatch that it would have been.

    Args:
        stray: What was forwarded.
        plan: What would have served it.
        params: The parameters of the pattern.
        outcome: How it ended.
        error: What it ended with, if anything.
        code: What the client is told, if anything.
    """
    place = None if stray.client is None else stray.client.place
    handler = _handler(plan, stray)
    dispatch = Dispatch(
        kind=stray.kind,
        event=stray.event,
        namespace=stray.namespace,
        pattern=plan.pattern,
        params=params,
        sid=stray.sid,
        args=stray.args,
        target=handler.target,
        instance=None if place is None else place.instance,
        outcome=outcome,
        error=error,
        code=code,
        duration=0.0,
    )
    publish(handler.recorder, plan.sender, dispatch)


def _handler(plan: Plan, stray: Stray) -> Handler:
    """Find whose policy holds for what gets to no handler."""
    if stray.kind == "connect":
        return plan.connect
    event = stray.event
    if not isinstance(event, str) or event in LIFECYCLE:
        return plan.unhandled
    return plan.events.find(event) or plan.unhandled
