"""Echoes as fast as a server can: so many messages of each client in flight.

What a user feels: how many messages a second, and how long the slowest one in a hundred
takes. What the server pays: the CPU time of one message.
"""

from __future__ import annotations

import os
import selectors
import struct
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from time import perf_counter
from typing import Any

import attrs
import requests

from tests.benchmarks.endtoend import on_cpu
from tests.benchmarks.measure import Row, in_turns, row
from tests.benchmarks.sites import ROOMS
from tests.support.raw_clients import RawWebSocket
from tests.support.servers import in_own_process

__all__ = ["rows"]

ROUNDS = 15
SITES = (
    ("plain", "1"),
    ("routed", "1"),
    ("routed", "0"),
    ("alone_in_context", "0"),
    ("alone_recorded", "0"),
)
"""The servers that are compared, and whether they have `async_handlers`."""
MESSAGES = 60
"""Of each client, in one round."""
MASK = b"\0\0\0\0"  # the key of a masked frame, which leaves it as it is
SHORT = 126

AIMS = {
    ("threading", 4): (0.33, 1 / 3, 1.0),
    ("gevent", 4): (0.62, 1 / 1.5, 1.0),
}
"""Of CPU, of the time of a message, and of the slowest one in a hundred."""
ALONE = {"threading": 0.57, "gevent": 0.82}
"""Of CPU, with one client that waits for each answer."""


@attrs.frozen
class Run:
    """What one round has measured, in µs."""

    cpu: float
    wall: float
    slowest: float
    """Of a hundred messages the slowest takes that long, or longer."""


class Client:
    """A connection that sends the next message when an answer has come."""

    def __init__(self, url: str, number: int) -> None:
        self._raw = RawWebSocket(url)
        self._raw.send(f"0/rooms/{number},")
        self._raw.receive()
        self._name = f"/rooms/{number}"
        self.socket: Any = self._raw._socket.sock
        self.sent: list[float] = []
        self.answers = 0

    def send(self) -> None:
        text = f'42{self._name},{len(self.sent)}["echo","hello, how are you?"]'
        self.sent.append(perf_counter())
        self._send(text.encode())

    def _send(self, data: bytes) -> None:
        assert len(data) < SHORT
        self.socket.sendall(struct.pack("!BB", 0x81, 0x80 | len(data)) + MASK + data)

    def receive(self) -> int:
        """Take what has come; return how many answers that were."""
        data, found = self.socket.recv(65536), 0
        while data:
            assert data[0] == 0x81
            assert data[1] < SHORT
            end = 2 + data[1]
            while len(data) < end:
                data += self.socket.recv(65536)
            if data[2:end] == b"2":  # a ping
                self._send(b"3")
            else:
                assert data[2:4] == b"43"
                found += 1
            data = data[end:]
        return found

    def close(self) -> None:
        self._raw.close()


class Side:
    """One of the servers with its clients."""

    def __init__(self, stack: ExitStack, factory: str, mode: str, clients: int) -> None:
        path = f"tests.benchmarks.sites:{factory}"
        self.url = stack.enter_context(in_own_process(path, mode)).url
        self.clients = [Client(self.url, number) for number in range(clients)]
        for client in self.clients:
            stack.callback(client.close)

    def cpu(self) -> float:
        """Return the CPU time of the server so far, in µs."""
        return float(requests.get(f"{self.url}/cpu", timeout=10).text) * 1e6

    def run(self, in_flight: int, messages: int) -> Run:
        """Let each client send so many messages, so many of them unanswered."""
        taken: list[float] = []
        before, began = self.cpu(), perf_counter()
        with selectors.DefaultSelector() as selector:
            for client in self.clients:
                client.sent, client.answers = [], 0
                selector.register(client.socket, selectors.EVENT_READ, client)
            for _ in range(in_flight):
                for client in self.clients:
                    client.send()
            while selector.get_map():
                for key, _ in selector.select():
                    self._answer(key.data, taken, messages, selector)
        wall = (perf_counter() - began) * 1e6
        count = messages * len(self.clients)
        slowest = sorted(taken)[int(len(taken) * 0.99)]
        return Run((self.cpu() - before) / count, wall / count, slowest * 1e6)

    def _answer(
        self, client: Client, taken: list[float], messages: int, selector: Any
    ) -> None:
        now = perf_counter()
        for _ in range(client.receive()):
            taken.append(now - client.sent[client.answers])
            client.answers += 1
            if len(client.sent) < messages:
                client.send()
        if client.answers == messages:
            selector.unregister(client.socket)


def rows(folder: Path) -> Iterator[Row]:
    """Measure both async modes: many clients, and one that waits for each answer.

    And what it costs if nothing is handed to another thread: by nsroute, and the least,
    by python-socketio alone with a record of each event. In between, the same in a
    Flask context, with packets that are read, kept and sent as with nsroute.
    """
    os.environ["NSROUTE_BENCH_RECORDS"] = str(folder / "records.jsonl")
    for (mode, in_flight), aims in AIMS.items():
        theirs, ours, *parts = _measured(mode, ROOMS, in_flight, MESSAGES)
        setting = f"{mode}, {ROOMS} clients with {in_flight} messages in flight"
        for (name, title), aim in zip(_COLUMNS.items(), aims, strict=True):
            columns = [[getattr(run, name) for run in runs] for runs in (theirs, ours)]
            yield row(f"{title}, {setting}", *columns, target=aim)
        yield from _parts(setting, theirs, parts)
    for mode, aim in ALONE.items():
        theirs, ours, *parts = _measured(mode, 1, 1, MESSAGES * 10)
        yield _cpu(f"{_COLUMNS['cpu']}, {mode}, one client", theirs, ours, aim)
        yield from _parts(f"{mode}, one client", theirs, parts)


def _parts(setting: str, theirs: list[Run], parts: list[list[Run]]) -> Iterator[Row]:
    names = ("async_handlers=False", "the least and a Flask context", "the least")
    for name, runs in zip(names, parts, strict=True):
        yield _cpu(f"{name}, {setting}", theirs, runs)


def _cpu(
    name: str, theirs: list[Run], ours: list[Run], target: float | None = None
) -> Row:
    columns = [[run.cpu for run in runs] for runs in (theirs, ours)]
    return row(name, *columns, target=target)


_COLUMNS = {
    "cpu": "CPU of an echo",
    "wall": "time between two echoes",
    "slowest": "p99 of an echo",
}


def _measured(
    mode: str, clients: int, in_flight: int, messages: int
) -> Sequence[list[Run]]:
    with ExitStack() as stack:
        sides: list[Side] = []
        for site, handlers in SITES:
            os.environ["NSROUTE_BENCH_ASYNC_HANDLERS"] = handlers
            with on_cpu(-1):  # a process stays where it was started
                sides.append(Side(stack, site, mode, clients))
        with on_cpu(0):
            runs = [lambda side=side: side.run(in_flight, messages) for side in sides]
            return in_turns(runs, ROUNDS)  # type: ignore[arg-type]
