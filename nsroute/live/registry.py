"""What upstream passes on, led to the client and the live namespace that it concerns.

A `NamespaceRegistry` tells genuine connects and disconnects from packets that only look
like them, sees to it that each client's disconnect is dispatched once, however its
connection ends, and answers what reaches no client. A router has one for each server, a
namespace that stands alone a registry of one route.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from socketio.exceptions import ConnectionRefusedError as Refused

from nsroute.dispatch import finish_connect, run_connect, run_disconnect, run_event
from nsroute.dispatch.refusals import (
    INTERNAL,
    INVALID_NAMESPACE,
    error_answer,
    why_rejected,
)
from nsroute.dispatch.routes import LIFECYCLE
from nsroute.dispatch.unserved import publish_unserved
from nsroute.errors import EventError, MountError
from nsroute.live.membership import (
    ADMITTED,
    ConnectionEnded,
    Found,
    Membership,
    Memberships,
)
from nsroute.live.views import LiveObjects
from nsroute.upstream.connects import NO_SID, RefusedName, claim_of, is_environ
from nsroute.upstream.manager import ClientManager, client_manager
from nsroute.upstream.protocols import Environ, Server, SocketIO
from nsroute.upstream.registration import STAR, NamespaceFilter

Find = Callable[[str], Found | None]
"""Returns what serves a name, or None."""
Unrouted = Callable[[object, str | None], None]
"""Records a name that nobody serves, and the sid of the client, if it has one."""


class NamespaceRegistry:
    """Receives what upstream passes on for the namespaces of one server."""

    def __init__(
        self,
        socketio: SocketIO,
        server: Server,
        find: Find,
        *,
        limit: int | None = None,
        unrouted: Unrouted | None = None,
    ) -> None:
        """Serve the names that `find` knows; with `unrouted`, refuse all others."""
        self.server: Server = server
        self.manager: ClientManager = client_manager(server)
        self._find = find
        self._others = unrouted and (NamespaceFilter(server), unrouted)
        self._memberships = Memberships(socketio, server, self.manager, limit)
        self.objects: LiveObjects = LiveObjects(self._memberships.live)
        self.manager.registries.append(self)

    def unregister(self) -> None:
        """Serve no more: another registry has taken its place on the server."""
        self.manager.registries.remove(self)

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
        connected. `overridden` is whether the `trigger_event` of a user's class has
        been called for it.
        """
        client = self.client(namespace, sid)
        if (
            client is not None
            and client.state >= ADMITTED
            and isinstance(event, str)
            and event not in LIFECYCLE
        ):
            return run_event(client, event, rest, overridden)
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
        live = self._memberships.live.get(namespace)
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
            client = self._memberships.enter(namespace, sid, environ, found)
        except Exception as error:  # noqa: BLE001 - whatever it is, upstream may not see it
            raise self._refuse_unserved(error, namespace, sid, found) from None
        client.connect, refused = run_connect(client, environ, auth)
        if refused is not None:
            return self._refuse(client, refused)
        client.step("admit")
        if self.server.always_connect:  # it has had its CONNECT packet already
            self.manager.decide(sid, namespace)
            self.on_connected(namespace, sid)
        return None

    def _refuse(self, client: Membership, refused: Refused) -> None:
        namespace = client.live.namespace
        self._memberships.forget(client)
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
        found = self._find(namespace)
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
        return error_answer(answer.code, answer.message)

    def _refuse_unserved(
        self, error: Exception, namespace: str, sid: str, found: Found
    ) -> Refused:
        """Record a client that did not get as far as a dispatch; return its refusal."""
        publish = partial(publish_unserved, "connect", "connect", namespace, sid, found)
        if isinstance(error, EventError):
            publish("refused", error)
            return Refused(error.message, {"code": error.code})
        if isinstance(error, ConnectionEnded):
            publish("late")
        else:
            publish("error", error)
        return Refused(INTERNAL)

    # --- what the client manager calls

    def claim(self, name: object) -> Found | None:
        """Return what serves a name that a client wants to join; None for others'.

        Only msgpack can carry a name that is no text, and the literal `'*'`.
        """
        if self._others is None:
            return self._find(name) if isinstance(name, str) else None
        served, unrouted = self._others
        if isinstance(name, str) and name != STAR:
            if name in self.server.namespace_handlers:
                return None
            found = self._find(name)
            if found or served.serves(name):
                return found
            if served.asks_router():
                raise RefusedName(is_answered=True)
        unrouted(name, None)
        raise RefusedName

    def _refuse_unrouted(self, name: str, sid: str) -> object:
        """Refuse a name in socket.io's words, unless the app serves it."""
        if self._others is None:
            return self.server.not_handled
        served, unrouted = self._others
        if served.serves(name):
            return self.server.not_handled
        unrouted(name, sid or None)
        raise Refused(INVALID_NAMESPACE)

    def on_connected(self, namespace: str, sid: str) -> None:
        """Complete a connect that has been answered, or end it with its connection."""
        client = self.client(namespace, sid)
        if client is None or client.connect is None:
            return
        dispatch, client.connect = client.connect, None
        connected = self.manager.is_connected(sid, namespace)
        if connected and client.eio_sid in self.server.environ and client.finish():
            finish_connect(dispatch, True)
            return
        finish_connect(dispatch, False)
        if connected and client.eio_sid in self.server.environ:
            self.server.disconnect(sid, namespace, True)
        elif client.eio_sid in self.server.environ:
            self.manager.send_disconnect(client.eio_sid, namespace)
        self._end(client, client.lost_reason or self.server.reason.TRANSPORT_CLOSE)
        self.manager.remove_client(sid, namespace)

    def on_disconnected(self, namespace: str, sid: str, reason: str | None) -> None:
        """End a client that upstream removes, unless its disconnect was dispatched."""
        client = self.client(namespace, sid)
        if client is not None:
            reason = client.lost_reason or reason
            self._end(client, reason or self.server.reason.CLIENT_DISCONNECT)

    def on_connection_ended(self, eio_sid: str, reason: str) -> None:
        """End the clients of a connection that upstream has not disconnected."""
        for client in self._memberships.of_connection(eio_sid):
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
        connect, client.connect = client.connect, None
        if connect is not None:  # it left between its connect handler and its answer
            finish_connect(connect, False)
        try:
            run_disconnect(client, reason)
        finally:
            self._memberships.forget(client)
