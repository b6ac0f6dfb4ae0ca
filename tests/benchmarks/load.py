"""What thousands of live namespaces cost: `python -m tests.benchmarks.load`.

In one worker, and in two that share a Redis; each is a process of its own, in gevent's
mode, whose clients are connected by WebSockets on this computer.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from statistics import median
from time import sleep
from typing import Any

import attrs
import requests

from tests.support.brokers import running
from tests.support.raw_clients import RawWebSocket
from tests.support.servers import in_own_process
from tests.support.sites import PATIENCE

NAMESPACES = (1_000, 2_000, 3_000, 4_000, 5_000)
OF_A_CLIENT = 10
"""The namespaces that each client is in."""
CHANGES = 1_000
TIMES = 3
"""The one while which Python collects garbage in a large heap is not the median."""
COLUMNS = (
    "namespaces",
    "memory of a client",
    "CPU of its connection",
    "memory of a namespace",
    "CPU of its connect",
    "`emit` in a loop",
    "`of(Room).emit`",
    "a census",
    "a change of presence",
)
"""Of the table; what is not memory is CPU time."""


@attrs.frozen
class Load:
    """One line of the table: bytes for each, and microseconds of CPU time."""

    namespaces: int
    client: float
    connection: float
    namespace: float
    connect: float
    loop: float
    emit: float
    census: float
    change: float

    def __str__(self) -> str:
        return (
            f"| {self.namespaces:,} | {self.client:,.0f} B | {self.connection:,.0f} µs "
            f"| {self.namespace:,.0f} B | {self.connect:,.0f} µs "
            f"| {self.loop / 1e3:,.0f} ms | {self.emit / 1e3:,.1f} ms "
            f"| {self.census / 1e3:,.1f} ms | {self.change:,.0f} µs |"
        )


class Worker:
    """A process with some of the namespaces, and with their clients."""

    def __init__(self, stack: ExitStack, queue: str, numbers: range) -> None:
        os.environ["NSROUTE_BENCH_QUEUE"] = queue
        path = "tests.benchmarks.load_site:site"
        self.url = stack.enter_context(in_own_process(path, "gevent")).url
        self.numbers = numbers
        self.clients: list[RawWebSocket] = []
        stack.callback(self.close)

    def ask(self, *words: object) -> dict[str, Any]:
        """Ask the worker to do something, or what it has."""
        url = "/".join(map(str, (self.url, *words)))
        answer: dict[str, Any] = requests.get(url, timeout=PATIENCE).json()
        return answer

    def connect(self) -> None:
        """Connect the clients, which join nothing yet."""
        for _ in range(max(len(self.numbers) // OF_A_CLIENT, 1)):
            self.clients.append(RawWebSocket(self.url))

    def join(self) -> None:
        """Let each client join its share of the namespaces."""
        for place, client in enumerate(self.clients):
            share = self.numbers[place :: len(self.clients)]
            client.send(*[f"0/rooms/{number}," for number in share])
            for _ in share:
                assert str(client.receive()).startswith("0/rooms/")

    def receive(self) -> None:
        """Let each client receive one event from each of its namespaces."""
        for place, client in enumerate(self.clients):
            for _ in self.numbers[place :: len(self.clients)]:
                assert str(client.receive()).startswith("2/rooms/")

    def close(self) -> None:
        for client in self.clients:
            client.close()


@attrs.frozen
class Workers:
    """Workers that are measured as one."""

    each: list[Worker]

    def cost(self, name: str) -> float:
        return float(sum(worker.ask("cost")[name] for worker in self.each))

    def cpu(self, work: Callable[[], object]) -> float:
        """Return the CPU time of all workers while something is done, in µs."""
        before = self.cost("cpu")
        work()
        return self.cost("cpu") - before

    def receive(self) -> None:
        for worker in self.each:
            worker.receive()


@contextmanager
def workers(queue: str, *numbers: range) -> Iterator[Workers]:
    """Run a worker for each range of namespaces, with its clients connected."""
    with ExitStack() as stack:
        made = Workers([Worker(stack, queue, those) for those in numbers])
        for worker in made.each:
            worker.connect()
        yield made


def one_worker(namespaces: int) -> tuple[float, ...]:
    """Return what a client and a namespace keep, and what it costs to connect each."""
    with ExitStack() as stack:
        worker = Worker(stack, "", range(namespaces))
        both, memory = Workers([worker]), [worker.ask("cost")["memory"]]
        connection = both.cpu(worker.connect) / len(worker.clients)
        memory.append(worker.ask("cost")["memory"])
        connect = both.cpu(worker.join) / namespaces
        memory.append(worker.ask("cost")["memory"])
        client = (memory[1] - memory[0]) / len(worker.clients)
        namespace = (memory[2] - memory[1]) / namespaces
        return client, connection, namespace, connect


def two_workers(namespaces: int) -> Iterator[float]:
    """Measure what reaches all namespaces of two workers behind Redis."""
    half = namespaces // 2
    halves = range(half), range(half, namespaces)
    with running("redis") as redis, workers(redis.url, *halves) as both:
        here, there = both.each
        here.join()
        there.join()
        eventually(lambda: here.ask("census")["clients"] == namespaces)
        for words in ("loop", namespaces), ("emit",):
            yield both.cpu(lambda w=words: (here.ask(*w), both.receive()))
        yield median(both.cpu(lambda: here.ask("census")) for _ in range(TIMES))
        track(here, there, range(namespaces))  # a key for each namespace
        changes = range(namespaces, namespaces + CHANGES)
        yield both.cpu(lambda: track(here, there, changes)) / CHANGES


def track(here: Worker, there: Worker, keys: range) -> None:
    """Track keys in a worker, one change each, and wait until the other one knows."""
    rooms = len(here.numbers)
    host = here.ask("track", keys.start, len(keys), rooms)["host"]
    eventually(lambda: not there.ask("behind", host, keys.stop)["is_behind"])


def eventually(done: Callable[[], bool]) -> None:
    """Ask again and again until something is so; a bounded number of times."""
    for _ in range(600):
        if done():
            return
        sleep(0.05)
    raise AssertionError("what was awaited has not come")


def measure(namespaces: int) -> Load:
    """Measure everything, with so many live namespaces."""
    return Load(namespaces, *one_worker(namespaces), *two_workers(namespaces))


def main() -> None:
    """Print the table."""
    print(f"| {' | '.join(COLUMNS)} |\n|{' ---: |' * len(COLUMNS)}")
    for namespaces in NAMESPACES:
        print(measure(namespaces), flush=True)


if __name__ == "__main__":
    main()
