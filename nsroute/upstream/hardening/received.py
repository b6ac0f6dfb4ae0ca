"""What a WebSocket has received waits up to a bound; then no more is read."""

from __future__ import annotations

from threading import Lock
from types import SimpleNamespace
from typing import Any, Final, cast

import simple_websocket
from wsproto.events import TextMessage

from nsroute.upstream.hardening.target import HardenedSocket, Target

MESSAGE_BYTES: Final = 500
"""What a message takes beside its data, so that empty ones have a bound too."""
_LOOK: Final = 1.0
"""Seconds after which a reader that waits looks whether its connection has ended."""
_MESSAGES: Final = 1_000


_counting: Final = Lock()


class BoundedBuffer(list[Any]):
    """Messages that nobody has taken yet; who adds one too many has to wait."""

    def __init__(self, websocket: Any, most_bytes: int, has_room: Any) -> None:
        super().__init__()
        self._websocket = websocket
        self._most_bytes = most_bytes
        self._has_room = has_room
        self._bytes = 0
        for message in websocket.input_buffer:
            self._add(message)

    def _add(self, message: Any) -> None:
        with _counting:
            self._bytes += len(message) + MESSAGE_BYTES
        super().append(message)

    def append(self, message: Any) -> None:
        """Add a message; return once there is room for another.

        Raises:
            OSError: If the connection was closed meanwhile.
        """
        self._add(message)
        self._websocket.event.set()
        while self._bytes > self._most_bytes:
            if not self._websocket.connected:
                raise OSError("closed while messages waited")
            self._has_room.clear()
            if self._bytes > self._most_bytes:
                self._has_room.wait(_LOOK)

    def pop(self, index: Any = -1) -> Any:
        """Take a message."""
        taken = super().pop(index)
        with _counting:
            self._bytes -= len(taken) + MESSAGE_BYTES
        self._has_room.set()
        return taken


class ReadsInTurn(HardenedSocket):
    """A mixin for sockets: what is not handled yet is not read either."""

    def _websocket_handler(self, ws: Any) -> Any:
        wrapped: Any = getattr(ws, "ws", None)
        if hasattr(wrapped, "input_buffer"):
            most, has_room = (
                self.server.max_http_buffer_size,
                self.server.create_event(),
            )
            wrapped.input_buffer = BoundedBuffer(wrapped, most, has_room)
        return cast("Any", super())._websocket_handler(ws)


def read_in_turn(target: Target) -> None:
    """Read from a WebSocket only while few of its messages wait.

    simple-websocket reads in a thread of its own, and keeps what it has read until
    somebody asks for it. While a connect handler runs, or a handler with
    `async_handlers=False`, nobody asks: as much is kept as the client can send in that
    time. Not reading holds the client up instead.

    Checked with simple-websocket 1.1.0.
    """
    if keeps_all_received():
        target.add_to_sockets(ReadsInTurn)


def keeps_all_received() -> bool:
    """Return whether simple-websocket still keeps a gigabyte that nobody asks for."""
    message = TextMessage(data="a" * 1_000_000)
    connection: Any = SimpleNamespace(
        connected=True,
        event=SimpleNamespace(set=bool),
        incoming_message=None,
        incoming_message_len=0,
        input_buffer=[],
        max_message_size=None,
        ws=SimpleNamespace(events=lambda: [message] * _MESSAGES),
    )
    base: Any = simple_websocket.ws.Base
    base._handle_events(connection)
    return len(connection.input_buffer) == _MESSAGES
