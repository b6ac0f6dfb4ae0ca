"""How packets are sent: an event with attachments in one step, a broadcast quickly.

python-socketio sends the header of an event with attachments and then each attachment
by itself. Where another thread sends to the same client in between, the client takes
its text for an attachment, and gives up with "parse error". So the parts are kept until
all are there, and put into the queue of the connection in one step.

A broadcast sends one packet to many: what it is, is looked at once. Half of what
Engine.IO takes to send it to each is a call of its log, which mostly drops it.

Checked with python-socketio 5.18.1 and python-engineio 4.15.1
(`tests/unit/upstream/test_sending.py` fails when one changes): one task sends the
header and all attachments of an event through `Server.send_packet`, in their order. A
socket takes its queue from `Server.create_queue`, replaced on the instance in threading
mode. In the other modes nothing switches to another task between two packets.
`Socket.send` calls `check_ping_timeout`, puts the packet into `queue`, and logs it.
"""

from __future__ import annotations

import inspect
import logging
import re
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from queue import Queue
from sys import getsizeof
from typing import TYPE_CHECKING, Any, Final, cast

from engineio import packet
from engineio.exceptions import SocketIsClosedError
from engineio.socket import Socket

from nsroute.upstream.locks import current_task
from nsroute.upstream.protocols import Server

if TYPE_CHECKING:  # python-engineio ships no types, and a base needs one

    class Packet:
        """`engineio.packet.Packet`, whose attributes are of any type."""

        def __getattr__(self, name: str) -> Any: ...

else:
    Packet = packet.Packet

_HEADER: Final = re.compile(r"[56](\d+)-")


class Size(str):  # noqa: SLOT000 - it has one attribute more
    """Text in the place of the data of several packets, as large as all of them."""

    data_bytes: int

    def __sizeof__(self) -> int:
        """Return what the data take, which a bound of unread bytes counts."""
        return self.data_bytes


class Parts(Packet):
    """The packets of an event; a queue takes them in one step.

    A connection gets binary packets of its own: one keeps what it was first encoded to,
    and transports differ in that.
    """

    def __init__(self, packets: Iterable[Any]) -> None:
        self.packets: tuple[Any, ...] = tuple(
            one.__class__(one.packet_type, one.data) if one.binary else one
            for one in packets
        )
        size = Size()
        size.data_bytes = sum(getsizeof(one.data) for one in self.packets)
        cast("Any", super()).__init__(packet.MESSAGE, size)


class WholeQueue(Queue[Any]):
    """The queue of a socket in threading mode."""

    takes_parts: bool = True
    unfinished_tasks: int

    def _put(self, item: Any) -> None:
        packets: deque[Any] = self.queue
        if item.__class__ is Parts:
            packets.extend(item.packets)
            self.unfinished_tasks += len(item.packets) - 1
        else:
            packets.append(item)


class EventParts:
    """Keeps the parts of events until all of an event are there."""

    def __init__(self, server: Server) -> None:
        self.begun: dict[tuple[object, str], tuple[int, list[Any]]] = {}
        self._are_used: bool = server.packet_class.uses_binary_events
        self._sockets: dict[str, Any] = cast("Any", server.eio).sockets
        self._task: Callable[[], object] = current_task(server.eio)

    def is_whole(self, pkt: Any) -> bool:
        """Return whether a packet is no part of an event, whoever it is sent to."""
        # The header of an event with attachments begins with 5 or 6.
        return not self._are_used or (isinstance(pkt.data, str) and pkt.data < "5")

    def take(self, eio_sid: str, pkt: Any) -> Sequence[Any]:
        """Keep a packet; return what to send now, nothing while parts are missing."""
        packets = self._collect(eio_sid, pkt)
        queue: Any = getattr(self._sockets.get(eio_sid), "queue", None)
        if len(packets) > 1 and hasattr(queue, "takes_parts"):
            return (Parts(packets),)
        return packets

    def forget(self, eio_sid: str) -> None:
        """Drop the events of a connection that nobody will complete."""
        for key in list(self.begun):
            if key[1] == eio_sid:
                self.begun.pop(key, None)

    def _collect(self, eio_sid: str, pkt: Any) -> Sequence[Any]:
        key = (self._task(), eio_sid)
        count, begun = self.begun.pop(key, (0, []))
        is_text = isinstance(pkt.data, str)
        header = _HEADER.match(pkt.data) if is_text else None
        if header:
            self.begun[key] = int(header[1]), [pkt]
            return ()
        if is_text or not begun:
            return (pkt,)
        begun.append(pkt)
        if len(begun) > count:
            return begun
        self.begun[key] = count, begun
        return ()


def send_whole_packets(server: Server, parts: EventParts) -> None:
    """Let a server send events as a whole, and nothing to a connection that closes.

    Engine.IO looks whether a connection is closed before it sends, and raises where
    that happens in between: whoever emits gets an error, and the others nothing.
    """
    engine: Any = server.eio
    upstream: Any = engine.send_packet
    if not inspect.ismethod(upstream):
        return  # a double in a test
    engine.send_packet = _send_packet(engine, parts, upstream)
    if engine.async_mode == "threading":
        engine.create_queue = WholeQueue


def _send_packet(engine: Any, parts: EventParts, upstream: Any) -> Any:
    sockets = engine.sockets
    seen: Any = None  # a packet that is whole, and that no log wants

    def send(eio_sid: str, pkt: Any, is_whole: bool = False) -> None:
        nonlocal seen
        if pkt is not seen and not is_whole:
            if not parts.is_whole(pkt):
                for one in parts.take(eio_sid, pkt):
                    send(eio_sid, one, True)
                return
            seen = pkt if _drops_info(engine.logger) else None
        try:
            socket = sockets[eio_sid]
            if pkt is not seen or socket.__class__ is not Socket:
                socket.send(pkt)
            elif socket.check_ping_timeout():
                socket.queue.put(pkt)
        except (KeyError, SocketIsClosedError):
            upstream(eio_sid, pkt)  # it notes in its log that nobody is there

    return send


def _drops_info(logger: object) -> bool:
    """Return whether a logger drops what is no warning; an app may bring its own."""
    return isinstance(logger, logging.Logger) and not logger.isEnabledFor(logging.INFO)
