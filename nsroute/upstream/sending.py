"""A connection that closes just now, and those who send to others besides.

Engine.IO looks whether a connection is closed before it sends, and raises where that
happens in between. The exception comes out of `emit`, in the handler of whoever emits:
its own client gets an error, and the others in the room, who come after, get nothing.

Private parts touched, checked with python-engineio 4.15.1
(`tests/test_upstream_connection.py` fails when one changes): `Server.send_packet`,
wrapped on the instance; everything that is sent goes through it. Where it is not as
expected, it stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import engineio
from engineio.exceptions import SocketIsClosedError

from nsroute.upstream.expectations import is_expected
from nsroute.upstream.protocols import Server

__all__ = ["EXPECTED", "bear_with_closing"]

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
