"""What the packets of a server can carry."""

from __future__ import annotations

from typing import Any

from engineio import json as default_json
from socketio.packet import ACK, Packet

from nsroute.arguments import to_wire, to_wire_beside
from nsroute.upstream.protocols import Server


class PacketEncoder:
    """What the packets of a server can carry: one rule for all that is sent.

    With `SocketIO(json=…)` what the app's own encoder knows is left to it. Another
    serializer is asked beforehand: what it raises while upstream sends comes too late
    for an answer.
    """

    __slots__ = ("_is_default", "_packet_class")

    def __init__(self, server: Server) -> None:
        self._packet_class: Any = server.packet_class
        self._is_default: bool = self._packet_class is Packet

    def carried(self, value: Any) -> Any:
        """Return a result as what a packet carries; raise if none does."""
        made = self.sendable(value)
        if not self._is_default:
            self._encode([made])
        return made

    def sendable(self, value: Any) -> Any:
        """Return a payload as what `emit` can send; raise if it cannot send it."""
        if self._is_default and self._packet_class.json is not default_json:
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
