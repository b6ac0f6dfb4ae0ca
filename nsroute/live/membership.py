"""Who is in which live namespace: each client from its connect to its disconnect."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any, Final

from nsroute.dispatch import CompiledRoute
from nsroute.dispatch.unserved import ConnectionEnded
from nsroute.errors import EventError
from nsroute.events_queue import UNLIMITED, EventQueue, Scheduler, Timer
from nsroute.live.namespaces import LiveNamespace
from nsroute.live.states import (
    ADMITTED,
    CONNECTING,
    TRANSITIONS,
    MembershipState,
)
from nsroute.signals import Dispatch
from nsroute.upstream.context import ClientContext, client_context
from nsroute.upstream.manager import ClientManager
from nsroute.upstream.packets import PacketEncoder
from nsroute.upstream.protocols import Environ, Server, SocketIO

_transition = Lock()


class Membership:
    """A client in a live namespace."""

    __slots__ = (
        "_data", "connect", "context", "deferred", "eio_sid", "is_accepted", "live",
        "lost_reason", "queue", "rooms", "served", "sid", "state", "unordered",
        "waiting",
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
        self.is_accepted: bool = True
        """Whether its events may be served; not before `accepted` of its class was."""
        self.deferred: int = 0
        """How many of its events are to be queued anew behind `accepted`."""
        self.queue: EventQueue | None = None
        """Its events, in the order in which they came, once any did."""
        self.unordered: EventQueue | None = None
        """Its events that wait for nothing but a worker."""
        self.waiting: int = 0
        """How many of its events wait, in all queues."""
        self.rooms: list[str] | None = None
        """Where it was, from its end to its disconnect handler."""
        self.served: bool = False
        """Whether it was let in, or an event was served, since this was asked."""

    @property
    def is_connecting(self) -> bool:
        """Whether its connect is not decided yet."""
        return self.state is CONNECTING

    @property
    def is_admitted(self) -> bool:
        """Whether it was let in and has not left: its events are served."""
        return self.state >= ADMITTED

    @property
    def is_busy(self) -> bool:
        """Whether anything of it has begun, or waits for its turn."""
        if self.state < ADMITTED or self.connect is not None or self.waiting:
            return True
        queues = (self.queue, self.unordered, self.live.queue)
        return any(queue is not None and queue.running > 0 for queue in queues)

    @property
    def data(self) -> dict[str, Any]:
        """What handlers keep for the client."""
        if self._data is None:
            with _transition:
                self._data = {} if self._data is None else self._data
        return self._data

    def own_queue(self, ordered: bool = True) -> EventQueue:
        """Return the queue of its events, or of those without an order."""
        name = "queue" if ordered else "unordered"
        with _transition:
            queue: EventQueue | None = getattr(self, name)
            if queue is None:
                queue = EventQueue(1 if ordered else UNLIMITED)
                setattr(self, name, queue)
            return queue

    def take_connect(self) -> Dispatch | None:
        """Return its connect to one caller, who finishes it."""
        with _transition:
            connect, self.connect = self.connect, None
            return connect

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


MOST_LINGERING: Final = 10_000
"""Objects of a server that linger at a time: clients may choose their names."""

InTurn = Callable[[LiveNamespace, Callable[[], object]], None]


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
        self.scheduler: Scheduler = manager.scheduler
        self.in_turn: InTurn
        """Runs a job of a live namespace; the registry sets it."""
        self.may_linger: bool = True
        """Whether objects stay behind their last client; not while a server ends."""
        self._lingering: dict[LiveNamespace, None] = {}
        self._manager = manager
        self._limit = limit
        self._lock = Lock()
        self.joined: dict[str, dict[str, Membership | None]] = {}
        """Connection -> namespace -> client, or None while it is entered."""
        self.on_left: Callable[[str, str], object] = lambda _namespace, _sid: None

    def of_connection(self, eio_sid: str) -> list[Membership]:
        """Return the clients of a connection, in the order in which they joined."""
        joined = list(self.joined.get(eio_sid, {}).values())
        return [client for client in joined if client is not None]

    def take_served(self, eio_sid: str) -> bool:
        """Return whether a connection was served since this was asked before."""
        served = [one for one in self.of_connection(eio_sid) if one.served]
        for client in served:
            client.served = False
        return bool(served)

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
                live = self._live_for(namespace, found, context)
                client = Membership(sid, eio_sid, live, context)
                if live.enter(client):
                    break
                live.wait_until_closed()
        except BaseException:
            self._release(eio_sid, namespace, None)
            raise
        self.joined[eio_sid][namespace] = client
        return client

    def _live_for(
        self, namespace: str, found: Found, context: ClientContext
    ) -> LiveNamespace:
        with self._lock:
            live = self.live.get(namespace)
            if live is None:
                route, params = found
                live = LiveNamespace(namespace, params, route, self, context.app)
                self.live[namespace] = live
            return live

    def drop(self, live: LiveNamespace) -> None:
        """Drop a live namespace that nobody can enter any more."""
        with self._lock:
            if self.live.get(live.namespace) is live:
                del self.live[live.namespace]
        self.release(live)

    def keep(self, live: LiveNamespace) -> None:
        """Keep an object that lingers; if there are too many, end the oldest linger."""
        with self._lock:
            if not live.is_lingering:  # somebody has come back just now
                return
            self._lingering[live] = None
            is_one_too_many = len(self._lingering) > MOST_LINGERING
            oldest = next(iter(self._lingering)) if is_one_too_many else None
        if oldest is not None:
            self.scheduler.set(Timer(oldest.close_lingering), self.scheduler.now)

    def release(self, live: LiveNamespace) -> None:
        """Count an object no more that has ceased to linger."""
        if live in self._lingering:
            with self._lock:
                self._lingering.pop(live, None)

    def close_lingering(self) -> None:
        """Let no object linger any more, and close here those that do."""
        self.may_linger = False
        for live in list(self.live.values()):
            live.close_lingering()

    def forget(self, client: Membership) -> None:
        """Forget a client that was refused or has left, and its `save_session` data."""
        if client.served:
            self._manager.forget_refused(client.eio_sid)
        self._manager.drop_session(client.eio_sid, client.live.namespace)
        self._release(client.eio_sid, client.live.namespace, client)
        self.on_left(client.live.namespace, client.sid)

    def _reserve(self, eio_sid: str, namespace: str) -> None:
        with self._lock:
            joined = self.joined.get(eio_sid, {})
            if self._limit is not None and len(joined) >= self._limit:
                raise EventError(
                    "too_many_namespaces",
                    f"A client may join {self._limit} namespaces at a time.",
                )
            joined[namespace] = None
            self.joined[eio_sid] = joined

    def _release(self, eio_sid: str, namespace: str, client: Membership | None) -> None:
        with self._lock:
            joined = self.joined.get(eio_sid, {})
            if namespace in joined and joined[namespace] is client:
                del joined[namespace]
            if not joined:
                self.joined.pop(eio_sid, None)
