"""Echoes over real WebSockets: fifty clients in fifty rooms, CPU of the server each."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import requests

from tests.benchmarks.measure import Row, in_turns, row
from tests.benchmarks.sites import ROOMS
from tests.support.raw_clients import RawWebSocket
from tests.support.servers import in_own_process

__all__ = ["rows"]

SITES = ("plain", "routed", "alone", "alone_recorded")
ROUNDS = 25
TURNS = 20
TARGETS = {"threading": 0.65, "gevent": 0.60}


class Side:
    """One of the servers with its fifty clients."""

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
    """Measure both async modes, in the thread that reads a connection."""
    os.environ["NSROUTE_BENCH_RECORDS"] = str(folder / "records.jsonl")
    os.environ["NSROUTE_BENCH_ASYNC_HANDLERS"] = "0"
    for mode, target in TARGETS.items():
        with ExitStack() as stack:
            with on_cpu(-1):  # a process stays where it was started
                sides = [Side(stack, factory, mode) for factory in SITES]
            with on_cpu(0):
                yield from _rows(f"{mode}, async_handlers=False", sides, target)


def _rows(setting: str, sides: Sequence[Side], target: float) -> Iterator[Row]:
    theirs, ours, alone, recorded = in_turns([side.echo for side in sides], ROUNDS)
    yield row(f"echo, {setting}", theirs, ours, target=target)
    yield row(f"echo by python-socketio alone, {setting}", theirs, alone)
    yield row(f"the same, with a record, {setting}", theirs, recorded)
    theirs, ours = in_turns([side.connect for side in sides[:2]], ROUNDS)
    yield row(f"a new client, {setting}", theirs, ours, target=1.0)


@contextmanager
def on_cpu(index: int) -> Iterator[None]:
    """Stay on one CPU where the system can, for servers and clients disturb each other.

    Args:
        index: Which of those that this process may use.
    """
    pin = getattr(os, "sched_setaffinity", None)
    if pin is None:
        yield
        return
    usable: set[int] = os.sched_getaffinity(0)
    pin(0, {sorted(usable)[index]})
    try:
        yield
    finally:
        pin(0, usable)
