"""The client manager mixin, second part: clients leave, connections end, rooms.

`client_manager` puts the mixin on the client manager that a server has, of whatever
class. From then on it tells the registries of the server what becomes of their clients.

Checked with python-socketio 5.18.1 and python-engineio 4.15.1
(`tests/unit/upstream/test_manager.py` fails when one changes): the methods overridden
here, and, private, `_generate_ack_id`, `PubSubManager._handle_disconnect`,
`Server._handle_eio_disconnect`, `Server._binary_packet` and `Server._send_packet`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from contextvars import ContextVar
from typing import Any, Final, cast

from socketio import packet
from socketio.base_manager import BaseManager

from nsroute.upstream.context import forget_connection
from nsroute.upstream.incoming import Incoming
from nsroute.upstream.locks import current_task
from nsroute.upstream.packets import EventPacket, PacketEncoder
from nsroute.upstream.protocols import Environ, Server
from nsroute.upstream.queues import QueuedManager

_NO_ROOM: Final = "None is no room: it would stand for all of the namespace"
_ending: ContextVar[str | None] = ContextVar("nsroute_ending", default=None)
"""The connection whose end upstream handles; it asks for the namespaces next."""


class ClientManager(QueuedManager):
    """A mixin that `client_manager` puts before the class of a client manager.

    - A client that has left is not disconnected a second time, and enters no room.
    - The end of a connection visits its own namespaces, not all of the server.
    - Who is still connecting to a routed namespace hears only what is sent to its sid.
    - No acknowledgement takes away the counter of its client's callbacks.
    - Whoever emits to a routed namespace emits what a handler may return.
    """

    def install(self, server: Server) -> None:
        """Follow the clients of a server."""
        self.install_tables(server)
        EventPacket.install(server)
        self.packets: PacketEncoder = PacketEncoder(server)
        self.upstream_emit: Callable[..., object] = cast("Any", super()).emit
        self.disconnecting: dict[tuple[str, str], object] = {}
        self.ending: dict[str, str] = {}  # connection -> reason
        listing, upstream = (
            cast("Any", super()).get_participants,
            cast("Any", BaseManager),
        )
        self.is_listed: bool = listing.__func__ is upstream.get_participants
        self.workers: Any = None  # what runs the events of all registries
        self.scheduler: Any = None  # what runs their timers
        self.incoming: Incoming = Incoming(server)
        self.current_task: Callable[[], object] = current_task(server.eio)
        private: Any = server
        self.upstream_end: Callable[[str, str], object] = private._handle_eio_disconnect
        if server.eio.handlers.get("disconnect") == self.upstream_end:
            server.eio.on("disconnect", self.end_connection)
        # The admin UI has a handler of its own there, which calls this attribute.
        private._handle_eio_disconnect = self.end_connection
        self.install_queue()

    def can_disconnect(self, sid: str, namespace: str) -> bool:
        """Return whether to disconnect a client at once; one who connects, later."""
        upstream: Any = super()
        return not self._is_postponed(sid, namespace) and bool(
            upstream.can_disconnect(sid, namespace)
        )

    def _is_postponed(self, sid: str, namespace: str) -> bool:
        return any(
            registry.disconnect_when_connected(namespace, sid)
            for registry in self.registries
        )

    def _handle_disconnect(self, message: dict[str, Any]) -> None:
        """Disconnect a client for another process, or once it is connected."""
        namespace = message.get("namespace") or "/"
        if not self._is_postponed(message.get("sid", ""), namespace):
            cast("Any", super())._handle_disconnect(message)

    def pre_disconnect(self, sid: str, namespace: str) -> str | None:
        """Note that a client is on its way out, once."""
        with self.tables_lock:
            eio_sid = self.knows(sid, namespace)
            noted = sid in self.pending_disconnect.get(namespace, ())
            if eio_sid is not None:
                self.disconnecting[namespace, sid] = self.current_task()
                if not noted:
                    cast("Any", super()).pre_disconnect(sid, namespace)
            return eio_sid

    def is_disconnecting(self, sid: str, namespace: str) -> bool:
        """Return whether a `disconnect` is upstream's own, and no packet's."""
        return self.disconnecting.get((namespace, sid)) == self.current_task()

    def disconnect(self, sid: str, namespace: str, **options: Any) -> None:
        """Remove a client from its namespace and its rooms."""
        self._end_client(sid, namespace)
        cast("Any", super()).disconnect(sid, namespace, **options)

    def _end_client(self, sid: str, namespace: str) -> None:
        reason = self.ending.get(self.knows(sid, namespace) or "")
        for registry in self.registries:
            registry.on_disconnected(namespace, sid, reason)

    def basic_disconnect(self, sid: str, namespace: str, **options: Any) -> None:
        """Remove what the tables hold of a client."""
        with self.tables_lock:
            eio_sid = self.knows(sid, namespace)
            cast("Any", super()).basic_disconnect(sid, namespace, **options)
            self.forget_pending(sid, namespace)
            self.disconnecting.pop((namespace, sid), None)
            self.decide(sid, namespace)
            names = self.joined.get(eio_sid or "", {})
            if names.get(namespace) == sid:
                del names[namespace]
                if not names:
                    self.joined.pop(eio_sid or "", None)

    def forget_pending(self, sid: str, namespace: str) -> None:
        """Remove what upstream notes of a client that connects or disconnects."""
        for pending in (self.pending_connect, self.pending_disconnect):
            noted = [one for one in pending.get(namespace, ()) if one != sid]
            if noted:
                pending[namespace] = noted
            else:
                pending.pop(namespace, None)

    def remove_client(self, sid: str, namespace: str) -> None:
        """Remove a client that upstream would keep."""
        self._end_client(sid, namespace)
        with suppress(KeyError):
            self.basic_disconnect(sid, namespace)

    def get_namespaces(self) -> Iterable[str]:
        """Return where somebody is; of a connection that ends, where it is."""
        eio_sid = _ending.get()
        if eio_sid is None:
            return list(self.rooms)
        _ending.set(None)
        return list(self.joined.get(eio_sid, ()))

    def end_connection(self, eio_sid: str, reason: str) -> None:
        """Disconnect a connection from all its namespaces; leave nothing of it.

        Raises:
            BaseException: What the first disconnect handler beside the router raised,
                for Engine.IO to log.
        """
        server = self.server
        environ: Environ | None = server.environ.get(eio_sid)
        self.ending[eio_sid] = reason
        self.note_ended(eio_sid)  # from now on nobody is entered for it
        failure = self._disconnect_all(eio_sid, reason)
        server.environ.pop(eio_sid, None)
        server._binary_packet.pop(eio_sid, None)
        self.parts.forget(eio_sid)
        for registry in self.registries:
            registry.on_connection_ended(eio_sid, reason)
        for namespace, sid in list(self.joined.get(eio_sid, {}).items()):
            # A connect handler that still runs returns later.
            self.note_ended(sid)
            self.remove_client(sid, namespace)
        self.ending.pop(eio_sid, None)
        if environ is not None:
            forget_connection(environ)
        if isinstance(failure, TypeError):
            # Engine.IO takes a TypeError for an old signature and hides it.
            raise RuntimeError("A disconnect handler raised.") from failure
        if failure is not None:
            raise failure

    def _disconnect_all(self, eio_sid: str, reason: str) -> BaseException | None:
        """Have upstream disconnect each namespace, whatever another one raises."""
        failure: BaseException | None = None
        before: dict[str, str] | None = None
        while (names := dict(self.joined.get(eio_sid, {}))) != before:
            before = names
            token = _ending.set(eio_sid)
            try:
                self.upstream_end(eio_sid, reason)
                break
            except BaseException as error:  # noqa: BLE001 - raised by the caller, once
                failure = failure or error
                self._remove_disconnecting(names)
            finally:
                _ending.reset(token)
        return failure

    def _remove_disconnecting(self, names: dict[str, str]) -> None:
        for namespace, sid in names.items():
            if sid in self.pending_disconnect.get(namespace, ()):
                self.remove_client(sid, namespace)

    def drop_session(self, eio_sid: str, namespace: str) -> None:
        """Drop what `save_session` has kept of a connection for a namespace."""
        with suppress(KeyError):  # the connection has ended, and its session with it
            self.server.eio.get_session(eio_sid).pop(namespace, None)

    def send_disconnect(self, eio_sid: str, namespace: str) -> None:
        """Send a client that it is not in a namespace, whatever was sent before."""
        with suppress(Exception):  # where the connection is closing, nobody has to know
            kind = self.server.packet_class
            told = kind(packet.DISCONNECT, namespace=namespace)
            self.server._send_packet(eio_sid, told)

    def emit(
        self,
        event: str,
        data: Any,
        namespace: str = "/",
        room: Any = None,
        skip_sid: Any = None,
        callback: Any = None,
        to: Any = None,
        **options: Any,
    ) -> object:
        """Emit to some of a namespace; of a routed one, as `PacketEncoder` says.

        Raises:
            TypeError: If there is something in `data` that no packet can carry.
        """
        for registry in self.registries:
            if registry.serves(namespace):
                data = self.packets.sendable(data)
                break
        return self.upstream_emit(
            event,
            data,
            namespace,
            room=to or room,
            skip_sid=skip_sid,
            callback=callback,
            **options,
        )

    def get_participants(self, namespace: str, room: Any) -> Iterator[tuple[str, str]]:
        """Return who hears what is sent to a room, or to several, or (None) to all."""
        found: list[tuple[str, str]]
        with self.tables_lock:
            if self.is_listed and (room is None or isinstance(room, str)):
                # As upstream does it, but for its steps from client to client.
                found = list(self.rooms.get(namespace, {}).get(room, {}).items())
            else:
                found = list(cast("Any", super()).get_participants(namespace, room))
            hidden = self.undecided.get(namespace)
            if hidden:
                hidden = hidden - ({room} if isinstance(room, str) else set(room or ()))
        if hidden:
            found = [(sid, eio_sid) for sid, eio_sid in found if sid not in hidden]
        return iter(found)

    def basic_leave_room(self, sid: str, namespace: str, room: str | None) -> None:
        """Remove a client from a room."""
        with self.tables_lock:
            cast("Any", super()).basic_leave_room(sid, namespace, room)

    def leave_room(self, sid: str, namespace: str, room: str | None) -> None:
        """Remove a client from a room; `ValueError` where None stands for one."""
        if room is None:
            raise ValueError(_NO_ROOM)
        cast("Any", super()).leave_room(sid, namespace, room)

    def basic_close_room(self, room: str | None, namespace: str) -> None:
        """Remove all clients from a room, those who are connecting too."""
        if room is None:
            raise ValueError(_NO_ROOM)
        with self.tables_lock:
            cast("Any", super()).basic_close_room(room, namespace)
            for sid in list(self.undecided.get(namespace, ())):
                cast("Any", super()).basic_leave_room(sid, namespace, room)

    def get_rooms(self, sid: str, namespace: str) -> list[str]:
        """Return the rooms that a client is in; in its disconnect handler, was in."""
        with self.tables_lock:
            found: list[str] = cast("Any", super()).get_rooms(sid, namespace)
        for registry in () if found else self.registries:
            found = found or registry.rooms_left(namespace, sid)
        return found


def client_manager(server: Server) -> ClientManager:
    """Return the client manager of a server, which gets the mixin the first time."""
    manager: Any = server.manager
    if not isinstance(manager, ClientManager):
        kind: Any = cast("object", manager).__class__
        bases, own = (ClientManager, kind), {"upstream_kind": kind}
        manager.__class__ = type(f"Routed{kind.__name__}", bases, own)
        cast("ClientManager", manager).install(server)
    return cast("ClientManager", manager)
