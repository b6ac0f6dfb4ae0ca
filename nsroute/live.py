"""The live objects of a router: who is connected where; made, counted, dropped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from threading import Lock
from typing import Any, cast

import attrs
from flask_socketio import Namespace
from socketio.exceptions import ConnectionRefusedError as Refused

from nsroute.errors import EventError
from nsroute.pipeline.clients import Client, Occupancy
from nsroute.pipeline.reception import Desk
from nsroute.pipeline.turn import Plan
from nsroute.routing import Match, RouteTable
from nsroute.upstream.acceptance import STAR, Acceptance
from nsroute.upstream.context import client_context
from nsroute.upstream.lifecycle import eio_sid_of, forget_session
from nsroute.upstream.protocols import Server, SocketIO

__all__ = ["Live", "LiveNamespace", "LiveObjects"]


@attrs.frozen
class LiveNamespace:
    """A namespace with a live object, at the moment somebody looks."""

    namespace: str
    """The concrete name."""
    pattern: str
    """The pattern of its route."""
    clients: int
    """How many clients are in it, in this process."""
    since: float
    """When its first client came, as Unix time."""


class LiveObjects(Mapping[str, Namespace]):
    """Concrete namespace -> live object, as it is now.

    Clients come and go while somebody reads: `copy` gives one moment.
    """

    __slots__ = ("_places",)

    def __init__(self, places: Mapping[str, Occupancy]) -> None:
        self._places = places

    def __getitem__(self, namespace: str) -> Namespace:
        instance: Namespace | None = self._places[namespace].instance
        if instance is None:
            raise KeyError(namespace)
        return instance

    def __iter__(self) -> Iterator[str]:
        places = list(self._places.values())
        return (p.namespace for p in places if p.instance is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return f"<LiveObjects {self.copy()!r}>"

    def copy(self) -> dict[str, Namespace]:
        """Return what is live at this moment."""
        places = list(self._places.values())
        return {p.namespace: p.instance for p in places if p.instance is not None}

    def overview(self) -> list[LiveNamespace]:
        """Return how many clients are where, and since when."""
        places = list(self._places.values())
        return [
            LiveNamespace(p.namespace, p.plan.pattern, len(p.members), p.since)
            for p in places
            if p.instance is not None
        ]


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
        self.places: dict[str, Occupancy] = {}
        self._last: tuple[object, Match | None] = (None, None)
        self._connections: dict[str, dict[str, Client | None]] = {}
        self.objects: LiveObjects = LiveObjects(self.places)
        self._acceptance = Acceptance(
            server, self._is_routed, lambda name: unrouted(name, None)
        )
        super().__init__(socketio, server)

    def _match(self, name: object) -> Match | None:
        """Match a name; a connect asks for the same one several times over."""
        last, match = self._last
        if last is not name:
            match = self._table.match(name)
            self._last = (name, match)
        return match

    def _is_routed(self, name: object) -> bool:
        return self._match(name) is not None

    def made(self, place: Occupancy) -> None:
        """Hear that an object was made: from now on it is shown."""

    def gone(self, place: Occupancy) -> None:
        """Drop an object whose last client has left."""
        with self._lock:
            if self.places.get(place.namespace) is place:
                del self.places[place.namespace]

    def plan(self, namespace: str) -> Plan | None:
        """Return what would serve a namespace; None if no route matches."""
        match = self._match(namespace)
        return None if match is None else self._plans[id(match.route)]

    def params(self, namespace: str) -> Mapping[str, Any]:
        """Return the parameters of a name that a route matches."""
        return cast("Match", self._match(namespace)).params

    def connect(
        self, namespace: str, sid: str, environ: dict[str, Any], auth: Any
    ) -> Any:
        """Let a client in; refuse a name that neither a route nor the app serves."""
        if self._match(namespace) is not None:
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
            place = self.places.get(namespace)
            if place is None:
                match = cast("Match", self._match(namespace))  # by `connect`
                plan = self._plans[id(match.route)]
                place = Occupancy(namespace, match.params, plan, self)
                self.places[namespace] = place
            return place

    def _reserve(self, eio_sid: str, namespace: str) -> None:
        with self._lock:
            joined = self._connections.get(eio_sid, {})
            if len(joined) >= self._limit:
                raise EventError(
                    "too_many_namespaces",
                    f"A client may join {self._limit} namespaces at a time.",
                )
            joined[namespace] = None
            self._connections[eio_sid] = joined

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
        forget_session(self.server, client.eio_sid, client.place.namespace)
        self._cancel(client.eio_sid, client.place.namespace, client)

    def clients(self, eio_sid: str) -> Iterable[Client]:
        """Return the clients of a connection, in the order in which they joined."""
        joined = list(self._connections.get(eio_sid, {}).values())
        return [client for client in joined if client is not None]

    def holds(self, eio_sid: str, namespace: str) -> bool:
        """Say whether a connection is in a namespace, at whatever stage."""
        return namespace in self._connections.get(eio_sid, {})

    def others(self) -> Iterable[str]:
        """Return the names that others serve on this server, if they are known."""
        return self._acceptance.static()

    def refuses(self, name: object) -> bool:
        """Refuse what nobody serves, before upstream enters it anywhere.

        Only msgpack can carry the literal `'*'` and names that are no text.
        """
        if isinstance(name, str) and name != STAR and self._may_ask(name):
            return False
        self._unrouted(name, None)
        return True

    def _may_ask(self, name: str) -> bool:
        """Say whether somebody else than the router is to answer a connect."""
        if self._is_routed(name) or self._acceptance.serves(name):
            return True
        return self._acceptance.is_replaced() or not self._acceptance.router_answers()

    def serves(self, name: str) -> bool:
        """Say whether a route matches a name."""
        return self._is_routed(name)
