"""The clients of a registry, by live namespace and by connection."""

from __future__ import annotations

from collections.abc import Mapping
from threading import Lock
from typing import Any

from nsroute.dispatch import CompiledRoute
from nsroute.errors import EventError
from nsroute.live.membership import Membership
from nsroute.live.namespaces import LiveNamespace
from nsroute.upstream.context import client_context
from nsroute.upstream.manager import ClientManager
from nsroute.upstream.packets import PacketEncoder
from nsroute.upstream.protocols import Environ, Server, SocketIO

Found = tuple[CompiledRoute, Mapping[str, Any]]
"""What serves a name: a route, and the parameters of its pattern."""


class ConnectionEnded(Exception):
    """The connection ended before its connect could be dispatched."""


class Clients:
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
        """Take a new client in, unless it is in too many namespaces or gone."""
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
