"""Which queue waits for what, and what happens when its turn has come.

An event waits in the queue of its client or, with `order="namespace"`, in that of its
namespace; there connects and disconnects wait too. With `async_handlers=False` nothing
waits: everything runs in the thread that reads the connection.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from threading import Lock
from time import perf_counter
from typing import Any
from weakref import WeakValueDictionary

from nsroute.dispatch import run_event
from nsroute.dispatch.routes import LIFECYCLE, CompiledRoute
from nsroute.errors import MountError
from nsroute.events_queue import EventQueue, Workers
from nsroute.live.membership import Membership
from nsroute.live.namespaces import LiveNamespace
from nsroute.live.refused import (
    DRAINING,
    record_refused,
    refuse_connect,
    refuse_event,
)
from nsroute.live.served import Host, Reject, Routes
from nsroute.live.states import ADMITTED
from nsroute.live.workers import JobSender
from nsroute.upstream.incoming import Incoming, Packet
from nsroute.upstream.protocols import Server

queued: ContextVar[float] = ContextVar("nsroute_queued", default=0.0)
"""How long the event has waited that upstream passes on in this context."""


class ClientQueues:
    """The queues of a registry's clients and namespaces.

    Raises:
        MountError: If the server cannot keep the order of a class.
    """

    def __init__(
        self,
        host: Host,
        server: Server,
        workers: Workers,
        incoming: Incoming,
        routes: Routes,
        reject: Reject,
        joined: Mapping[str, Mapping[str, Membership | None]],
    ) -> None:
        if host.ordered is not None and not server.async_handlers:
            raise MountError(
                f"{host.ordered} has order='namespace', and async_handlers=False rules "
                "that out: each event runs in the thread that reads its connection. "
                "Leave async_handlers out, or use another order and self.lock."
            )
        self._host = host
        self._server = server
        self._workers = workers
        self._incoming = incoming
        self._routes = routes
        self._reject = reject
        self._joined = joined
        self._lock = Lock()
        self._namespaces: WeakValueDictionary[str, EventQueue] = WeakValueDictionary()
        self._connecting: WeakValueDictionary[str, JobSender]
        self._connecting = WeakValueDictionary()
        self._nobody = JobSender()
        incoming.register(self, connects=host.ordered is not None)

    def unregister(self) -> None:
        """Take no more events."""
        self._incoming.unregister(self)

    @property
    def waiting(self) -> int:
        """How many jobs wait for their turn, of the whole server."""
        return self._workers.waiting

    # --- events

    def take_event(self, sent: Packet) -> bool:
        """Queue an event of a client that is in; return whether it is one."""
        eio_sid, namespace, _, data = sent
        event = data[0]
        joined = self._joined.get(eio_sid)
        client = None if joined is None else joined.get(namespace)
        if client is None or client.state < ADMITTED:
            return False
        incoming, instance = self._incoming, self._host.instance
        if not incoming.is_for(instance, namespace, event):
            return False
        incoming.log(sent, client.sid)
        serve = self._serve
        if (
            incoming.is_replaced
            or not self._host.is_direct
            or "trigger_event" in instance.__dict__
        ):
            serve = self._serve_by_upstream
        if not self._server.async_handlers:
            self._serve_at_once(client, sent, serve)
        elif not self._add(client, sent, serve, perf_counter()):
            refuse_event(self._incoming, client, sent)
        return True

    def _serve_at_once(
        self, client: Membership, sent: Packet, serve: Callable[..., None]
    ) -> None:
        if self._incoming.is_draining:
            refuse_event(self._incoming, client, sent)
            return
        with self._lock:
            client.waiting += 1
        try:
            serve(client, sent, perf_counter())
        finally:
            with self._lock:
                client.waiting -= 1

    def _add(
        self,
        client: Membership,
        sent: Packet,
        serve: Callable[..., None],
        since: float,
        again: bool = False,
    ) -> bool:
        route: CompiledRoute = client.live.route
        order = route.order_of(sent[3][0])
        if order == "client":
            queue = client.queue or client.own_queue()
        elif not again and (client.deferred or not client.is_accepted):
            # None goes before those that wait to be added again.
            return self._defer(client, sent, serve, since)
        elif order == "namespace":
            queue = self._of_live(client.live)
        else:
            queue = client.own_queue(ordered=False)
        return self._workers.add(
            queue, client, serve, client, sent, since, bounded=True
        )

    def _defer(
        self, client: Membership, sent: Packet, serve: Callable[..., None], since: float
    ) -> bool:
        """Let an event wait for `accepted` before it waits for its turn."""
        self._count_deferred(client, 1)
        args = (self._add_again, client, sent, serve, since)
        added = self._workers.add(client.own_queue(), client, *args, bounded=True)
        if not added:
            self._count_deferred(client, -1)
        return added

    def _add_again(
        self, client: Membership, sent: Packet, serve: Callable[..., None], since: float
    ) -> None:
        try:
            added = self._add(client, sent, serve, since, again=True)
        finally:
            self._count_deferred(client, -1)
        if not added:
            refuse_event(self._incoming, client, sent)

    def _count_deferred(self, client: Membership, more: int) -> None:
        with self._lock:
            client.deferred += more

    def _serve(self, client: Membership, sent: Packet, since: float) -> None:
        """Dispatch an event whose turn has come, and acknowledge it."""
        data = sent[3]
        event, args = data[0], tuple(data[1:])
        if (
            client.state >= ADMITTED
            and isinstance(event, str)
            and event not in LIFECYCLE
        ):
            client.served = True
            answer = run_event(client, event, args, queued=perf_counter() - since)
        else:
            answer = self._reject(client, event, sent[1], client.sid, args)
        self._incoming.acknowledge(sent, answer)

    def _serve_by_upstream(
        self, client: Membership, sent: Packet, since: float
    ) -> None:
        token = queued.set(perf_counter() - since)
        try:
            self._incoming.handle(sent, client.sid)
        finally:
            queued.reset(token)

    # --- connects and disconnects

    def take_connect(self, eio_sid: str, namespace: str, data: Any) -> bool:
        """Queue a CONNECT behind what runs in its namespace, or refuse it.

        Return whether it has to wait for its turn, or was turned away.
        """
        found = self._routes.find(namespace)
        if found is None or not self._incoming.is_for(
            self._host.instance, namespace, "connect"
        ):
            return False
        if self._incoming.is_draining:
            record_refused(namespace, found, DRAINING)
            return True
        if found[0].order != "namespace" or not self._server.async_handlers:
            return False
        args = (self._connect, eio_sid, namespace, data)
        queue, sender = self._named(namespace), self._sender(eio_sid)
        if not self._workers.add(queue, sender, *args, bounded=True):
            refuse_connect(self._incoming, eio_sid, namespace, found)
        return True

    def _connect(self, eio_sid: str, namespace: str, data: Any) -> None:
        found = self._routes.find(namespace)
        if self._incoming.is_draining and found is not None:
            record_refused(namespace, found, DRAINING)
        elif eio_sid in self._server.environ:
            self._incoming.handle_connect(eio_sid, namespace, data)

    def add_disconnect(
        self, client: Membership, disconnect: Callable[..., None], reason: str
    ) -> None:
        """Queue the disconnect of a client behind what runs in its namespace."""
        queue = self._of_live(client.live)
        self._workers.add(queue, client, disconnect, client, reason)

    def run(self, live: LiveNamespace, step: Callable[[], object]) -> None:
        """Run what no client has sent, when the queue of the namespace has its turn."""
        self._workers.add(self._of_live(live), self._nobody, step)

    def drop(self, client: Membership) -> None:
        """Drop the events of a client that has left; each is recorded as late."""
        for queue in (client.queue, client.unordered, client.live.queue):
            self._workers.remove(queue, client)

    def hold(self, client: Membership) -> None:
        """Serve no event of a client before `accepted` of its class was called."""
        client.is_accepted = False
        self._workers.hold(client.own_queue())

    def accept(
        self, client: Membership, accepted: Callable[[Membership], None]
    ) -> None:
        """Call `accepted` in a worker, before the events of the client that wait."""
        self._workers.release(client.own_queue(), client, accepted, client)

    # --- the end of the server

    def has_clients(self, eio_sid: str | None) -> bool:
        """Return whether a connection, or (None) any, is in a namespace, or leaves."""
        return bool(self._joined if eio_sid is None else self._joined.get(eio_sid))

    def is_busy(self, eio_sid: str) -> bool:
        """Return whether anything of a connection has begun, or waits for its turn."""
        joined = list(self._joined.get(eio_sid, {}).values())
        return any(client is None or client.is_busy for client in joined)

    # --- what no client asked for

    def in_turn(self, live: LiveNamespace, job: Callable[[], object]) -> None:
        """Run a job, of a namespace that does one thing at a time in its turn."""
        if live.route.order == "namespace" and self._server.async_handlers:
            self._workers.add(self._of_live(live), self._nobody, job)
        else:
            job()

    # --- queues

    def _of_live(self, live: LiveNamespace) -> EventQueue:
        if live.queue is None:
            live.queue = self._named(live.namespace)
        return live.queue

    def _named(self, namespace: str) -> EventQueue:
        """Return the queue of a namespace, which its live objects share in turn."""
        with self._lock:
            queue = self._namespaces.get(namespace)
            if queue is None:
                queue = self._namespaces[namespace] = EventQueue()
            return queue

    def _sender(self, eio_sid: str) -> JobSender:
        with self._lock:
            sender = self._connecting.get(eio_sid)
            if sender is None:
                sender = self._connecting[eio_sid] = JobSender()
            return sender
