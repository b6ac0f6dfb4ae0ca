"""What thousands of live namespaces cost: `python -m tests.benchmarks.load`.

In one worker, and in two behind Redis. The two share a process here, so that one clock
counts what both do. Clients are connections in memory, whose packets go nowhere. Each
number of namespaces has a process of its own: what another one has freed is no memory
of this one's.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any

import attrs
import structlog
from flask import Flask
from flask_socketio import SocketIO

from nsroute import MetaRouter, RoutedNamespace, on
from nsroute.upstream.memory_connection import MemoryConnection
from tests.support.brokers import end_listener, running
from tests.support.shared_queue import eventually

NAMESPACES = (1_000, 2_000, 3_000, 4_000, 5_000)
OF_A_CLIENT = 10
"""The namespaces that each client is in."""
CHANGES = 1_000
CENSUSES = 5
"""The one among which Python collects garbage in a large heap is not the median."""
COLUMNS = (
    "namespaces",
    "memory of each",
    "CPU of its connect",
    "`emit` in a loop",
    "`of(Room).emit`",
    "a census",
    "a change of presence",
)
"""Of the table; what follows the second is CPU time."""


class Room(RoutedNamespace, namespace="/rooms/<int:number>"):
    @on("connect")
    def join(self, auth: Any) -> None:
        if auth is not None:
            self.presence.track(auth)


class Nowhere:
    """The queue of a connection whose packets go nowhere; they are counted."""

    def __init__(self) -> None:
        self.packets = 0

    def put(self, _: object) -> None:
        self.packets += 1

    def join(self) -> None:
        """Wait for nothing."""


@attrs.frozen
class Load:
    """One line of the table."""

    namespaces: int
    memory: float
    """Bytes for each namespace."""
    connect: float
    """Microseconds for each, as `change`; the other times are milliseconds."""
    loop: float
    emit: float
    census: float
    change: float

    def __str__(self) -> str:
        return (
            f"| {self.namespaces:,} | {self.memory:,.0f} B | {self.connect:,.0f} µs "
            f"| {self.loop:,.0f} ms | {self.emit:,.1f} ms | {self.census:,.1f} ms "
            f"| {self.change:,.0f} µs |"
        )


class Worker:
    """A server with some of the namespaces, and of the clients."""

    def __init__(self, url: str | None, numbers: range) -> None:
        app = Flask("load")
        self.socketio = SocketIO(app, async_mode="threading", message_queue=url)
        self.router = MetaRouter([Room], log=False).mount(self.socketio)
        self.numbers = numbers
        self.clients: list[MemoryConnection] = []
        self._http = app.test_client()

    @property
    def manager(self) -> Any:
        return self.socketio.server.manager

    def connect(self) -> None:
        """Connect clients, each of which joins its share of the namespaces."""
        clients = max(len(self.numbers) // OF_A_CLIENT, 1)
        for client in range(clients):
            made = MemoryConnection(
                self._http, self.socketio, on_packet=_drop, on_closed=_drop_nothing
            )
            for number in self.numbers[client::clients]:
                made.send(0, f"/rooms/{number}", None, None)
            made.socket.queue = Nowhere()
            self.clients.append(made)

    def packets(self) -> int:
        return sum(client.socket.queue.packets for client in self.clients)


def _drop(_: object) -> None:
    """Take a packet."""


def _drop_nothing() -> None:
    """Take the end of a connection."""


def resident() -> int:
    """Return the bytes of memory that this process has."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def cpu(work: Callable[[], object], done: Callable[[], bool]) -> float:
    """Return the milliseconds of all threads until something is done."""
    started = time.process_time()
    work()
    eventually(done)
    return (time.process_time() - started) * 1e3


def one_worker(namespaces: int) -> tuple[float, float]:
    """Return what each namespace keeps, and what its connect costs."""
    worker, before = Worker(None, range(namespaces)), resident()
    started = time.process_time()
    worker.connect()
    spent = (time.process_time() - started) * 1e6 / namespaces
    return (resident() - before) / namespaces, spent


def two_workers(namespaces: int) -> Iterator[float]:
    """Measure what reaches all namespaces of two workers behind Redis."""
    half = namespaces // 2
    with ExitStack() as stack:
        url = stack.enter_context(running("redis")).url
        workers = [Worker(url, range(half)), Worker(url, range(half, namespaces))]
        for worker in workers:
            stack.callback(end_listener, worker.manager)
            worker.connect()
        here, there = workers
        of = here.router.of(Room)
        eventually(lambda: of.census(0.2).clients == namespaces)

        def sent() -> int:
            return here.packets() + there.packets()

        def loop() -> None:
            for number in range(namespaces):
                here.socketio.emit("news", {"x": 1}, namespace=f"/rooms/{number}")

        for work in (loop, lambda: of.emit("news", {"x": 1})):
            before = sent()
            yield cpu(work, lambda b=before: sent() == b + namespaces)
        yield median(cpu(of.census, lambda: True) for _ in range(CENSUSES))
        yield presence(here, there, namespaces)


def presence(here: Worker, there: Worker, keys: int) -> float:
    """Measure a change of presence, when there is a key for each namespace."""
    process = here.manager.cluster_process
    other = there.manager.cluster_process.presence

    def track(first: int, count: int) -> Callable[[], None]:
        def work() -> None:
            for number in range(first, first + count):
                process.track(f"/rooms/{number % keys}", "sid", str(number), None)

        return work

    def known(sequence: int) -> Callable[[], bool]:
        return lambda: not other.is_behind(process.host, sequence)

    track(0, keys)()
    eventually(known(keys))
    return cpu(track(keys, CHANGES), known(keys + CHANGES)) * 1e3 / CHANGES


def measure(namespaces: int) -> Load:
    """Measure everything, with so many live namespaces."""
    structlog.configure(processors=[_drop_record])
    return Load(namespaces, *one_worker(namespaces), *two_workers(namespaces))


def main() -> None:
    """Print the table."""
    print(f"| {' | '.join(COLUMNS)} |\n|{' ---: |' * len(COLUMNS)}")
    spawn = get_context("spawn")
    for namespaces in NAMESPACES:
        with ProcessPoolExecutor(1, mp_context=spawn) as apart:
            print(apart.submit(measure, namespaces).result(), flush=True)


def _drop_record(_logger: object, _method: str, _record: object) -> str:
    raise structlog.DropEvent


if __name__ == "__main__":
    main()
