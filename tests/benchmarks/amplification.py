"""What a client makes the server do for what it sends: `python -m` this module.

It prints the tables of `docs/reference/security.md`: CPU time of a refused packet to
that of an accepted one, bytes out to bytes in, and bytes that stay to bytes in.
"""

from __future__ import annotations

import gc
import json
import logging
import tracemalloc
from collections.abc import Callable, Iterator
from statistics import median
from time import process_time
from typing import Any

import attrs
import structlog
from flask_socketio import ConnectionRefusedError

from nsroute import MetaRouter, RoutedNamespace, on
from nsroute.hardening import harden
from tests.support.apps import new_site
from tests.support.packet_client import PacketClient
from tests.support.sites import Site

__all__ = ["Row", "cases", "line", "rows"]

BURST = 50
"""Packets that are measured together; fewer than end a connection."""
ROUNDS = 9
LARGE = 200_000
"""Bytes of a large payload."""
TCP_AND_IP = 40
"""Bytes of the headers of a segment."""


class Room(RoutedNamespace, namespace="/rooms/<int:number>"):
    """A room that takes a text, or numbers."""

    @on("connect")
    def join(self, auth: Any = None) -> None:
        """Refuse one kind of client."""
        if auth == "no":
            raise ConnectionRefusedError("no")

    @on("echo")
    def echo(self, text: str) -> int:
        """Take a text."""
        return len(text)

    @on("numbers")
    def numbers(self, numbers: list[int]) -> int:
        """Take numbers."""
        return len(numbers)

    @on("fall")
    def fall(self, text: str) -> None:
        """Fail."""
        raise RuntimeError(text)


@attrs.frozen
class Row:
    """What one kind of packet costs the server."""

    name: str
    cpu: float
    """CPU time to that of the accepted packet of the same kind and size."""
    out: float
    """Bytes that the server sends for a byte that the client sends."""
    held: float
    """Bytes that stay in memory for a byte that the client sends."""


def event(name: str, *args: Any) -> str:
    """Make an event that asks for an answer, as a client library writes it."""
    load = json.dumps([name, *args], separators=(",", ":"))
    return f"2/rooms/1,1{load}"


def cases() -> Iterator[tuple[str, str, list[str]]]:
    """Yield a name, the accepted packet, and what is refused beside it."""
    small = event("echo", "hello")
    numbers = [1] * (LARGE // 2)
    large = event("numbers", numbers)
    yield "an event that nothing handles", small, [event("nothing", "hello")]
    yield "an event with a wrong argument", small, [event("echo", 5)]
    yield "an event named `connect`", small, [event("connect", {})]
    yield "an event whose name is no text", small, ["2/rooms/1,1[7]"]
    yield "an event whose handler raises", small, [event("fall", "hello")]
    wrong_last = event("numbers", [*numbers[:-1], "x"])
    yield "200 kB, the last number wrong", large, [wrong_last]
    all_wrong = event("numbers", [""] * (LARGE // 3))
    yield "200 kB, all numbers wrong", large, [all_wrong]
    joined = ["0/rooms/2,", "1/rooms/2,"]
    yield "a connect without a route", "\n".join(joined), ["0/nowhere/2,"]
    yield "a connect that is refused", "\n".join(joined), ['0/rooms/2,"no"']
    yield "a second connect", "\n".join(joined), ["0/rooms/1,"]


def wire_bytes(frame: str | bytes | None, *, masked: bool) -> int:
    """Return what a frame takes on the wire, with all headers, in its own segment."""
    data = frame.encode() if isinstance(frame, str) else frame or b""
    length = len(data) + (not isinstance(frame, bytes))  # Engine.IO's type
    extended = 0 if length < 126 else 2 if length < 65536 else 8
    segments = 1 + length // 1460
    return length + 2 + extended + 4 * masked + segments * TCP_AND_IP


def new_room() -> Site:
    """Make a site whose events run where they are read."""
    site = new_site("threading", async_handlers=False, monitor_clients=False)
    site.app.config["PROPAGATE_EXCEPTIONS"] = False
    harden(site.socketio)
    site.router = MetaRouter([Room]).mount(site.socketio)
    return site


class Wire:
    """A client that counts what goes over the wire."""

    def __init__(self) -> None:
        self.client = PacketClient(new_room())
        self.client.join("/rooms/1")
        self.client.drain()
        deliver = self.client.socket.queue.put
        self.received = 0

        def put(sent: Any) -> None:
            if sent is not None:
                self.received += wire_bytes(sent.data, masked=False)
            deliver(sent)

        self.client.socket.queue.put = put

    def send(self, frames: list[str]) -> int:
        """Send frames; return how many bytes they are."""
        for frame in frames:
            self.client.send_frame(frame)
        self.client.drain()
        self.client.packets.clear()
        return sum(wire_bytes(frame, masked=True) for frame in frames)

    def burst(self, frames: list[str]) -> Callable[[], float]:
        """Return what measures the CPU time of frames that are sent again and again."""

        def measure() -> float:
            self.client.send_frame(event("echo", "hello"))  # let counts begin anew
            started = process_time()
            self.send(frames * (5 if len(frames[0]) > 1000 else BURST))
            return process_time() - started

        return measure


def measured(name: str, accepted: str, refused: list[str]) -> Row:
    """Measure one kind of packet."""
    wire = Wire()
    bursts = [wire.burst(accepted.split("\n")), wire.burst(refused)]
    ratios = []
    for _ in range(ROUNDS + 1):
        theirs, ours = (burst() for burst in bursts)
        ratios.append(ours / theirs)
    wire.received = 0
    sent = wire.send(refused * 20)
    out = wire.received / sent
    return Row(name, median(ratios[1:]), out, max(0.0, _held(wire, refused)))


def _held(wire: Wire, frames: list[str]) -> float:
    """Return the bytes that stay for a byte that was sent, once all is warm."""
    many = 2 if len(frames[0]) > 1000 else 200
    sent = 0
    wire.send([event("echo", "hello"), *frames * 20])
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(many):
        sent += wire.send([event("echo", "hello"), *frames * 20])
    gc.collect()
    held = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert not wire.client.socket.closed
    return held / sent


def rows() -> Iterator[Row]:
    """Measure everything; records are written as structlog's default has them."""
    before = structlog.get_config()
    with open("/dev/null", "w") as nowhere:  # noqa: PTH123 - a text stream is all it is
        structlog.configure(
            processors=[
                structlog.contextvars.merge_contextvars,
                structlog.processors.add_log_level,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(default=str),
            ],
            wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
            logger_factory=structlog.WriteLoggerFactory(nowhere),
        )
        try:
            for name, accepted, refused in cases():
                yield measured(name, accepted, refused)
        finally:
            structlog.configure(**before)


def line(row: Row) -> str:
    """Write a row of the table."""
    return f"| {row.name} | {row.cpu:.1f} | {row.out:.1f} | {row.held:.1f} |"


if __name__ == "__main__":
    print("| what a client sends | CPU | bytes out | bytes held |")
    print("| --- | ---: | ---: | ---: |")
    for one in rows():
        print(line(one), flush=True)
