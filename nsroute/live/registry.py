"""What upstream passes on, led to the client and the live namespace that it concerns.

A `NamespaceRegistry` tells genuine connects and disconnects from packets that only look
like them, sees to it that each client's disconnect is dispatched once, however its
connection ends, and answers what reaches no client. A router has one for each server, a
namespace that stands alone a registry of one route.
"""

from __future__ import annotations

from typing import Any

from socketio.exceptions import ConnectionRefusedError as Refused

from nsroute.dispatch import finish_connect, run_connect, run_disconnect, run_event
from nsroute.dispatch.refusals import INVALID_NAMESPACE, error_answer, why_rejected
from nsroute.dispatch.routes import LIFECYCLE
from nsroute.dispatch.unserved import publish_unserved, refuse_unserved
from nsroute.errors import EventError, MountError
from nsroute.live.membership import Found, Membership, Memberships
from nsroute.live.queues import ClientQueues, queued
from nsroute.live.served import Host, Routes, Unrouted
from nsroute.live.states import ADMITTED
from nsroute.live.views import LiveObjects
from nsroute.live.workers import Bounds, workers_of
from nsroute.records import note
from nsroute.upstream.connects import NO_SID, RefusedName, claim_of, is_environ
from nsroute.upstream.manager import ClientManager, client_manager
from nsroute.upstream.protocols import Environ, Server, SocketIO
from nsroute.upstream.registration import STAR, NamespaceFilter


