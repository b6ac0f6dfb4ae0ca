"""What is sent to a client that reads nothing is kept up to a bound."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from sys import getsizeof
from threading import Lock
from typing import Any, Final, cast

from engineio.packet import MESSAGE, Packet

from nsroute.upstream.hardening.closing import probe_socket
from nsroute.upstream.hardening.target import HardenedSocket, Target

PACKET_BYTES: Final = 500
"""What a packet takes beside its data, so that empty ones have a bound too."""
_PACKETS: Final = 1_000

_counting: Final = Lock()


class BoundedUnread(HardenedSocket):
    """A mixin for sockets: who does not read is disconnected."""

    unread_bytes: int = 0
    taken_bytes: int = 0
    is_full: bool = False

    def send(self, pkt: Any) -> None:
        """Send a packet, unless the client has too much to read already."""
        with _counting:
            unread, was_full = self.unread_bytes, self.is_full
            is_full = was_full or unread > self.limits.unread_bytes
            self.is_full = is_full
            self.unread_bytes = unread + size_of([pkt])
        if not is_full:
            cast("Any", super()).send(pkt)
        elif not was_full:
            # Whoever sends has nothing to do with the disconnect handlers of another.
            self.server.start_background_task(self.end_unread, unread)

    def poll(self) -> list[Any]:
        """Return what is to be sent; what was returned before has been read by now."""
        with _counting:
            self.unread_bytes -= self.taken_bytes
            self.taken_bytes = 0
        packets = cast("list[Any]", cast("Any", super()).poll())
        with _counting:
            self.taken_bytes += size_of(packets)
        return packets

    def end_unread(self, unread_bytes: int) -> None:
        """Disconnect the client, and keep nothing for it."""
        self.end("unread", unread_bytes=unread_bytes)
        with suppress(self.server.get_queue_empty_exception()):
            while True:
                self.queue.get(block=False)
        self.queue.put(None)  # whoever writes or polls ends

    def close(
        self, wait: bool = True, abort: bool = False, reason: str | None = None
    ) -> None:
        """Close the connection; hang up on a client that answers no ping."""
        cast("Any", super()).close(wait=wait, abort=abort, reason=reason)
        if reason == self.server.reason.PING_TIMEOUT:
            self.hang_up()


def size_of(packets: Iterable[Any]) -> int:
    """Return what packets take in memory, in bytes."""
    return sum(getsizeof(pkt.data) + PACKET_BYTES for pkt in packets)


def bound_unread(target: Target) -> None:
    """Disconnect a client that does not read what it is sent.

    Engine.IO keeps what is emitted to a client until it is read, without bound. A
    client that reads nothing is disconnected once it answers no ping, and one that
    sends pongs without reading pings is never. Its WebSocket stays open even then, and
    the two threads with it: the one that writes is blocked for ever.

    Checked with python-engineio 4.15.1 and simple-websocket 1.1.0.
    """
    if keeps_all_unread():
        target.add_to_sockets(BoundedUnread)


def keeps_all_unread() -> bool:
    """Return whether Engine.IO still keeps a gigabyte for one client."""
    socket = probe_socket()
    megabyte = Packet(MESSAGE, "a" * 1_000_000)
    for _ in range(_PACKETS):
        socket.send(megabyte)
    return bool(socket.queue.length == _PACKETS and not socket.closed)
