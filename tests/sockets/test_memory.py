"""What stays of names and connections that are gone, and what it costs to end them."""

from __future__ import annotations

import gc
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from nsroute import RoutedNamespace, on
from tests.support.concurrency import gate, wait_for
from tests.support.packet_client import PacketClient
from tests.support.server_configs import ServerConfig
from tests.support.sites import Site, left_behind

pytestmark = [pytest.mark.usefixtures("quiet"), pytest.mark.long]
PAGE = 4096
MANY = 20_000


class Cell(RoutedNamespace, namespace="/cells/<string:name>"):
    @on("connect")
    def enter(self, auth: Any = None) -> bool:
        self.client["kept"] = self.namespace
        return auth != "refuse"

    @on("say")
    def say(self, text: str) -> str:
        self.emit("said", text)
        return text


def site() -> Site:
    return ServerConfig(async_handlers=False).site(Cell, max_namespaces_per_client=MANY)


def resident() -> int:
    """Return the bytes that the process has in memory."""
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * PAGE


def allocated() -> tuple[int, int]:
    """Return how many blocks and how many bytes are in use, without garbage."""
    gc.collect()
    return sys.getallocatedblocks(), resident()


def come_and_go(client: PacketClient, first: int, last: int) -> None:
    """Join, use and leave so many names, and be refused at as many others."""
    for number in range(first, last):
        client.send_frame(f"0/cells/{number},")
        client.send_frame(
            f'2/cells/{number},1["event {number}",{{"{number}":{number}}}]'
        )
        client.send_frame(f"1/cells/{number},")
        client.send_frame(f"0/unrouted/{number},")
        client.send_frame(f'0/cells/r{number},"refuse"')
        client.drain()
        client.packets.clear()


def test_a_hundred_thousand_names_leave_less_than_64_bytes_each() -> None:
    """A third of them joined and left, a third unrouted, a third refused."""
    here = site()
    client = PacketClient(here)
    come_and_go(client, 0, 1000)
    blocks, resident_before = allocated()
    names = 3 * 33_400
    come_and_go(client, 1000, 1000 + names // 3)
    blocks_after, resident_after = allocated()
    assert resident_after - resident_before < 64 * names
    assert blocks_after - blocks < names / 100
    client.close()
    assert left_behind(here) == {}


def test_connections_leave_as_little_as_names() -> None:
    """Each in a namespace of its own, lost in the middle of everything."""
    here = site()

    def lose(first: int, last: int) -> None:
        for number in range(first, last):
            client = PacketClient(here)
            client.send_frame(f"0/cells/{number},")
            client.send_frame(
                f'51-/cells/{number},["say",{{"_placeholder":true,"num":0}}]'
            )
            client.close()

    lose(0, 500)
    blocks, _ = allocated()
    lose(500, 3500)
    blocks_after, _ = allocated()
    assert blocks_after - blocks < 300
    assert left_behind(here) == {}


def in_so_many(here: Site, namespaces: int) -> PacketClient:
    """Make a connection that is in so many namespaces."""
    client = PacketClient(here)
    for number in range(namespaces):
        client.send_frame(f"0/cells/{number},")
    return client


def cost_of_closing(here: Site, namespaces: int) -> float:
    """Measure the processor time per namespace that the end of a connection takes."""
    client = in_so_many(here, namespaces)
    started = time.process_time()
    client.close()
    return (time.process_time() - started) / namespaces


def calls_of_closing(here: Site, namespaces: int) -> float:
    """Count the calls per namespace that the end of a connection takes."""
    client = in_so_many(here, namespaces)
    calls = 0

    def count(_frame: Any, event: str, _arg: Any) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    client.close()
    sys.setprofile(None)
    return calls / namespaces


def test_twenty_thousand_namespaces_end_at_the_price_of_ten() -> None:
    """Each within twice the work, and the processor's time, that each of ten takes."""
    here = site()
    assert calls_of_closing(here, MANY) < calls_of_closing(here, 10) * 2

    def ratio() -> float:
        many = cost_of_closing(here, MANY)
        return many / median(cost_of_closing(here, 10) for _ in range(100))

    # The processor may have been slow in one of the two.
    assert ratio() < 2 or ratio() < 2
    assert left_behind(here) == {}


def test_ten_namespaces_end_at_the_same_price_beside_twenty_thousand_others() -> None:
    """Nobody asks the others, and nobody makes a list of them."""
    empty, full = site(), site()
    crowd = [PacketClient(full) for _ in range(4)]
    for number in range(MANY):
        crowd[number % 4].send_frame(f"0/cells/others-{number},")
    assert len(full.router.live) == MANY
    # A call or two are the garbage collector's; asking all would be thousands.
    alone = calls_of_closing(empty, 10)
    assert calls_of_closing(full, 10) == pytest.approx(alone, rel=0.01)
    # By turns, for the processor is not always as fast.
    costs = [[cost_of_closing(one, 10) for one in (full, empty)] for _ in range(100)]
    in_full, in_empty = map(median, zip(*costs, strict=True))
    assert in_full < in_empty * 2
    for client in crowd:
        client.close()
    assert left_behind(full) == {}


class Queue(RoutedNamespace, namespace="/queues/<int:number>"):
    go: Any

    @on("say")
    def say(self, text: str) -> int:
        wait_for(self.go)
        return len(text)


@pytest.mark.parametrize("mode", ["threading", "gevent"])
def test_what_has_waited_is_not_kept(mode: str) -> None:
    """Ten thousand events of a hundred clients; afterwards no more than before."""
    made = ServerConfig(mode).site(Queue, max_workers=8)
    clients = [PacketClient(made) for _ in range(100)]
    for number, client in enumerate(clients):
        client.join(f"/queues/{number}")

    def burst() -> int:
        with gate(made) as (_, Queue.go):
            numbers = [
                [client.ask(f"/queues/{at}", "say", "x" * 1000) for _ in range(100)]
                for at, client in enumerate(clients)
            ]
            waiting = allocated()[0]
            Queue.go.set()
            for at, client in enumerate(clients):
                for number in numbers[at]:
                    assert client.acknowledgement(f"/queues/{at}", number) == 1000
                client.packets.clear()
        return waiting

    burst()
    before, _ = allocated()
    most = burst()
    after, _ = allocated()
    assert most - before > 10_000  # so much was kept while it waited
    assert after - before < (most - before) / 20
