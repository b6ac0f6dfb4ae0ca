"""A packet that several connections get is encoded for each as its transport needs."""

from __future__ import annotations

from typing import Any, cast

from engineio.packet import MESSAGE, Packet

from nsroute.upstream.hardening.target import Socket, Target


class OwnBinary(Socket):
    """A mixin for sockets: binary packets are their own."""

    def send(self, pkt: Any) -> None:
        """Send a packet."""
        own = pkt.__class__(pkt.packet_type, pkt.data) if pkt.binary else pkt
        cast("Any", super()).send(own)


def own_binary_packets(target: Target) -> None:
    """Give each connection a binary packet of its own.

    A packet keeps what it was first encoded to, and one packet is sent to all who are
    in a room: where the first of them polls, those with a WebSocket get base64 text;
    where the first has a WebSocket, the poll of the others fails and they lose what
    was left for them. The bytes are shared as before.

    Checked with python-engineio 4.15.1.
    """
    if keeps_one_encoding():
        target.add_to_sockets(OwnBinary)


def keeps_one_encoding() -> bool:
    """Return whether a packet still keeps what it was first encoded to."""
    packet: Any = Packet(MESSAGE, b"a")
    return bool(packet.encode(b64=True) == packet.encode(b64=False))
