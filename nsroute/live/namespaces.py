"""One live namespace: its object, the states of that, and the clients in it.

The object is made once, opened once and closed once, and no two of those steps of one
namespace overlap. User code never runs under a lock: `_transition` is held for a few
assignments only, and a step that takes time is waited for. Only a client that connects
ever waits, and it holds nothing then, so two namespaces cannot wait for each other (an
`emit` may run another client's disconnect handler inside itself).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from threading import Lock
from time import time
from types import MappingProxyType
from typing import Any, Final, Protocol

from nsroute.dispatch import Client, CompiledRoute
from nsroute.upstream.packets import PacketEncoder
from nsroute.upstream.protocols import Event, Server, SocketIO


class LiveState(Enum):
    """How far a live object is."""

    NEW = "new"
    MAKING = "making"
    MADE = "made"
    OPENING = "opening"
    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"


NEW, MAKING, MADE = LiveState.NEW, LiveState.MAKING, LiveState.MADE
OPENING, OPEN = LiveState.OPENING, LiveState.OPEN
CLOSING, CLOSED = LiveState.CLOSING, LiveState.CLOSED

TRANSITIONS: Final[Mapping[tuple[LiveState, str], LiveState]] = MappingProxyType(
    {
        (NEW, "make"): MAKING,
        (MAKING, "done"): MADE,
        (MAKING, "fail"): CLOSED,
        (MADE, "open"): OPENING,
        (OPENING, "done"): OPEN,
        (OPENING, "fail"): CLOSED,
        (OPEN, "empty"): CLOSING,
        (NEW, "empty"): CLOSED,
        (MADE, "empty"): CLOSED,
        (CLOSING, "done"): CLOSED,
    }
)
"""Where a step leads to; what is not here does not happen."""

_transition = Lock()


class Host(Protocol):
    """The registry, as a live namespace needs it."""

    socketio: SocketIO
    server: Server
    packets: PacketEncoder

    def drop(self, live: LiveNamespace) -> None:
        """Drop a live namespace that nobody can enter any more."""


class LiveNamespace:
    """A concrete namespace that somebody is in."""

    __slots__ = (
        "_done", "_failure", "_state", "clients", "host", "instance", "namespace",
        "packets", "params", "route", "since",
    )  # fmt: skip

    def __init__(
        self,
        namespace: str,
        params: Mapping[str, Any],
        route: CompiledRoute,
        host: Host,
    ) -> None:
        self.namespace: str = namespace
        self.params: Mapping[str, Any] = params
        self.route: CompiledRoute = route
        self.host: Host = host
        self.packets: PacketEncoder = host.packets
        self.since: float = time()
        self.instance: Any = None
        self.clients: dict[str, Any] = {}  # its `Membership`s by sid
        self._state = NEW
        self._done: Event | None = None
        self._failure: BaseException | None = None

    @property
    def sids(self) -> list[str]:
        """The clients that are connected here, in this process, in their order."""
        return [c.sid for c in list(self.clients.values()) if c.is_admitted]

    def enter(self, client: Client) -> bool:
        """Add a client, unless the object is closing; return whether it was added."""
        with _transition:
            if self._state in (CLOSING, CLOSED):
                return False
            self.clients[client.sid] = client
            return True

    def has(self, client: Client) -> bool:
        """Return whether a client is in, however far it is."""
        return self.clients.get(client.sid) is client

    def wait_until_closed(self) -> None:
        """Wait for the end of an object that takes nobody in any more."""
        with _transition:
            done = self._event_of(CLOSING)
        if done is not None:
            done.wait()

    def make(self) -> None:
        """Make the object, if nobody has; wait while somebody does."""

        def make() -> None:
            self.instance = self.route.make(self)

        if self._state is not OPEN:
            self._once("make", make, MAKING)

    def open(self, opened: Callable[[], object]) -> None:
        """Call `opened`, if nobody has; wait while somebody does."""
        if self._state is not OPEN:
            self._once("open", opened, OPENING)

    def remove(self, client: Client, closed: Callable[[], object]) -> None:
        """Remove a client; call `closed` if it was the last of an open object."""
        with _transition:
            self.clients.pop(client.sid, None)
            if self.clients or not self._step("empty"):
                return
            closing = self._state is CLOSING
        try:
            if closing:
                closed()
        finally:
            self._end("done", None)

    def _once(self, name: str, step: Callable[[], object], during: LiveState) -> None:
        with _transition:
            mine = self._step(name)
            done = None if mine else self._event_of(during)
        if not mine:
            if done is not None:
                done.wait()
            if self._failure is not None:
                raise self._failure
            return
        try:
            step()
        except BaseException as error:
            self._end("fail", error)
            raise
        self._finish("done")

    def _event_of(self, during: LiveState) -> Event | None:
        """Return what is set at the end of a state, if the object is in that."""
        if self._state is not during:
            return None
        if self._done is None:
            self._done = self.host.server.eio.create_event()
        return self._done

    def _end(self, name: str, failure: BaseException | None) -> None:
        self._failure = failure
        self.host.drop(self)
        self._finish(name)

    def _finish(self, name: str) -> None:
        with _transition:
            self._step(name)
            done, self._done = self._done, None
        if done is not None:
            done.set()

    def _step(self, name: str) -> bool:
        after = TRANSITIONS.get((self._state, name))
        if after is not None:
            self._state = after
        return after is not None
