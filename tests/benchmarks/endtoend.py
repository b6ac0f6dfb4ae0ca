"""Echoes over real WebSockets: fifty clients in fifty rooms, CPU of the server each."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import requests

from tests.benchmarks.measure import Row, compare
from tests.benchmarks.sites import ROOMS
from tests.raw_clients import RawWebSocket
from tests.servers import in_own_process

__all__ = ["rows"]

TURNS = 40
TARGETS = {
    ("threading", True): 0.80,
    ("threading", False): 0.65,
    ("gevent", True): 0.62,
    ("gevent", False): 0.60,
}


class Side:
    """One of the two servers with its fifty clients."""

    def __init__(self, stack: ExitStack, factory: str, mode: str) -> None:
        path = f"tests.benchmarks.sites:{factory}"
        self.url = stack.enter_context(in_own_process(path, mode)).url
        self.clients = [self._join(number) for number in range(ROOMS)]
        for client in self.clients:
            stack.callback(client.close)

    def _join(self, number: int) -> RawWebSocket:
        client = RawWebSocket(self.url)
        client.send(f"0/rooms/{number},")
        client.receive()
        return client

    def cpu(self) -> float:
        """Return the CPU time of the server so far, in µs."""
        return float(requests.get(f"{self.url}/cpu", timeout=10).text) * 1e6

    def echo(self) -> float:
        """Let every client echo some times; return the CPU time of one echo."""
        before = self.cpu()
        for _ in range(TURNS):
            for number, client in enumerate(self.clients):
                client.send(f'2/rooms/{number},1["echo","hello, how are you?"]')
            for client in self.clients:
                client.receive()
        return (self.cpu() - before) / (TURNS * ROOMS)

    def connect(self) -> float:
        """Connect new clients; return the CPU time of one, its end included."""
        before = self.cpu()
        for number in range(ROOMS):
            self._join(number).close()
        return (self.cpu() - before) / ROOMS


def rows(folder: Path) -> Iterator[Row]:
    """Measure both async modes, with and without a thread for each event."""
    os.environ["NSROUTE_BENCH_RECORDS"] = str(folder / "records.jsonl")
    for (mode, handlers), target in TARGETS.items():
        os.environ["NSROUTE_BENCH_ASYNC_HANDLERS"] = "1" if handlers else "0"
        with ExitStack() as stack:
            sides = [Side(stack, factory, mode) for factory in ("plain", "routed")]
            setting = f"{mode}, async_handlers={handlers}"
            yield _row(f"echo, {setting}", [s.echo for s in sides], target)
            if handlers:
                connects = [s.connect for s in sides]
                yield _row(f"a new client, {mode}", connects, 1.0)


def _row(name: str, sides: list[Callable[[], float]], target: float) -> Row:
    theirs, ours = sides
    return compare(name, theirs, ours, target=target, rounds=11)
