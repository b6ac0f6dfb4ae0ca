"""A class at a pattern, compiled: what its dispatches run and no client changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import attrs
from flask_socketio import Namespace

from nsroute.arguments import Middleware
from nsroute.dispatch.error_handlers import ErrorHandlers
from nsroute.dispatch.events import EventTable
from nsroute.records import Recorder
from nsroute.signals import Dispatch, Kind
from nsroute.upstream.context import ClientContext

Call = Callable[[Dispatch], Any]


@attrs.frozen(eq=False)
class CompiledHandler:
    """What handles one event of a route."""

    run: Call
    """All middleware, the check of the arguments and the method, in this order."""
    inner: Call
    """The same, with no middleware but the handler's own."""
    target: str
    """The class and the method, such as `Room.message`."""
    recorder: Recorder
    method: str | None = None
    """The name of the method; None where the class has none for the event."""
    middleware: tuple[Middleware, ...] = ()


@attrs.frozen(eq=False)
class CompiledRoute:
    """All that the dispatches of one route need."""

    pattern: str | None
    target: type[Namespace]
    events: EventTable[CompiledHandler]
    connect: CompiledHandler
    disconnect: CompiledHandler
    unhandled: CompiledHandler
    """What an event without a handler is answered by."""
    errors: ErrorHandlers
    sender: Any
    """Who sends `dispatched`: the router, or the object that stands alone."""
    make: Callable[[Any], Namespace]
    """Makes the live object of a `LiveNamespace`."""
    hooks: frozenset[str]
    """Those of `opened`, `accepted` and `closed` that the class defines."""
    strict: bool = True
    """Whether a connect handler admits by None or True alone."""
    override: Mapping[Kind, CompiledHandler] | None = None
    """What calls the `trigger_event` that a routed class overrides."""

    def first(self, kind: Kind, event: str) -> CompiledHandler:
        """Return the handler that a dispatch begins with."""
        if self.override is None:
            return self.handler(kind, event)
        return self.override[kind]

    def handler(self, kind: Kind, event: str) -> CompiledHandler:
        """Return what handles an event, or a connect or disconnect."""
        if kind == "event":
            return self.events.find(event) or self.unhandled
        return self.connect if kind == "connect" else self.disconnect


class Client(Protocol):
    """A `nsroute.live.Membership`, as dispatches need it."""

    sid: str
    eio_sid: str
    context: ClientContext
    live: Any  # its `nsroute.live.LiveNamespace`

    @property
    def is_connecting(self) -> bool: ...
    @property
    def data(self) -> dict[str, Any]: ...
