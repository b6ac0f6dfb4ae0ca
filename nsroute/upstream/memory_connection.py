"""The client's end of a connection in memory, without a network.

It is an Engine.IO socket like any other, so the server works unchanged, and real
clients may be connected at the same time.

Private API used, checked with Flask 2.2 to 3.1.3, python-socketio 5.18.1 and
python-engineio 4.15.1 (`tests/unit/testing/test_connection.py` fails on a change):

- `engineio.Server.sockets`, `engineio.socket.Socket` and its `queue`;
- `engineio.Server.handlers`, called directly: Engine.IO hides what they raise;
- `Server._handle_event_internal`, called directly: the server starts a thread for it;
- `Server.packet_class`, `Server._send_packet` and `Server._send_eio_packet`;
- `FlaskClient._add_cookies_to_wsgi` (before Werkzeug 2.3 `cookie_jar.inject_wsgi`):
  the cookies of a test client have no public API.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import partial
from time import monotonic
from typing import Any, Final, cast

from engineio import packet as eio_packet
from engineio.socket import Socket
from flask.testing import EnvironBuilder, FlaskClient
from flask_socketio import SocketIO
from socketio import packet

from nsroute.upstream.sending import Parts

_TEXT_TYPES: Final[dict[int, int]] = {
    packet.BINARY_EVENT: packet.EVENT,
    packet.BINARY_ACK: packet.ACK,
}
LONGEST_WAIT: Final = 5.0
"""Seconds that a test waits for a job of another thread."""


class MemoryConnection:
    """One connection of a client, with the cookies of `flask_client`.

    `on_packet` is called with each decoded packet that the server sends, where binary
    events and acks have the plain types; `on_closed` once it has closed the connection.
    With `stops_clock` timers of the server run in `move_clock` alone.
    """

    def __init__(
        self,
        flask_client: FlaskClient,
        socketio: SocketIO,
        *,
        on_packet: Callable[[Any], None],
        on_closed: Callable[[], None],
        headers: Mapping[str, str] | None = None,
        query_string: str = "",
        stops_clock: bool = False,
    ) -> None:
        self.server: Any = cast("Any", socketio).server
        self.eio_sid: str = self.server.eio.generate_id()
        self.socket: Any = Socket(self.server.eio, self.eio_sid)
        self.socket.queue = _Delivery(self._receive)
        self.socket.last_ping = None  # no ping times out
        self.socket.connected = self.socket.upgraded = True
        self._on_packet = on_packet
        self._on_closed = on_closed
        self._incomplete: Any = None
        if stops_clock:
            _stopped_scheduler(self.server)
        environ = _handshake(flask_client, headers, query_string)
        self.server.eio.sockets[self.eio_sid] = self.socket
        refusal = self.server.eio.handlers["connect"](self.eio_sid, environ)
        if refusal not in (None, True):
            del self.server.eio.sockets[self.eio_sid]
            raise ConnectionError(f"the server refuses the connection: {refusal}")

    def send(
        self, kind: int, namespace: str, data: Any = None, number: int | None = None
    ) -> None:
        """Send a packet, and return when the server has handled it."""
        frames = self.encode(kind, namespace, data, number)
        arrived = None
        with suppress(Exception):
            arrived = self._decode(frames[0]).namespace or "/"
        if arrived not in (namespace, namespace.partition("?")[0]):
            rule = "it must start with '/' and contain no ','"
            raise ValueError(f"a packet cannot carry the name {namespace!r}: {rule}")
        _share_server(self.server)
        with self.in_place():
            if kind == packet.EVENT:
                self._dispatch(frames)
            else:
                for frame in frames:
                    self.server.eio.handlers["message"](self.eio_sid, frame)

    def in_place(self) -> AbstractContextManager[None]:
        """Run here what otherwise workers run: a test need not wait for them."""
        workers: Any = getattr(self.server.manager, "workers", None)
        return nullcontext() if workers is None else workers.in_place()

    def await_workers(self, is_open: Callable[[], bool]) -> None:
        """Wait while something is open that another thread may run."""
        workers: Any = getattr(self.server.manager, "workers", None)
        ends = monotonic() + LONGEST_WAIT
        while is_open() and _is_busy(workers) and monotonic() < ends:
            self.server.sleep(0.001)

    def encode(
        self, kind: int, namespace: Any, data: Any = None, number: int | None = None
    ) -> list[str | bytes]:
        """Return the frames of a packet: itself, then its attachments."""
        made = self.server.packet_class(kind, data, namespace=namespace, id=number)
        encoded = made.encode()
        many = isinstance(encoded, list)
        return cast("list[str | bytes]", encoded if many else [encoded])

    def close(self, reason: str) -> None:
        """Close the connection from the client's end."""
        self.socket.closing = True
        try:
            with self.in_place():
                self.server.eio.handlers["disconnect"](self.eio_sid, reason)
        finally:
            self.socket.closed = True
            self.server.eio.sockets.pop(self.eio_sid, None)

    def _decode(self, frame: str | bytes) -> Any:
        return self.server.packet_class(encoded_packet=frame)

    def _dispatch(self, frames: list[str | bytes]) -> None:
        event = self._decode(frames[0])
        for attachment in frames[1:]:
            event.add_attachment(attachment)
        server, namespace = self.server, event.namespace or "/"
        sid = server.manager.sid_from_eio_sid(self.eio_sid, namespace)
        if server.manager.is_connected(sid, namespace):
            server._handle_event_internal(
                server, sid, self.eio_sid, event.data, namespace, event.id
            )

    def _receive(self, sent: Any) -> None:
        if sent is None or sent.packet_type == eio_packet.CLOSE:
            self.server.eio.sockets.pop(self.eio_sid, None)
            self._on_closed()
            return
        if self._incomplete is None:
            self._incomplete = self._decode(sent.data)
            complete = not self._incomplete.attachment_count
        else:
            complete = self._incomplete.add_attachment(sent.data)
        if complete:
            arrived, self._incomplete = self._incomplete, None
            kind = arrived.packet_type
            arrived.packet_type = _TEXT_TYPES.get(kind, kind)
            self._on_packet(arrived)


