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
from contextlib import suppress
from functools import partial
from typing import Any, Final, cast

from engineio import packet as eio_packet
from engineio.socket import Socket
from flask.testing import EnvironBuilder, FlaskClient
from flask_socketio import SocketIO
from socketio import packet

_TEXT_TYPES: Final[dict[int, int]] = {
    packet.BINARY_EVENT: packet.EVENT,
    packet.BINARY_ACK: packet.ACK,
}


class MemoryConnection:
    """One connection of a client, with the cookies of `flask_client`.

    `on_packet` is called with each decoded packet that the server sends, where binary
    events and acks have the plain types; `on_closed` once it has closed the connection.
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
        environ = _handshake(flask_client, headers, query_string)
        self.server.eio.sockets[self.eio_sid] = self.socket
        self.server.eio.handlers["connect"](self.eio_sid, environ)

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
        if kind == packet.EVENT:
            self._dispatch(frames)
        else:
            for frame in frames:
                self.server.eio.handlers["message"](self.eio_sid, frame)

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


class _Delivery:
    """The queue of a socket in memory: what is put in has arrived at the client."""

    def __init__(self, receive: Callable[[Any], None]) -> None:
        self.put = receive

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
