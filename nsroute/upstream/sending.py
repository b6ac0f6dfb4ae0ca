"""How an event with attachments is sent: in one step.

python-socketio sends the header of an event with attachments and then each attachment
by itself. Where another thread sends to the same client in between, the client takes
its text for an attachment, and gives up with "parse error". So the parts are kept until
all are there, and put into the queue of the connection in one step: other packets cost
nothing more.

Checked with python-socketio 5.18.1 and python-engineio 4.15.1
(`tests/unit/upstream/test_sending.py` fails when one changes): one task sends the
header and all attachments of an event through `Server.send_packet`, in their order. A
socket takes its queue from `Server.create_queue`, replaced on the instance in threading
mode, and calls its `put`, `get`, `task_done` and `join`. In the other modes nothing
switches to another task between two packets.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from queue import SimpleQueue
from sys import getsizeof
from threading import Condition, Lock
from typing import TYPE_CHECKING, Any, ClassVar, Final, cast

from engineio import packet

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


class WholeQueue(SimpleQueue[Any]):
    """The queue of a socket in threading mode.

    It does what Engine.IO asks of `queue.Queue`, which takes several times as long, and
    wakes whoever waits for a packet before he can have it.
    """

    takes_parts: bool = True
    _taken: ClassVar[Condition] = Condition(Lock())  # one for all: few ever join
    _joining: int = 0
    _rest: Any = ()  # of an event whose first packet was taken; last first

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """Return the next packet, or raise `queue.Empty`."""
        found = self._take_rest() if self._rest else None
        if found is None:
            found = super().get(block, timeout)
        if found.__class__ is Parts:
            found, *rest = found.packets
            with self._taken:
                self._rest = [*rest[::-1], *self._rest]
        if self._joining:
            with self._taken:
                self._taken.notify_all()
        return found

    def _take_rest(self) -> Any:
        with self._taken:
            return self._rest.pop() if self._rest else None

    def task_done(self) -> None:
        """Do nothing: Engine.IO calls it at once for what it has taken."""

    def join(self) -> None:
        """Wait until everything was taken."""
        with self._taken:
            self._joining += 1
            try:
                self._taken.wait_for(lambda: self.empty() and not self._rest)
            finally:
                self._joining -= 1


class EventParts:
    """Keeps the parts of events until all of an event are there."""

    def __init__(self, server: Server) -> None:
        self.begun: dict[tuple[object, str], tuple[int, list[Any]]] = {}
        self._sockets: dict[str, Any] = cast("Any", server.eio).sockets
        self._task: Callable[[], object] = current_task(server.eio)

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
