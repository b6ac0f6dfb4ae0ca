"""A connection without a network: the client's end of one, for tests.

Flask-SocketIO's test client puts methods of its own in the place of the server's, for
good: the server becomes synchronous, its other clients get nothing any more, what it
says in a refusal is lost. This one is an Engine.IO socket among the others, so that
the server notices no difference, and real clients may stand beside it.

Private parts touched, checked with Flask 2.2 to 3.1.3, python-socketio 5.18.1 and
python-engineio 4.15.1 (`tests/unit/testing/test_connection.py` fails when one changes):

- `engineio.Server.sockets` and `engineio.socket.Socket`, of which this is one;
- `engineio.Server.handlers`, called directly, because Engine.IO hides what they raise;
- `Server._handle_event_internal`, called directly, because the server would start a
  thread for each event;
- `Server.packet_class` and `Server.environ`;
- `FlaskClient._add_cookies_to_wsgi`, before Werkzeug 2.3 `cookie_jar.inject_wsgi`:
  there is no public way to the cookies of a test client.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final, Protocol, cast

from engineio.packet import CLOSE
from engineio.packet import Packet as EnginePacket
from engineio.socket import Socket
from flask import Flask
from flask.testing import EnvironBuilder, FlaskClient
from flask_socketio import SocketIO
from socketio import packet

__all__ = [
    "ACKNOWLEDGEMENT",
    "CONNECTED",
    "DISCONNECTED",
    "EVENT",
    "REFUSED",
    "MemoryConnection",
    "Packet",
]

CONNECTED: Final[int] = packet.CONNECT
DISCONNECTED: Final[int] = packet.DISCONNECT
EVENT: Final[int] = packet.EVENT
ACKNOWLEDGEMENT: Final[int] = packet.ACK
REFUSED: Final[int] = packet.CONNECT_ERROR
_BINARY: Final[dict[int, int]] = {
    packet.BINARY_EVENT: EVENT,
    packet.BINARY_ACK: ACKNOWLEDGEMENT,
}


class Packet(Protocol):
    """A Socket.IO packet, as both ends see it once it has been decoded."""

    packet_type: int
    namespace: str | None
    data: Any
    id: int | None


class _MemorySocket(Socket):
    """The server's end."""

    def __init__(
        self, server: Any, sid: str, hear: Callable[[EnginePacket], None]
    ) -> None:
        super().__init__(server, sid)
        self._hear = hear
        self.last_ping = None  # so that no ping is ever too late
        self.connected = self.upgraded = True

    def send(self, pkt: EnginePacket) -> None:
        """Hand a packet over to the client."""
        self._hear(pkt)

    def close(
        self, wait: bool = True, abort: bool = False, reason: str | None = None
    ) -> None:
        """End the connection; nobody empties its queue, so never wait for that."""
        cast("Any", super()).close(wait=False, abort=abort, reason=reason)


