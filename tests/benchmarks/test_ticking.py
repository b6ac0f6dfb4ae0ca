"""How many threads timers take: many live namespaces that tick every second."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from nsroute import RoutedNamespace, every
from tests.support.concurrency import settle
from tests.support.packet_client import inline_client
from tests.support.sites import site

pytestmark = [pytest.mark.long, pytest.mark.usefixtures("quiet")]
LIVE = 10_000
MORE_THREADS = 3
others: set[threading.Thread] = set()
"""The threads that there were before: those of other tests may end meanwhile."""


class Ticking(RoutedNamespace, namespace="/ticking/<int:number>", log=False):
    """It counts its ticks."""

    ticks = 0
    most = 0
    """How many threads more there were at once."""

    @every(1)
    def tick(self) -> None:
        Ticking.ticks += 1
        if Ticking.ticks % 50 == 0:
            Ticking.most = max(Ticking.most, len({*threading.enumerate()} - others))


def test_ten_thousand_timers_need_three_threads_more() -> None:
    """Each of them ticks three times, a second apart."""
    here = site(Ticking, max_namespaces_per_client=LIVE)
    others.update(threading.enumerate())
    client: Any = inline_client(here)
    for number in range(LIVE):
        client.join(f"/ticking/{number}")
    Ticking.ticks = Ticking.most = 0
    settle(here, lambda: Ticking.ticks >= 3 * LIVE)
    assert 1 <= Ticking.most <= MORE_THREADS
    client.close()
    settle(here, lambda: len(here.socketio.server.manager.scheduler) == 0)
