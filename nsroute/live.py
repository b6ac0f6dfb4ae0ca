"""The live objects of a router: who is connected where; made, counted, dropped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from threading import Lock
from types import MappingProxyType
from typing import Any, cast

from flask_socketio import Namespace
from socketio.exceptions import ConnectionRefusedError as Refused

from nsroute.errors import EventError
from nsroute.pipeline.clients import Client, Occupancy
from nsroute.pipeline.reception import Desk
from nsroute.pipeline.turn import Plan
from nsroute.table import RouteTable
from nsroute.upstream.acceptance import Acceptance
from nsroute.upstream.context import client_context
from nsroute.upstream.lifecycle import eio_sid_of
from nsroute.upstream.protocols import Server, SocketIO

__all__ = ["Live"]


class Live(Desk):
    """The desk of a router on one server.

    Everything that is kept here is kept for a client that is connected, and at most
    `limit` times for one connection. The lock is held for look-ups only.
    """

    def __init__(
        self,
        socketio: SocketIO,
        server: Server,
        table: RouteTable,
        plans: Mapping[int, Plan],
        limit: int,
        unrouted: Callable[[object, str | None], None],
    ) -> None:
        self._table = table
        self._plans = plans
        self._limit = limit
        self._unrouted = unrouted
        self._lock = Lock()
        self._places: dict[str, Occupancy] = {}
        self._objects: dict[str, Namespace] = {}
        self._connections: dict[str, dict[str, Client | None]] = {}
        self.objects: Mapping[str, Namespace] = MappingProxyType(self._objects)
        self._acceptance = Acceptance(
            server, self._is_routed, lambda name: unrouted(name, None)
        )
        super().__init__(socketio, server)

    def _is_routed(self, name: object) -> bool:
        return self._table.match(name) is not None

    def made(self, place: Occupancy) -> None:
        """Show an object that was made."""
        self._objects[place.namespace] = place.instance

    def gone(self, place: Occupancy) -> None:
        """Drop an object whose last client has left."""
        with self._lock:
            if self._places.get(place.namespace) is place:
                del self._places[place.namespace]
                self._objects.pop(place.namespace, None)

    def place(self, namespace: str) -> Occupancy | None:
        """Return where the clients of a namespace are, if there are any."""
        return self._places.get(namespace)

    def plan(self, namespace: str) -> Plan | None:
        """Return what would serve a namespace; None if no route matches."""
        match = self._table.match(namespace)
        return None if match is None else self._plans[id(match.route)]

    def connect(
        self, namespace: str, sid: str, environ: dict[str, Any], auth: Any
    ) -> Any:
        """Let a client in; refuse a name that neither a route nor the app serves."""
        if self._table.match(namespace) is not None:
            return super().connect(namespace, sid, environ, auth)
        if self._acceptance.serves(namespace):
            return self.server.not_handled
        self._unrouted(namespace, sid)
        raise Refused("Invalid namespace")

    def enter(self, namespace: str, sid: str, environ: dict[str, Any]) -> Client:
        """Take a new client in."""
        eio_sid = eio_sid_of(self.server, namespace, sid)
        self._end_stale(eio_sid, namespace)
        self._reserve(eio_sid, namespace)
        try:
            client = self._enter(namespace, sid, eio_sid, environ)
        except BaseException:
            self._cancel(eio_sid, namespace, None)
            raise
        self._connections[eio_sid][namespace] = client
        return client

    def _enter(
        self, namespace: str, sid: str, eio_sid: str, environ: dict[str, Any]
    ) -> Client:
        context = client_context(cast("Any", self.socketio), environ, namespace, sid)
        while True:
            place = self._place_for(namespace)
            client = Client(sid, eio_sid, place, context)
            if place.enter(client):
                return client
            place.wait_until_gone()

    def _place_for(self, namespace: str) -> Occupancy:
        with self._lock:
            place = self._places.get(namespace)
            if place is None:
                match = self._table.match(namespace)
                if match is None:
                    raise Refused("Invalid namespace")
                plan = self._plans[id(match.route)]
                place = Occupancy(namespace, match.params, plan, self)
                self._places[namespace] = place
            return place

    def _reserve(self, eio_sid: str, namespace: str) -> None:
        with self._lock:
            joined = self._connections.setdefault(eio_sid, {})
            if len(joined) >= self._limit:
                raise EventError(
                    "too_many_namespaces",
                    f"A client may join {self._limit} namespaces at a time.",
                )
            joined[namespace] = None

    def _cancel(self, eio_sid: str, namespace: str, client: Client | None) -> None:
        with self._lock:
            joined = self._connections.get(eio_sid, {})
            if namespace in joined and joined[namespace] is client:
                del joined[namespace]
            if not joined:
                self._connections.pop(eio_sid, None)

    def _end_stale(self, eio_sid: str, namespace: str) -> None:
        """End a client whose disconnect went to a handler beside the router."""
        stale = self._connections.get(eio_sid, {}).get(namespace)
        if stale is not None:
            self._end(stale, self.server.reason.CLIENT_DISCONNECT)

    def left(self, client: Client) -> None:
        """Forget a client that was refused or has left."""
        self._cancel(client.eio_sid, client.place.namespace, client)

    def clients(self, eio_sid: str) -> Iterable[Client]:
        """Return the clients of a connection, in the order in which they joined."""
        joined = list(self._connections.get(eio_sid, {}).values())
        return [client for client in joined if client is not None]

    def others(self) -> Iterable[str] | None:
        """Return all names that others serve on this server, if that is known."""
        return self._acceptance.static()