def move_clock(socketio: Any, seconds: float) -> None:
    """Move the clock of a server's timers, and run here what becomes due."""
    if seconds < 0:
        raise ValueError(f"time does not go back: {seconds!r} seconds")
    scheduler = _stopped_scheduler(socketio.server)
    if scheduler is None:
        raise LookupError("no router is mounted on this SocketIO")
    scheduler.advance(seconds)


def _is_busy(workers: Any) -> bool:
    return workers is not None and bool(workers.is_busy)


def _stopped_scheduler(server: Any) -> Any:
    """Return what runs the timers of a server, its clock stopped; None without one."""
    scheduler: Any = getattr(server.manager, "scheduler", None)
    if scheduler is not None:
        scheduler.stop_clock()
    return scheduler


class _Delivery:
    """The queue of a socket in memory: what is put in has arrived at the client."""

    takes_parts = True

    def __init__(self, receive: Callable[[Any], None]) -> None:
        self._receive = receive

    def empty(self) -> bool:
        """Return that nothing waits."""
        return True

    def put(self, item: Any) -> None:
        """Let the client receive a packet, or those of an event."""
        for pkt in item.packets if isinstance(item, Parts) else (item,):
            self._receive(pkt)

    def join(self) -> None:
        """Return at once: nothing waits in here."""


def _share_server(server: Any) -> None:
    """Undo, for connections in memory, what Flask-SocketIO's test client replaced."""
    for name in ("_send_packet", "_send_eio_packet"):
        replaced = server.__dict__.get(name)
        if replaced is not None and not isinstance(replaced, partial):
            original = getattr(server.__class__, name)
            setattr(server, name, partial(_send, server, original, replaced))


def _send(server: Any, original: Any, replaced: Any, eio_sid: str, sent: Any) -> None:
    socket = server.eio.sockets.get(eio_sid)
    if isinstance(getattr(socket, "queue", None), _Delivery):
        original(server, eio_sid, sent)
    else:
        replaced(eio_sid, sent)


def _handshake(
    client: Any, headers: Mapping[str, str] | None, query_string: str
) -> dict[str, Any]:
    """Return the WSGI environment of a connection."""
    environ = EnvironBuilder(
        client.application,
        path="/socket.io/",
        query_string=query_string.removeprefix("?"),
        headers=dict(headers or {}),
        environ_base=client.environ_base,
    ).get_environ()
    add_cookies = getattr(client, "_add_cookies_to_wsgi", None)
    (add_cookies or client.cookie_jar.inject_wsgi)(environ)
    environ["flask.app"] = client.application
    return environ