class MemoryConnection:
    """A connection of a test client.

    Args:
        app: The application to connect to.
        socketio: Its `SocketIO`.
        client: Whose cookies are sent.
        hear: Called with each packet that the server sends.
        ended: Called when the server has ended the connection.
        headers: HTTP headers of the handshake.
        query_string: The query of the handshake's URL.
    """

    def __init__(
        self,
        app: Flask,
        socketio: SocketIO,
        client: FlaskClient,
        *,
        hear: Callable[[Packet], None],
        ended: Callable[[], None],
        headers: Mapping[str, str] | None = None,
        query_string: str = "",
    ) -> None:
        self.server: Any = cast("Any", socketio).server
        self.eio_sid: str = self.server.eio.generate_id()
        self._hear = hear
        self._ended = ended
        self._incomplete: Any = None
        self._socket = _MemorySocket(self.server.eio, self.eio_sid, self._receive)
        environ = _handshake(app, client, headers, query_string)
        self.server.eio.sockets[self.eio_sid] = self._socket
        self.server.eio.handlers["connect"](self.eio_sid, environ)

    def send(
        self, kind: int, namespace: str, data: Any = None, number: int | None = None
    ) -> None:
        """Send a packet to the server, which handles it before this returns.

        Args:
            kind: What the packet is, such as `EVENT`.
            namespace: Where it goes.
            data: What it holds.
            number: What its acknowledgement, if one is wanted, is told by.

        Raises:
            ValueError: If the namespace would not arrive as it is.
        """
        self._stand_beside_plain_clients()
        pieces = self._encoded(kind, data, namespace, number)
        if kind == EVENT:
            self._dispatch(pieces)
        else:
            for piece in pieces:
                self.server.eio.handlers["message"](self.eio_sid, piece)

    def end(self, reason: str) -> None:
        """End the connection from the client's end.

        Args:
            reason: What the server takes for the reason, such as `transport close`.
        """
        self._socket.closing = True
        try:
            self.server.eio.handlers["disconnect"](self.eio_sid, reason)
        finally:
            self._socket.closed = True
            self.server.eio.sockets.pop(self.eio_sid, None)

    def _encoded(
        self, kind: int, data: Any, namespace: str, number: int | None
    ) -> list[Any]:
        """Give a packet as it is on the wire: itself, then its attachments."""
        made = self.server.packet_class(kind, data, namespace=namespace, id=number)
        encoded = made.encode()
        pieces = [encoded] if isinstance(encoded, str | bytes) else encoded
        arrived = None
        with suppress(Exception):
            arrived = self._decoded(pieces[0]).namespace or "/"
        if arrived not in (namespace, namespace.partition("?")[0]):
            raise ValueError(
                f"the namespace {namespace!r} does not travel in a packet: it is text "
                "that starts with '/' and holds no ','"
            )
        return pieces

    def _decoded(self, encoded: str | bytes) -> Any:
        return self.server.packet_class(encoded_packet=encoded)

    def _dispatch(self, pieces: list[Any]) -> None:
        event = self._decoded(pieces[0])
        for attachment in pieces[1:]:
            event.add_attachment(attachment)
        server, namespace = self.server, event.namespace or "/"
        sid = server.manager.sid_from_eio_sid(self.eio_sid, namespace)
        if server.manager.is_connected(sid, namespace):
            server._handle_event_internal(
                server, sid, self.eio_sid, event.data, namespace, event.id
            )

    def _receive(self, sent: Any) -> None:
        if sent.packet_type == CLOSE:
            self._ended()
            return
        if self._incomplete is None:
            self._incomplete = self._decoded(sent.data)
            complete = not self._incomplete.attachment_count
        else:
            complete = self._incomplete.add_attachment(sent.data)
        if complete:
            arrived, self._incomplete = self._incomplete, None
            arrived.packet_type = _BINARY.get(arrived.packet_type, arrived.packet_type)
            self._hear(arrived)

    def _stand_beside_plain_clients(self) -> None:
        """Get what a plain test client would keep from all other clients."""
        server = self.server
        for name in ("_send_packet", "_send_eio_packet"):
            replaced: Any = server.__dict__.get(name)
            if replaced is not None and not isinstance(replaced, _Fork):
                setattr(server, name, _Fork(server, name, replaced))


class _Fork:
    """Sends to memory connections as the server does, to others as it was told to."""

    def __init__(self, server: Any, name: str, other: Callable[..., Any]) -> None:
        self._server = server
        self._send: Any = getattr(server.__class__, name)
        self._other = other

    def __call__(self, eio_sid: str, sent: Any) -> None:
        if isinstance(self._server.eio.sockets.get(eio_sid), _MemorySocket):
            self._send(self._server, eio_sid, sent)
        else:
            self._other(eio_sid, sent)


def _handshake(
    app: Flask,
    client: FlaskClient,
    headers: Mapping[str, str] | None,
    query_string: str,
) -> dict[str, Any]:
    """Make the WSGI environment of a connection."""
    builder = EnvironBuilder(
        app,
        path="/socket.io/",
        query_string=query_string.removeprefix("?"),
        headers=dict(headers or {}),
        environ_base=client.environ_base,
    )
    try:
        environ = builder.get_environ()
    finally:
        builder.close()
    untyped = cast("Any", client)
    add_cookies = getattr(client, "_add_cookies_to_wsgi", None)
    (add_cookies or untyped.cookie_jar.inject_wsgi)(environ)
    environ["flask.app"] = app
    return environ
