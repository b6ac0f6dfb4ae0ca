"""What comes over a WebSocket is as long as `max_http_buffer_size` allows."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import Any, Final, cast

import simple_websocket

from nsroute.upstream.hardening.target import HardenedSocket, Target
from nsroute.upstream.locks import Lock, new_lock
from nsroute.upstream.protocols import Environ

_OFFER: Final = "HTTP_SEC_WEBSOCKET_EXTENSIONS"


def bound_messages(target: Target) -> None:
    """Hold WebSocket messages to `max_http_buffer_size` while they come in.

    Engine.IO looks at the length of a message once it is there, whole and inflated:
    199 kB that were compressed grew to 404 MB, and a message that does not end is
    collected without end. `simple-websocket` takes a bound, and is given none. Having
    met it, it forgets to wake who reads.

    Checked with python-engineio 4.15.1 and simple-websocket 1.1.0, in `threading` and
    `gevent` mode. In the other modes Engine.IO or the server has a bound for a frame.
    """
    driver = target.engine._async["websocket"]
    if driver is not None and is_unbounded(driver, target.engine):
        target.wrap_websocket(_bounding)


def is_unbounded(driver: Callable[..., Any], engine: Any) -> bool:
    """Return whether simple-websocket is told of no bound."""
    arguments = getattr(driver(None, engine), "server_args", None)
    return arguments is not None and "max_message_size" not in arguments


def _bounding(driver: Callable[..., Any]) -> Callable[..., Any]:
    def make(handler: Callable[..., Any], engine: Any) -> Any:
        made = driver(handler, engine)
        made.server_args["max_message_size"] = engine.max_http_buffer_size
        thread = made.server_args.get("thread_class", Thread)
        made.server_args["thread_class"] = _waking(thread)
        return made

    return make


def _waking(thread: Callable[..., Any]) -> Callable[..., Any]:
    """Start the threads that receive so that their end wakes who waits for them."""

    def start(target: Any) -> Any:
        def receive() -> None:
            target()
            target.__self__.event.set()

        return thread(target=receive)

    return start


def refuse_compression(target: Target) -> None:
    """Take no compressed messages, as Socket.IO's own server does by default.

    What inflates is bounded once it is inflated: a kilobyte in is a megabyte in memory,
    for as long as nobody has read it, a thousand times over. Each connection keeps a
    window of zlib's besides. Where upstream takes no compressed messages either,
    this changes nothing.

    Checked with simple-websocket 1.1.0, which accepts any offer of a client.
    """
    target.wrap_websocket(_without_offer)


def _without_offer(driver: Callable[..., Any]) -> Callable[..., Any]:
    def make(handler: Callable[..., Any], engine: Any) -> Callable[..., Any]:
        made = driver(handler, engine)

        def answer(environ: Environ, start_response: Callable[..., Any]) -> Any:
            environ.pop(_OFFER, None)
            return made(environ, start_response)

        return answer

    return make


class WholeSocket:
    """A socket whose `send` sends all that it is given, and nothing in between."""

    def __init__(self, sock: Any, lock: Lock) -> None:
        self._sock = sock
        self._lock = lock

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    def send(self, data: bytes) -> int:
        """Send all of the data."""
        with self._lock:  # the thread that receives answers pings
            self._sock.sendall(data)
        return len(data)


class SendsWhole(HardenedSocket):
    """A mixin for sockets: a WebSocket message goes out whole."""

    def _websocket_handler(self, ws: Any) -> Any:
        wrapped: Any = getattr(ws, "ws", None)
        if hasattr(wrapped, "sock"):
            wrapped.sock = WholeSocket(wrapped.sock, new_lock(self.server))
        return cast("Any", super())._websocket_handler(ws)


def send_whole_messages(target: Target) -> None:
    """Send a message whole, though its client reads slowly.

    simple-websocket calls `socket.send` once for a message. In `gevent` mode that sends
    what fits: of 20 MB to a client that reads a second later, some 3 MB, and what comes
    next is read in the middle of the message.

    Checked with simple-websocket 1.1.0.
    """
    if sends_parts():
        target.add_to_sockets(SendsWhole)


class _ProbeConnection:
    """A WebSocket and its protocol and socket, which note what is called."""

    connected = True

    def __init__(self) -> None:
        self.ws = self.sock = self
        self.sent: list[str] = []

    def send(self, _data: object) -> bytes:
        """Note what simple-websocket sends, first to its protocol."""
        self.sent.append("send")
        return b""

    def sendall(self, _data: bytes) -> None:
        """Note that all of it would be sent."""
        self.sent.append("sendall")


def sends_parts() -> bool:
    """Return whether simple-websocket leaves it at what `socket.send` has sent."""
    connection: Any = _ProbeConnection()
    simple_websocket.ws.Base.send(connection, "")
    return bool(connection.sent == ["send", "send"])
