"""All attacks at once beside good clients, who notice nothing but time."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.sockets.test_soak import GROWTH, measure
from tests.support.attacks import ATTACKS
from tests.support.raw_clients import RawPolling, RawWebSocket
from tests.support.servers import Server, in_own_process

pytestmark = [pytest.mark.sockets, pytest.mark.soak, pytest.mark.long]
ATTACKED = "tests.support.hostile_sites:chats_attacked"
SECONDS = 60.0
WARM_UP = 8.0


class Good:
    """A client that asks, and hears others; it keeps each answer that was wrong."""

    def __init__(self, server: Server, transport: str) -> None:
        raw = {"websocket": RawWebSocket, "polling": RawPolling}[transport]
        self.raw: Any = raw(server.url)
        self.name = "/chats/good"
        self.wrong: list[Any] = []
        self.asked = 0
        self.raw.send(f"0{self.name},", f'2{self.name},["listen"]')

    def live(self, end: threading.Event) -> None:
        """Ask until the end: text, binary, and a share for the other listeners."""
        try:
            while not end.is_set():
                self.ask()
            self.raw.send(f"1{self.name},")
            self.raw.close()
        except Exception as error:  # noqa: BLE001 - the test shows it
            self.wrong.append(error)

    def ask(self) -> None:
        self.asked += 1
        text = f'2{self.name},{self.asked}["say",{self.asked},"text"]'
        self.raw.send(text)
        self.expect(f'3{self.name},{self.asked}[[{self.asked},"text"]]')
        data = bytes([self.asked % 256]) * 500
        placeholder = '{"_placeholder":true,"num":0}'
        self.raw.send(f'51-{self.name},0["say",{placeholder}]', data)
        self.expect(f"61-{self.name},0[[{placeholder}]]", data)
        if self.asked % 10 == 0:
            self.raw.send(f'51-{self.name},["share",{placeholder}]', data)

    def expect(self, *answer: str | bytes) -> None:
        """Wait for an answer; what others share may come before it."""
        while True:
            packet = self.raw.receive()
            if str(packet)[:1] in "36":
                rest = [self.raw.receive() for _ in answer[1:]]
                if (packet, *rest) != answer:
                    self.wrong.append((packet, *rest))
                return
            if packet.startswith("51-"):
                shared = self.raw.receive()
                if not isinstance(shared, bytes):
                    self.wrong.append(shared)


def attack(server: Server, seconds: float, seed: int) -> None:
    """Do everything that is bad once, and then again and again for so long."""
    end = time.monotonic() + seconds
    dice = random.Random(seed)
    for each in dice.sample(ATTACKS, len(ATTACKS)):
        each(server.url)
    while time.monotonic() < end:
        dice.choice(ATTACKS)(server.url)


def under_attack(servers: list[Server], seconds: float) -> list[Good]:
    """Let good clients live beside several attackers for so long; return them."""
    ended = threading.Event()
    good = [
        Good(server, transport)
        for server in servers
        for transport in ("websocket", "polling", "websocket")
    ]
    living = [threading.Thread(target=one.live, args=(ended,)) for one in good]
    attacks = [
        threading.Thread(target=attack, args=(server, seconds, seed))
        for server in servers
        for seed in range(3)
    ]
    for thread in (*living, *attacks):
        thread.start()
    for thread in attacks:
        thread.join()
    ended.set()
    for thread in living:
        thread.join()
    return good


@pytest.fixture
def servers() -> Iterator[list[Server]]:
    """Run a hardened server in each async mode, each in a process of its own."""
    with ExitStack() as stack:
        yield [
            stack.enter_context(in_own_process(ATTACKED, mode))
            for mode in ("threading", "gevent")
        ]


def test_good_clients_notice_nothing_of_all_attacks_at_once(
    servers: list[Server],
) -> None:
    """No answer is wrong or missing, and the servers are as they began."""
    early = under_attack(servers, WARM_UP)
    before = [measure(server) for server in servers]
    good = under_attack(servers, SECONDS)
    assert [one.wrong for one in (*early, *good) if one.wrong] == []
    assert all(one.asked > 20 for one in good), [one.asked for one in good]
    for server, was in zip(servers, before, strict=True):
        now = measure(server)
        assert now["threads"] == was["threads"], server.mode
        for what, growth in GROWTH.items():
            assert now[what] - was[what] < growth, (server.mode, what)
        codes = {
            record["code"] for record in server.records.all("nsroute.connection_closed")
        }
        assert codes == {"unread", "too_many_attachments", "only_refused"}