class NamespaceRegistry:
    """Receives what upstream passes on for the namespaces of one server."""

    def __init__(
        self,
        socketio: SocketIO,
        server: Server,
        routes: Routes,
        *,
        host: Host,
        limit: int | None = None,
        bounds: Bounds | None = None,
        unrouted: Unrouted | None = None,
    ) -> None:
        """Serve the names that `routes` find; with `unrouted`, refuse all others."""
        self.server: Server = server
        self.manager: ClientManager = client_manager(server)
        self.routes: Routes = routes
        self._others = unrouted and (NamespaceFilter(server), unrouted)
        workers = workers_of(self.manager, server, bounds)
        memberships = Memberships(socketio, server, self.manager, limit)
        self.memberships: Memberships = memberships
        self.objects: LiveObjects = LiveObjects(self.memberships.live)
        self.queues: ClientQueues = ClientQueues(
            host, server, workers, self.manager.incoming, routes, self._reject,
            self.memberships.joined,
        )  # fmt: skip
        self.memberships.in_turn = self.queues.in_turn
        self.manager.registries.append(self)

    def unregister(self) -> None:
        """Serve no more: another registry has taken its place on the server."""
        self.manager.registries.remove(self)
        self.queues.unregister()

    def close_lingering(self) -> None:
        """Let no object linger any more; close those that do."""
        self.memberships.close_lingering()

    @property
    def is_empty(self) -> bool:
        """Whether there is no live object."""
        return not self.memberships.live

    # --- what upstream passes on

    def receive(
        self,
        event: Any,
        namespace: str,
        sid: Any,
        rest: tuple[Any, ...],
        overridden: bool = False,
    ) -> Any:
        """Dispatch what upstream passes on; return the acknowledgement.

        A connect raises `Refused` or nothing: upstream would leave the client half
        connected. `overridden`: whether a user's own `trigger_event` was called.
        """
        client = self.client(namespace, sid)
        if (
            client is not None
            and client.state >= ADMITTED
            and isinstance(event, str)
            and event not in LIFECYCLE
        ):
            client.served = True
            return run_event(client, event, rest, overridden, queued.get())
        if event == "connect" and (
            sid == NO_SID
            or is_environ(rest)
            or self.manager.is_pre_connected(sid, namespace)
        ):
            return self._connect(namespace, sid, rest)
        if event == "disconnect" and self.manager.is_disconnecting(sid, namespace):
            if client is not None and client.disconnect(rest[0]):
                self._run_disconnect(client, rest[0])
            return self.server.not_handled
        return self._reject(client, event, namespace, sid, rest)

    def client(self, namespace: str, sid: Any) -> Membership | None:
        """Return a client, however far it is; None if it is not in."""
        live = self.memberships.live.get(namespace)
        return None if live is None else live.clients.get(sid)

    def _connect(self, namespace: str, sid: str, rest: tuple[Any, ...]) -> Any:
        environ: Environ = rest[0] if rest else {}
        claimed = claim_of(environ, namespace)
        if claimed is None:
            return self._refuse_unrouted(namespace, sid)
        registry, found = claimed
        auth = rest[1] if len(rest) > 1 else None
        try:
            if registry is not self:
                raise MountError("a later init_app gave this SocketIO another server")
            client = self.memberships.enter(namespace, sid, environ, found)
        except Exception as error:  # noqa: BLE001 - whatever it is, upstream may not see it
            if isinstance(error, EventError):
                self._count_refused(sid, namespace)
            raise refuse_unserved(error, namespace, sid, found) from None
        client.connect, refused = run_connect(client, environ, auth)
        if refused is not None:
            return self._refuse(client, refused)
        if "accepted" in client.live.route.hooks and self.server.async_handlers:
            self.queues.hold(client)
        client.live.admit()
        client.step("admit")
        client.served = True
        if self.server.always_connect:  # it has had its CONNECT packet already
            self.manager.decide(sid, namespace)
            self.on_connected(namespace, sid)
        return None

    def _refuse(self, client: Membership, refused: Refused) -> None:
        namespace = client.live.namespace
        self.memberships.forget(client)
        self.manager.decide(client.sid, namespace)
        if self.server.always_connect and not self.manager.is_connected(
            client.sid, namespace
        ):
            return  # it left meanwhile, and upstream would note it for ever
        raise refused from None

    def _reject(
        self,
        client: Membership | None,
        event: Any,
        namespace: str,
        sid: Any,
        rest: tuple[Any, ...],
    ) -> Any:
        """Answer an event that goes to no handler, and record why."""
        found = self.routes.find(namespace)
        if found is None:
            return self.server.not_handled
        here = client is not None and client.is_admitted
        late = not here and not self.manager.is_connected(sid, namespace)
        answer = None if late else why_rejected(here, event)
        publish_unserved(
            "event", event, namespace, sid, found, "rejected" if answer else "late",
            answer, args=rest, instance=client and client.live.instance,
        )  # fmt: skip
        if answer is None:
            return self.server.not_handled
        self._count_refused(sid, namespace)
        return error_answer(answer.code, answer.message)

    # --- what the client manager calls

    def claim(self, name: object) -> Found | None:
        """Return what serves a name that a client wants to join; None for others'.

        Only msgpack can carry a name that is no text, and the literal `'*'`.
        """
        if self._others is None:
            return self.routes.find(name) if isinstance(name, str) else None
        served, unrouted = self._others
        if isinstance(name, str) and name != STAR:
            if name in self.server.namespace_handlers:
                return None
            found = self.routes.find(name)
            if found or served.serves(name):
                return found
            if served.asks_router():
                raise RefusedName(is_answered=True)
        unrouted(name, None)
        raise RefusedName

    def serves(self, name: str) -> bool:
        """Return whether a name is led to a class of this registry's."""
        asked = self._others is None or name not in self.server.namespace_handlers
        return name in self.memberships.live or (asked and bool(self.routes.find(name)))

    def _refuse_unrouted(self, name: str, sid: str) -> object:
        """Refuse a name in socket.io's words, unless the app serves it."""
        if self._others is None or self._others[0].serves(name):
            return self.server.not_handled
        self._others[1](name, sid or None)
        self._count_refused(sid, name)
        raise Refused(INVALID_NAMESPACE)

    def _count_refused(self, sid: str, namespace: str) -> None:
        self.on_refused(self.manager.knows(sid, namespace) or "")

    def on_refused(self, eio_sid: str) -> bool:
        """Count a packet that reaches no handler; end a connection with too many."""
        if not self.manager.is_refused_too_often(eio_sid):
            return False
        note("nsroute.connection_closed", eio_sid=eio_sid, code="only_refused")
        self.manager.close_connection(eio_sid)
        return True

    def take_served(self, eio_sid: str) -> bool:
        """Return whether a connection was served since this was asked before."""
        return self.memberships.take_served(eio_sid)

    def on_connected(self, namespace: str, sid: str) -> None:
        """Complete a connect that has been answered, or end it with its connection."""
        client = self.client(namespace, sid)
        if client is None or client.connect is None:
            return
        connected = self.manager.is_connected(sid, namespace)
        if connected and client.eio_sid in self.server.environ and client.finish():
            if client.is_accepted:
                self._accept(client)
            else:
                self.queues.accept(client, self._accept)
            return
        self._finish_connect(client, False)
        if connected and client.eio_sid in self.server.environ:
            self.server.disconnect(sid, namespace, True)
        elif client.eio_sid in self.server.environ:
            self.manager.send_disconnect(client.eio_sid, namespace)
        self._end(client, client.lost_reason or self.server.reason.TRANSPORT_CLOSE)
        self.manager.remove_client(sid, namespace)

    def _accept(self, client: Membership) -> None:
        self._finish_connect(client, client.is_admitted)
        client.is_accepted = True

    def _finish_connect(self, client: Membership, connected: bool) -> None:
        connect = client.take_connect()
        if connect is not None:
            finish_connect(connect, connected)

    def rooms_left(self, namespace: str, sid: str) -> list[str]:
        """Return where a client was whose disconnect handler waits for its turn."""
        client = self.client(namespace, sid)
        return (client and client.rooms) or []

    def on_disconnected(self, namespace: str, sid: str, reason: str | None) -> None:
        """End a client that upstream removes, unless its disconnect was dispatched."""
        client = self.client(namespace, sid)
        if client is not None:
            reason = client.lost_reason or reason
            self._end(client, reason or self.server.reason.CLIENT_DISCONNECT)

    def on_connection_ended(self, eio_sid: str, reason: str) -> None:
        """End the clients of a connection that upstream has not disconnected."""
        for client in self.memberships.of_connection(eio_sid):
            self._end(client, reason)

    def disconnect_when_connected(self, namespace: str, sid: str) -> bool:
        """Return whether a client is not in yet; it is disconnected once it is."""
        client = self.client(namespace, sid)
        reason = self.server.reason.SERVER_DISCONNECT
        return client is not None and client.lose(reason)

    def _end(self, client: Membership, reason: str) -> None:
        """Dispatch the disconnect of a client, unless that was done."""
        if client.disconnect(reason):
            self._run_disconnect(client, reason)

    def _run_disconnect(self, client: Membership, reason: str) -> None:
        if client.waiting:
            self.queues.drop(client)
        self._finish_connect(client, False)  # if it left before it had its answer
        if client.live.route.order == "namespace" and self.server.async_handlers:
            client.rooms = self.manager.get_rooms(client.sid, client.live.namespace)
            self.queues.add_disconnect(client, self._disconnect, reason)
        else:
            self._disconnect(client, reason)

    def _disconnect(self, client: Membership, reason: str) -> None:
        try:
            run_disconnect(client, reason)
        finally:
            self.memberships.forget(client)
