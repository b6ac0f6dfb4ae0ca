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
from nsroute.signals import Dispatch
from nsroute.upstream.context import ClientContext
from nsroute.upstream.packets import PacketEncoder

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
    errors: ErrorHandlers
    sender: Any
    """Who sends `dispatched`: the router, or the object that stands alone."""
    make: Callable[[Any], Namespace]
    """Makes the live object of a `LiveNamespace`."""
    hooks: frozenset[str]
    """Those of `opened`, `accepted` and `closed` that the class defines."""
    strict: bool = True
    """Whether a connect handler admits by None or True alone."""
    override: Mapping[str, CompiledHandler] | None = None
    """By kind, what calls the `trigger_event` that a routed class overrides."""

    def handler(self, event: str) -> CompiledHandler:
        """Return what handles an event, `connect` and `disconnect` included."""
        if event == "connect":
            return self.connect
        if event == "disconnect":
            return self.disconnect
        return self.events.find(event) or self.unhandled


class Served(Protocol):
    """A live namespace, as dispatches see it."""

    namespace: str
    params: Mapping[str, Any]
    route: CompiledRoute
    instance: Any
    packets: PacketEncoder

    def make(self) -> None:
        """Make the object, unless it has been made."""

    def open(self, opened: Callable[[], object]) -> None:
        """Call `opened`, unless it has been called."""

    def has(self, client: Any) -> bool:
        """Return whether a client is in."""
        ...

    def remove(self, client: Any, closed: Callable[[], object]) -> None:
        """Remove a client; call `closed` if it was the last."""


class Client(Protocol):
    """A client in a live namespace, as dispatches see it."""

    sid: str
    eio_sid: str
    context: ClientContext
    live: Any  # a `Served`; an attribute of a protocol is invariant

    @property
    def is_connecting(self) -> bool:
        """Whether its connect is not decided yet."""
        ...

    @property
    def data(self) -> dict[str, Any]:
        """What handlers keep for the client."""
        ...
