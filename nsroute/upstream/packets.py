"""What the packets of a server can carry, and how they are read and written.

Checked with python-socketio 5.18.1 and python-engineio 4.15.1
(`tests/unit/upstream/test_event_packets.py` fails when one changes):
`Server.packet_class`, replaced on the instance; what `engineio.json` reads, and refuses
to read; that a packet is written with the separators `,` and `:`.
"""

from __future__ import annotations

from json import JSONDecoder, JSONEncoder, dumps
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar, Final

from engineio import json as default_json
from socketio import packet
from socketio.packet import ACK

from nsroute.arguments import to_wire, to_wire_beside
from nsroute.upstream.protocols import Server

if TYPE_CHECKING:  # python-socketio ships no types, and a base needs one

    class Packet:
        """`socketio.packet.Packet`, whose attributes are of any type."""

        def __getattr__(self, name: str) -> Any: ...

else:
    Packet = packet.Packet

_DIGITS: Final = 100


def _read_integer(text: str) -> int:
    """Read an integer of at most a hundred characters, as `engineio.json` does."""
    if len(text) > _DIGITS:
        raise ValueError("Integer is too large")
    return int(text)


class EventPacket(Packet):
    """A packet that is read by one decoder; upstream makes a decoder for each.

    To make one takes longer than to read a small event by it.
    """

    json: ClassVar[SimpleNamespace] = SimpleNamespace(
        dumps=default_json.dumps, loads=JSONDecoder(parse_int=_read_integer).decode
    )

    @classmethod
    def install(cls, server: Server) -> None:
        """Let a server read by it, unless the app has brought JSON of its own."""
        kind: Any = server.packet_class
        if kind is packet.Packet and kind.json is default_json:
            server.packet_class = cls


_SEPARATORS: Final = (",", ":")
_encode: Final = JSONEncoder(separators=_SEPARATORS).encode


def _write(value: object, *, separators: tuple[str, str] = _SEPARATORS) -> str:
    if separators != _SEPARATORS:
        return dumps(value, separators=separators)
    return _encode(value)


class AckPacket(EventPacket):
    """An acknowledgement, which is written by one encoder, as an event is read."""

    json: ClassVar[SimpleNamespace] = SimpleNamespace(
        dumps=_write, loads=EventPacket.json.loads
    )


_ALWAYS: Final = frozenset({str, bool, type(None)})
"""What each packet of JSON carries, whatever it holds."""


class PacketEncoder:
    """What the packets of a server can carry: one rule for all that is sent.

    With `SocketIO(json=…)` what the app's own encoder knows is left to it. Another
    serializer is asked beforehand: what it raises while upstream sends comes too late
    for an answer.
    """

    __slots__ = ("_is_default", "_packet_class")

    def __init__(self, server: Server) -> None:
        self._packet_class: Any = server.packet_class
        self._is_default: bool = self._packet_class in (Packet, EventPacket)

    def carried(self, value: Any) -> Any:
        """Return a result as what a packet carries; raise if none does."""
        if value.__class__ in _ALWAYS and self._is_default:
            return value
        made = self.sendable(value)
        if not self._is_default:
            self._encode([made])
        return made

    def sendable(self, value: Any) -> Any:
        """Return a payload as what `emit` can send; raise if it cannot send it."""
        known = (default_json, EventPacket.json)
        if self._is_default and self._packet_class.json not in known:
            return to_wire_beside(value, self._knows)
        try:
            return to_wire(value)
        except TypeError:
            if not self._is_encoded(value):
                raise
            return value

    def _knows(self, leaf: object) -> bool:
        """Return whether the app's own encoder takes a value."""
        try:
            self._packet_class.json.dumps(leaf)
        except Exception:  # noqa: BLE001 - whatever the app's encoder raises
            return False
        return True

    def _is_encoded(self, value: object) -> bool:
        try:
            self._encode([*value] if isinstance(value, tuple) else [value])
        except Exception:  # noqa: BLE001 - whatever the app's encoder raises
            return False
        return True

    def _encode(self, values: list[Any]) -> None:
        self._packet_class(ACK, data=values, namespace="/", id=0).encode()
