"""A minute of everything, on real servers: at its end they are as they began."""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import requests

from tests.support.concurrency import at_once
from tests.support.raw_clients import RawPolling, RawWebSocket
from tests.support.servers import Server, in_own_process

pytestmark = [pytest.mark.sockets, pytest.mark.soak, pytest.mark.long]
MEASURED = "tests.support.hostile_sites:chats_measured"
SECONDS = 60.0
WARM_UP = 8.0
PING_INTERVAL = 0.5
"""Seconds, as the servers have it."""
GROWTH = {"blocks": 2_000, "resident": 16_000_000}
"""What may be more at the end: of blocks, less than one for several connects."""

numbers = itertools.count()


def visit(server: Server, dice: random.Random) -> None:
    """Be a client that does something of everything, and goes in one of many ways."""
    polling = dice.random() < 0.3
    raw: Any = RawPolling(server.url) if polling else RawWebSocket(server.url)
    names = [f"/chats/{next(numbers)}" for _ in range(dice.randint(1, 8))]
    names.append(f"/chats/shared{dice.randint(0, 2)}")
    auths = ["", "", "", '"refuse"', '"raise"', '"False"']
    for name in names:
        raw.send(f"0{name},{dice.choice(auths)}")
        for number in range(dice.randint(0, 3)):
            raw.send(f"2{name},{number}{dice.choice(EVENTS)}")
    raw.send(f"0/unrouted/{next(numbers)},")
    for name in names[:2]:
        raw.send(f"1{name},")
    part(raw, dice)


EVENTS = [
    '["say","hello"]',
    '["listen"]',
    '["fall"]',
    '["out"]',
    '["connect",{}]',
    '["disconnect","transport close"]',
    '["typed",1]',
    "[7]",
]


def part(raw: Any, dice: random.Random) -> None:
    """Go by a word, or without one, or in the middle of an event."""
    if isinstance(raw, RawPolling):
        raw.post("1")
        raw._session.close()
    else:
        if dice.random() < 0.3:
            raw.send('51-/chats/shared0,["say",{"_placeholder":true,"num":0}]')
        if dice.random() < 0.5:
            raw._socket.close()
        raw._socket.shutdown()


def measure(server: Server) -> dict[str, int]:
    """Wait until nobody is left; give the memory and the threads of the server."""
    server.empty()
    # Engine.IO's thread for the next ping of a connection outlives it by an interval,
    # its object by as long as the monitor takes for a round; the last of a round stays.
    end = time.monotonic() + 60
    threads = None
    while True:
        usage: dict[str, int] = requests.get(f"{server.url}/_usage", timeout=20).json()
        if usage["threads"] == threads and usage["sockets"] <= 1:
            return usage
        assert time.monotonic() < end, usage
        threads = usage["threads"]
        time.sleep(3 * PING_INTERVAL)


def crowd(server: Server, seconds: float, threads: int = 3) -> None:
    """Let many clients come and go for so long."""
    end = time.monotonic() + seconds

    def run(seed: int) -> None:
        dice = random.Random(seed)
        while time.monotonic() < end:
            visit(server, dice)

    at_once(run, threads)


@pytest.fixture
def servers() -> Iterator[list[Server]]:
    """Run a server in each async mode, each in a process of its own."""
    with ExitStack() as stack:
        yield [
            stack.enter_context(in_own_process(MEASURED, mode))
            for mode in ("threading", "gevent")
        ]


def test_a_minute_of_everything_leaves_memory_threads_and_tables_as_they_were(
    servers: list[Server],
) -> None:
    """Thousands of names, refused, failed, left and lost; and not one stays."""
    before = []
    for server in servers:
        crowd(server, WARM_UP / len(servers))
        before.append(measure(server))
    attacks = [
        threading.Thread(target=crowd, args=(server, SECONDS)) for server in servers
    ]
    for attack in attacks:
        attack.start()
    for attack in attacks:
        attack.join()
    for server, was in zip(servers, before, strict=True):
        now = measure(server)
        assert now["threads"] == was["threads"], server.mode
        for what, growth in GROWTH.items():
            assert now[what] - was[what] < growth, (server.mode, what)
        accepted = server.records.all("nsroute.connect", outcome="ok")
        assert len(accepted) == len(server.records.all("nsroute.disconnect"))
        assert len(accepted) > 1000, server.mode
