"""Who is in which live namespace: each client from its connect to its disconnect."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from threading import Lock
from types import MappingProxyType
from typing import Any, Final

from nsroute.dispatch import CompiledRoute
from nsroute.errors import EventError
from nsroute.live.namespaces import LiveNamespace
from nsroute.signals import Dispatch
from nsroute.upstream.context import ClientContext, client_context
from nsroute.upstream.manager import ClientManager
from nsroute.upstream.packets import PacketEncoder
from nsroute.upstream.protocols import Environ, Server, SocketIO


class MembershipState(IntEnum):
    """How far a client is; from `ADMITTED` on its events are served."""

    CONNECTING = 0  # its connect handler runs
    DISCONNECTING = 1  # its disconnect is dispatched
    ADMITTED = 2  # its connect handler let it in
    CONNECTED = 3  # it has its CONNECT packet


CONNECTING: Final = MembershipState.CONNECTING
DISCONNECTING: Final = MembershipState.DISCONNECTING
ADMITTED: Final = MembershipState.ADMITTED
CONNECTED: Final = MembershipState.CONNECTED

TRANSITIONS: Final[Mapping[tuple[MembershipState, str], MembershipState]] = (
    MappingProxyType(
        {
            (CONNECTING, "admit"): ADMITTED,
            (ADMITTED, "finish"): CONNECTED,
            (ADMITTED, "disconnect"): DISCONNECTING,
            (CONNECTED, "disconnect"): DISCONNECTING,
        }
    )
)
"""Where a step leads to; what is not here does not happen."""

_transition = Lock()


class Membership:
    """A client in a live namespace."""

    __slots__ = (
        "_data", "connect", "context", "eio_sid", "live", "lost_reason", "sid", "state",
    )  # fmt: skip

    def __init__(
        self, sid: str, eio_sid: str, live: Any, context: ClientContext
    ) -> None:
        self.sid: str = sid
        self.eio_sid: str = eio_sid
        self.live: Any = live  # its `LiveNamespace`
        self.context: ClientContext = context
        self._data: dict[str, Any] | None = None
        self.state: MembershipState = CONNECTING
        self.lost_reason: str | None = None
        """Why it must leave as soon as it is in; None if it may stay."""
        self.connect: Dispatch | None = None
        """Its connect, until that is finished."""

    @property
    def is_connecting(self) -> bool:
        """Whether its connect is not decided yet."""
        return self.state is CONNECTING

    @property
    def is_admitted(self) -> bool:
        """Whether it was let in and has not left: its events are served."""
        return self.state >= ADMITTED

    @property
    def data(self) -> dict[str, Any]:
        """What handlers keep for the client."""
        if self._data is None:
            with _transition:
                self._data = {} if self._data is None else self._data
        return self._data

    def step(self, name: str) -> bool:
        """Change its state if that allows it; of several threads one succeeds."""
        with _transition:
            return self._step(name)

    def finish(self) -> bool:
        """Change to `CONNECTED`, unless the client must leave."""
        with _transition:
            return self.lost_reason is None and self._step("finish")

    def disconnect(self, reason: str) -> bool:
        """Change to `DISCONNECTING`; of a client that connects, note the reason."""
        with _transition:
            if self.state is CONNECTING:
                self.lost_reason = self.lost_reason or reason
            return self._step("disconnect")

    def lose(self, reason: str) -> bool:
        """Note why it must leave; return whether that has to wait for its connect."""
        with _transition:
            self.lost_reason = self.lost_reason or reason
            return self.state in (CONNECTING, ADMITTED)

    def _step(self, name: str) -> bool:
        after = TRANSITIONS.get((self.state, name))
        if after is None:
            return False
        self.state = after
        return True


Found = tuple[CompiledRoute, Mapping[str, Any]]
"""What serves a name: a route, and the parameters of its pattern."""


class ConnectionEnded(Exception):
    """The connection ended before its connect could be dispatched."""


class Memberships:
    """Who is in which live namespace.

    All that is kept here is kept for a client that is connected, and at most `limit`
    times for one connection. The lock is held for look-ups only.
    """

    def __init__(
        self,
        socketio: SocketIO,
        server: Server,
        manager: ClientManager,
        limit: int | None,
    ) -> None:
        self.socketio: SocketIO = socketio
        self.server: Server = server
        self.packets: PacketEncoder = PacketEncoder(server)
        self.live: dict[str, LiveNamespace] = {}
        self._manager = manager
        self._limit = limit
        self._lock = Lock()
        self._joined: dict[str, dict[str, Membership | None]] = {}

    def of_connection(self, eio_sid: str) -> list[Membership]:
        """Return the clients of a connection, in the order in which they joined."""
        joined = list(self._joined.get(eio_sid, {}).values())
        return [client for client in joined if client is not None]

    def enter(
        self, namespace: str, sid: str, environ: Environ, found: Found
    ) -> Membership:
        """Add a new client, unless it is in too many namespaces or gone."""
        eio_sid = self._manager.knows(sid, namespace)
        if eio_sid is None or eio_sid not in self.server.environ:
            raise ConnectionEnded
        self._reserve(eio_sid, namespace)
        try:
            context = client_context(self.socketio, environ, namespace, sid)
            while True:
                live = self._live_for(namespace, found)
                client = Membership(sid, eio_sid, live, context)
                if live.enter(client):
                    break
                live.wait_until_closed()
        except BaseException:
            self._release(eio_sid, namespace, None)
            raise
        self._joined[eio_sid][namespace] = client
        return client

    def _live_for(self, namespace: str, found: Found) -> LiveNamespace:
        with self._lock:
            live = self.live.get(namespace)
            if live is None:
                route, params = found
                live = LiveNamespace(namespace, params, route, self)
                self.live[namespace] = live
            return live

    def drop(self, live: LiveNamespace) -> None:
        """Drop a live namespace that nobody can enter any more."""
        with self._lock:
            if self.live.get(live.namespace) is live:
                del self.live[live.namespace]

    def forget(self, client: Membership) -> None:
        """Forget a client that was refused or has left, and its `save_session` data."""
        self._manager.drop_session(client.eio_sid, client.live.namespace)
        self._release(client.eio_sid, client.live.namespace, client)

    def _reserve(self, eio_sid: str, namespace: str) -> None:
        with self._lock:
            joined = self._joined.get(eio_sid, {})
            if self._limit is not None and len(joined) >= self._limit:
                raise EventError(
                    "too_many_namespaces",
                    f"A client may join {self._limit} namespaces at a time.",
                )
            joined[namespace] = None
            self._joined[eio_sid] = joined

    def _release(self, eio_sid: str, namespace: str, client: Membership | None) -> None:
        with self._lock:
            joined = self._joined.get(eio_sid, {})
            if namespace in joined and joined[namespace] is client:
                del joined[namespace]
            if not joined:
                self._joined.pop(eio_sid, None)
