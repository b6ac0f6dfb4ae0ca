"""What upstream does for an attacker, and a hardened server: `python -m` this module.

It prints the second table of `docs/reference/security.md`. Each attack is made once, by
one client over a real socket, on a server in `threading` mode and a process of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import attrs
import requests
import websocket

from tests.support.attacks import FAILED, compressed_frame
from tests.support.raw_clients import RawPolling, RawWebSocket
from tests.support.servers import Server, in_own_process

__all__ = ["Attack", "line", "rows"]

SITES = "tests.support.hardened_sites:"
MEGABYTES = 20


@attrs.frozen
class Attack:
    """What one attack costs upstream, and a hardened server."""

    name: str
    measure: str
    upstream: float
    hardened: float


def _kept(server: Server) -> dict[str, int]:
    found: dict[str, int] = requests.get(f"{server.url}/_kept", timeout=20).json()
    return found


def _joined(server: Server) -> RawWebSocket:
    raw = RawWebSocket(server.url)
    raw.send("0/rooms/1,")
    raw.receive()
    return raw


def half_open(server: Server) -> float:
    """Count the threads that stay for a polling client that has hung up."""
    before = _kept(server)["threads"]
    for _ in range(8):
        raw = RawPolling(server.url)
        raw._session.close()
        with suppress(*FAILED):
            requests.post(raw._address, "0", timeout=0.5)
    return _kept(server)["threads"] - before


def inflated(server: Server) -> float:
    """Compare how memory grows with what was sent."""
    _joined(server)._socket.shutdown()  # what the first client of all takes
    before = _kept(server)["peak"]
    address = server.url.replace("http", "ws", 1) + "/socket.io/?EIO=4"
    raw = websocket.create_connection(
        f"{address}&transport=websocket",
        timeout=20,
        header=["Sec-WebSocket-Extensions: permessage-deflate"],
    )
    frame = compressed_frame(MEGABYTES * 1_000_000)
    with suppress(*FAILED):
        raw.send_frame(frame)
    while _kept(server)["sockets"]:
        pass
    raw.shutdown()
    return max(0, _kept(server)["peak"] - before) / len(frame.data)


def attached(server: Server) -> float:
    """Count the bytes that are kept of an event that never ends."""
    raw = _joined(server)
    with suppress(*FAILED):
        raw.send('5999999-/rooms/1,["echo"]', *[bytes(50_000)] * 100)
        raw._socket.ping()
        raw._socket.recv_data(control_frame=True)
    found = _kept(server)["attached"]
    raw._socket.shutdown()
    return found


def multiplied(server: Server) -> float:
    """Compare what is answered with what was sent."""
    raw = _joined(server)
    named = ",".join(['{"_placeholder":true,"num":0}'] * 1_000)
    header, data = f'51-/rooms/1,1["echo",{named}]', bytes(50_000)
    raw.send(header, data, '2/rooms/1,2["echo"]')
    received = sum(map(len, raw.receive_until("3/rooms/1,2")))
    raw._socket.shutdown()
    return received / (len(header) + len(data))


def unread(server: Server) -> float:
    """Count the bytes that are kept for a client that reads nothing."""
    raw = _joined(server)
    before = _kept(server)["resident"]
    with suppress(*FAILED):
        for _ in range(2 * MEGABYTES):
            raw.send('2/rooms/1,1["flood",100,5000]')
            _kept(server)
    found = _kept(server)["resident"] - before
    raw._socket.shutdown()
    return max(0, found)


def logged(server: Server) -> float:
    """Compare what a frame of two bytes writes to the log with what was sent."""
    raw = _joined(server)
    before = _kept(server)["logged"]
    raw.send(*["9"] * 100, '2/rooms/1,2["echo"]')
    raw.receive_until("3/rooms/1,2")
    written = _kept(server)["logged"] - before
    written += sum(
        len(str(record)) for record in server.records.all("nsroute.bad_frame")
    )
    raw._socket.shutdown()
    return written / 200


CASES: list[tuple[str, str, Callable[[Server], float]]] = [
    ("eight polling clients send one byte and hang up", "threads that stay", half_open),
    ("a message that inflates", "memory to bytes sent", inflated),
    ("attachments without end, 5 MB of them", "bytes kept", attached),
    ("one attachment named a thousand times", "bytes out to bytes in", multiplied),
    ("a client that reads nothing of 20 MB", "bytes kept", unread),
    ("a hundred frames that are no packets", "log to bytes sent", logged),
]


def rows() -> Iterator[Attack]:
    """Make each attack on both."""
    for name, measure, attack in CASES:
        found: list[Any] = []
        for factory in ("upstreams", "hardened"):
            with in_own_process(SITES + factory, "threading") as server:
                found.append(attack(server))
        yield Attack(name, measure, *found)


def line(row: Attack) -> str:
    """Write a row of the table."""
    upstream, hardened = (
        f"{one:.1f}" if 0.05 <= one < 10 and one != int(one) else f"{one:,.0f}"
        for one in (row.upstream, row.hardened)
    )
    return f"| {row.name} | {row.measure} | {upstream} | {hardened} |"


if __name__ == "__main__":
    print("| attack | measured | upstream | hardened |")
    print("| --- | --- | ---: | ---: |")
    for one in rows():
        print(line(one), flush=True)
