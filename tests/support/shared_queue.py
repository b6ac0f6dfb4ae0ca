"""A message queue within the process of the tests, and sites that share it.

Each site is what a process would be: it hears the others through a thread of its own.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from socketio.pubsub_manager import PubSubManager

from nsroute import MetaRouter
from nsroute.cluster import process as module
from tests.support.server_configs import DEFAULT_CONFIG
from tests.support.sites import PATIENCE, Site


class SharedQueue:
    """What several managers publish to, and hear."""

    def __init__(self) -> None:
        self.managers: list[SharedManager] = []
        self.published: list[Any] = []

    def publish(self, message: str) -> None:
        self.published.append(message)
        for manager in list(self.managers):
            manager.inbox.put(message)


class SharedManager(PubSubManager):
    """A client manager on such a queue."""

    def __init__(self, shared: SharedQueue, **options: Any) -> None:
        super().__init__(**options)
        self.shared = shared
        self.inbox: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def _publish(self, data: Any) -> None:
        self.shared.publish(self.json.dumps(data))

    def _listen(self) -> Iterator[Any]:
        self.shared.managers.append(self)
        while (message := self.inbox.get()) is not None:
            yield message

    def cut_off(self) -> None:
        """Hear nobody any more, as a process that was killed."""
        self.shared.managers.remove(self)
        self.inbox.put(None)


class Sites:
    """Sites that share a queue, as so many processes would."""

    def __init__(self) -> None:
        self.shared = SharedQueue()
        self.sites: list[Site] = []

    def add(self, *routes: Any, **options: Any) -> Site:
        """Make a site that shares the queue."""
        manager = SharedManager(self.shared)
        site = DEFAULT_CONFIG.app(client_manager=manager)
        router = MetaRouter(routes, **{"log": False, **options})
        site.router = router.mount(site.socketio)
        self.sites.append(site)
        return site

    def know_each_other(self) -> None:
        """Wait until each process has heard of all others, and knows that it has."""
        for site in self.sites:
            others = len(self.sites) - 1
            eventually(lambda one=site, n=others: len(process(one)._peers.hosts) == n)
            eventually(lambda one=site: process(one)._is_sure())


def process(site: Site) -> Any:
    """Return what a site tells the others by."""
    return site.socketio.server.manager.cluster_process


def eventually(holds: Any) -> None:
    """Wait until something holds; not for ever."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"
        time.sleep(0.001)


@contextmanager
def shared_sites() -> Iterator[Sites]:
    """Let sites share a queue while the block runs; they soon know each other."""
    sites = Sites()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "INTRODUCTIONS", (0.0, 0.02))
        yield sites
    for site in sites.sites:
        process(site).stop()
        site.socketio.server.manager.publisher.flush(PATIENCE)
        if site.socketio.server.manager in sites.shared.managers:
            site.socketio.server.manager.cut_off()
