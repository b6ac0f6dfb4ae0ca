"""A frame that cannot be read costs its sender more than its reader."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from traceback import walk_tb
from typing import Any, Final, cast

from engineio.exceptions import EngineIOError

from nsroute.upstream.hardening.target import HardenedSocket, Target
from nsroute.upstream.protocols import Environ

_PACKETS: Final = ("socketio.packet", "socketio.msgpack_packet")
_READERS: Final = ("engineio.", "nsroute.upstream.", "socketio.")
"""Modules whose code runs before any of the application's does."""


class BadFrame(ValueError):
    """A frame that is no packet; it is passed over."""


class FrameRefused(Exception):
    """A frame that a client library does not send; its connection is closed.

    Attributes:
        code: Why, for the record.
        fields: What else the record says.
    """

    def __init__(self, code: str, **fields: object) -> None:
        self.code = code
        self.fields = fields
        super().__init__(code)


class QuietSocket(HardenedSocket):
    """A mixin for sockets: a frame that cannot be read is recorded once, in a line."""

    has_bad_frame: bool = False

    def note_bad_frame(self, error: BaseException) -> None:
        """Record the first frame of a connection that cannot be read."""
        if not self.has_bad_frame:
            self.has_bad_frame = True
            self.limits.report(
                "nsroute.bad_frame", eio_sid=self.sid, error=type(error).__name__
            )

    def handle_post_request(self, environ: Environ) -> None:
        """Receive the packets of a polling request."""
        try:
            cast("Any", super()).handle_post_request(environ)
        except EngineIOError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it was answered with 200
            self.note_bad_frame(error)

    def _websocket_handler(self, ws: Any) -> list[Any]:
        """Serve a WebSocket; end its connection where upstream's reader would end."""
        close = ws.close

        def close_quietly() -> None:
            with suppress(Exception):  # the client has gone before it was closed
                close()

        ws.close = close_quietly
        try:
            return cast("list[Any]", cast("Any", super())._websocket_handler(ws))
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody reads any more
            self.note_bad_frame(error)
            reason = self.server.reason.TRANSPORT_ERROR
            self.close(wait=False, abort=True, reason=reason)
            ws.close()
            return []


def quiet_bad_frames(target: Target) -> None:
    """Record the first bad frame of a connection in one line, and no other.

    Engine.IO logs a traceback for each frame that python-socketio cannot read: a frame
    of two bytes writes 413. For a polling request it does the same, and a WebSocket
    frame without a type ends the thread that reads, with a traceback in the server's
    log and a client that is in until it answers no ping; a connection that is reset
    leaves one of the thread that writes. What an application's own handler raises is
    logged as before.

    This changes something only where an exception escapes from upstream.

    Checked with python-engineio 4.15.1 and python-socketio 5.18.1.
    """
    target.add_to_sockets(QuietSocket)
    target.wrap_handler("message", lambda upstream: _reading(target, upstream))


def _reading(target: Target, upstream: Callable[..., Any]) -> Callable[..., Any]:
    def receive(eio_sid: str, data: str | bytes) -> Any:
        try:
            return upstream(eio_sid, data)
        except Exception as error:
            socket = target.engine.sockets.get(eio_sid)
            if not isinstance(socket, QuietSocket) or not is_frames(error):
                raise
            target.server._binary_packet.pop(eio_sid, None)
            if isinstance(error, FrameRefused):
                socket.end(error.code, **error.fields)
            else:
                socket.note_bad_frame(error)

    return receive


def is_frames(error: BaseException) -> bool:
    """Return whether an exception was raised before any code of the application ran.

    Whatever reads a packet may be the application's: `SocketIO(json=…)`.
    """
    for frame, _ in walk_tb(error.__traceback__):
        module = str(frame.f_globals.get("__name__", ""))
        if module.startswith(_PACKETS):
            return True
        if not module.startswith(_READERS):
            return False
    return True
