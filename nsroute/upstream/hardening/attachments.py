"""The attachments of a binary event: how many, how large, and each named once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, cast

from socketio.packet import Packet

from nsroute.upstream.hardening.frames import BadFrame, FrameRefused
from nsroute.upstream.hardening.target import Target

_MANY: Final = '51000000-["a"]'
_TWICE: Final = '51-["a",{"_placeholder":true,"num":0},{"_placeholder":true,"num":0}]'


class BoundedPacket:
    """A mixin for packets that wait for attachments: these have a bound in total."""

    attached_bytes: int = 0
    most_bytes = 0

    def add_attachment(self, attachment: bytes | str) -> bool:
        """Add an attachment; return whether it was the last."""
        self.attached_bytes += len(attachment)
        if self.attached_bytes > self.most_bytes:
            raise FrameRefused("attachments_too_large", bytes=self.attached_bytes)
        return cast("bool", cast("Any", super()).add_attachment(attachment))


class IncompletePackets(dict[str, Any]):
    """Connection -> packet that waits for its attachments, as the server keeps them."""

    def __init__(self, target: Target) -> None:
        super().__init__(target.server._binary_packet)
        self._target = target
        self._classes: dict[type, type] = {}

    def __setitem__(self, eio_sid: str, packet: Any) -> None:
        """Keep a packet, unless it announces or names what it may not."""
        count = packet.attachment_count
        if count > self._target.limits.attachments:
            raise FrameRefused("too_many_attachments", attachments=count)
        if sorted(named(packet.data)) != list(range(count)) or not count:
            raise BadFrame("a binary packet names each of its attachments, once")
        kind: type = packet.__class__
        if kind not in self._classes:
            self._classes[kind] = type(
                f"Bounded{kind.__name__}", (BoundedPacket, kind), {}
            )
        packet.__class__ = self._classes[kind]
        packet.most_bytes = self._target.engine.max_http_buffer_size
        super().__setitem__(eio_sid, packet)


def bound_attachments(target: Target) -> None:
    """Bound the number and the total of attachments; let none be named twice.

    python-socketio takes whatever number a header announces and collects binary frames
    until so many are there. One attachment may be named any number of times: each is
    an attachment of its own in an answer that holds them, so that 85 kB were answered
    by 80 MB. Socket.IO's own parser takes ten attachments since its release 4.2.6, and
    no client library names one twice.

    Checked with python-socketio 5.18.1.
    """
    if takes_any_attachments():
        target.server._binary_packet = IncompletePackets(target)


def takes_any_attachments() -> bool:
    """Return whether python-socketio takes any number, or one under several names."""
    return _is_taken(_MANY) or _is_taken(_TWICE, b"")


def _is_taken(header: str, *attached: bytes) -> bool:
    try:
        packet: Any = Packet(encoded_packet=header)
        for one in attached:
            packet.add_attachment(one)
    except ValueError:
        return False
    return True


def named(data: Any) -> Iterator[int]:
    """Yield the numbers of the attachments that the data of a packet names."""
    waiting = [data]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            waiting += one
        elif isinstance(one, dict):
            found = cast("dict[str, Any]", one)
            if not (found.get("_placeholder") and "num" in found):
                waiting += found.values()
            elif isinstance(found["num"], int):
                yield found["num"]
            else:
                raise BadFrame("an attachment has a number")
