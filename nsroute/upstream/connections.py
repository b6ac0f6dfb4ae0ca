"""The connections of a server, which it ends itself before its process does.

`engineio.Server.disconnect()` is not used: it waits for each client to read what was
sent, and hangs at one that polls and does not come back. `Socket.close` is taken apart
instead: the disconnect handlers run first, and clients are told later.

Private parts touched, checked with python-engineio 4.15.1
(`tests/unit/upstream/test_connections.py` fails when one changes): `Server.sockets`,
`Server._trigger_event`, and of `Socket` what `close` uses: `closing`, `closed` and
`queue` with its `empty`, and `upgraded`.
"""

from __future__ import annotations

from threading import Lock
from typing import Any, Final

from engineio import packet

from nsroute.upstream.protocols import Environ, Server

REASON: Final = "server shutting down"
"""What disconnect handlers get as the reason; socket.io's own word for it."""
REFUSAL: Final = "draining"

_transition = Lock()


class Connection:
    """A connection that the server ends."""

    def __init__(self, engine: Any, socket: Any) -> None:
        self.eio_sid: str = socket.sid
        self._engine = engine
        self._socket = socket

    def take(self) -> bool:
        """Return whether it is open; of several callers one ends it."""
        with _transition:
            if self._socket.closing or self._socket.closed:
                return False
            self._socket.closing = True
            return True

    def end(self) -> None:
        """Run the disconnect handlers of its clients; what one raises is logged."""
        engine = self._engine
        engine._trigger_event("disconnect", self.eio_sid, REASON, run_async=False)

    @property
    def is_read(self) -> bool:
        """Whether its transport has taken all that was sent.

        A client that polls takes it by its next request, which a closed connection has
        no answer for.
        """
        return bool(self._socket.queue.empty())

    def close(self) -> None:
        """Close its transport, without waiting for the client to notice.

        Engine.IO's own CLOSE packet is not sent: python-socketio's client does not
        connect again after that. What a client polls for next is not there instead.
        """
        socket = self._socket
        if not socket.upgraded:
            socket.queue.put(packet.Packet(packet.NOOP))
        socket.closed = True
        socket.queue.put(None)

    @property
    def is_gone(self) -> bool:
        """Whether the client has been told, or has asked again."""
        return self._engine.sockets.get(self.eio_sid) is not self._socket


class Connections:
    """The connections of a server."""

    def __init__(self, server: Server) -> None:
        self._engine: Any = server.eio

    def refuse_new(self) -> None:
        """Refuse new connections; the client hears of that as of a lost server."""

        def refuse(eio_sid: str, environ: Environ) -> str:
            return REFUSAL

        self._engine.on("connect", refuse)

    def open(self) -> list[Connection]:
        """Return the connections that nobody ends yet."""
        return [
            Connection(self._engine, socket)
            for socket in list(self._engine.sockets.values())
            if not socket.closing and not socket.closed
        ]
