"""What upstream sends: whether a packet carries it, and who is hurt where one fails.

`to_wire` knows what the default serializer carries; another one is asked beforehand,
for what it raises while upstream sends comes too late for an answer.

Engine.IO looks whether a connection is closed before it sends, and raises where that
happens in between. The exception comes out of `emit`, in the handler of whoever emits:
its own client gets an error, and the others in the room, who come after, get nothing.

Private parts touched, checked with python-engineio 4.15.1
(`tests/unit/upstream/test_connection_sending.py` fails when one changes):
`Server.send_packet`, wrapped on the instance; everything that is sent goes through it.
Where it is not as expected, it stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import engineio
from engineio.exceptions import SocketIsClosedError
from socketio.packet import ACK, Packet

from nsroute.arguments import to_wire
from nsroute.upstream.expectations import is_expected
from nsroute.upstream.protocols import Server

__all__ = ["EXPECTED", "Check", "as_carried", "bear_with_closing", "carrying"]

Check = Callable[[object], object]
"""Raises where no packet carries a value."""

EXPECTED: Final = ["self", "sid", "pkt"]


def bear_with_closing(server: Server) -> None:
    """Send nothing to a connection that has closed, as if it had been known before."""
    engine: Any = server.eio
    original: Any = engineio.Server
    if not is_expected(engine, original, "send_packet", EXPECTED):
        return
    send: Callable[[str, object], object] = engine.send_packet

    def send_packet(sid: str, pkt: object) -> None:
        try:
            send(sid, pkt)
        except SocketIsClosedError:
            return

    engine.send_packet = send_packet


def as_carried(server: Server, value: Any) -> Any:
    """Return a value as what a packet carries; as it is, if `json=` can encode it.

    Raises:
        TypeError: If neither `to_wire` nor the app's own encoder knows what it is.
        ValueError: As `to_wire` does.
    """
    try:
        return to_wire(value)
    except TypeError:
        if not _is_encoded(server, value):
            raise
        return value


def _is_encoded(server: Server, value: object) -> bool:
    several: list[Any] = [*value] if isinstance(value, tuple) else [value]
    try:
        server.packet_class(ACK, data=several, namespace="/", id=0).encode()
    except Exception:  # noqa: BLE001 - whatever the app's encoder raises
        return False
    return True


def carrying(server: Server) -> Check | None:
    """Return the check of a server's serializer; None for the default one."""
    kind = server.packet_class
    if kind is Packet:
        return None
    return lambda value: kind(ACK, data=[value], namespace="/", id=0).encode()
