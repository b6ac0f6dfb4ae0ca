"""`Emitter`: live namespaces, from a process that serves nobody."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask_socketio import SocketIO

from nsroute import BuildError, Emitter, MountError, RoutedNamespace, RouteTable, on
from tests.support.packet_client import PacketClient
from tests.support.shared_queue import (
    SharedManager,
    Sites,
    eventually,
    process,
    shared_sites,
)
from tests.support.sites import PATIENCE

pytestmark = pytest.mark.usefixtures("quiet")


class Room(RoutedNamespace, namespace="/rooms/<int:number>"):
    @on("track")
    def track(self, key: str) -> None:
        self.presence.track(key, {"room": self.params["number"]})


TABLE = RouteTable([Room])


@pytest.fixture
def sites() -> Iterator[Sites]:
    with shared_sites() as sites:
        for _ in range(2):
            sites.add(Room)
        sites.know_each_other()
        yield sites


def new_emitter(sites: Sites) -> Emitter:
    manager = SharedManager(sites.shared, write_only=True)
    socketio = SocketIO(client_manager=manager, async_mode="threading")
    socketio.init_app(None)
    return Emitter(TABLE, socketio)


def test_a_worker_reaches_all_and_one(sites: Sites) -> None:
    """It imports the table, and no application."""
    emitter = new_emitter(sites)
    clients = []
    for number, site in enumerate(sites.sites):
        client = PacketClient(site)
        client.join(f"/rooms/{number}")
        clients.append(client)
    emitter.of(Room).emit("news", "all")
    emitter.of(Room, number=1).emit("news", "one")
    heard: list[Any] = []
    eventually(lambda: heard.extend(clients[1].received("/rooms/1")) or len(heard) == 2)
    assert heard == [("news", "all"), ("news", "one")]
    eventually(lambda: clients[0].received("/rooms/0") == [("news", "all")])
    assert emitter.table is not None
    with pytest.raises(BuildError):
        emitter.of("nothing")


def test_a_worker_asks_the_servers(sites: Sites) -> None:
    """It waits for its time, for it does not know how many they are."""
    emitter = new_emitter(sites)
    for number, site in enumerate(sites.sites):
        client = PacketClient(site)
        client.join(f"/rooms/{number}")
        client.call(f"/rooms/{number}", "track", "ann")
    of = emitter.of(Room)
    assert of.presence(timeout=0.5) == {"ann": [{"room": 0}, {"room": 1}]} or (
        of.presence(timeout=0.5) == {"ann": [{"room": 1}, {"room": 0}]}
    )
    census = of.census(timeout=0.5)
    assert census.namespaces == {"/rooms/0": 1, "/rooms/1": 1}
    assert emitter.of(Room, number=1).presence(timeout=0.5) == {"ann": [{"room": 1}]}


def test_a_worker_waits_until_all_is_published(sites: Sites) -> None:
    """For a time, and it learns whether it is."""
    emitter = new_emitter(sites)
    go = threading.Event()
    publish = sites.shared.publish
    sites.shared.publish = lambda message: go.wait(PATIENCE) and publish(message)
    emitter.of(Room).emit("news", "late")
    assert not emitter.flush(timeout=0)
    go.set()
    assert emitter.flush(PATIENCE)
    assert "late" in str(sites.shared.published)


def test_nobody_waits_for_a_worker(sites: Sites) -> None:
    """It answers no question, and no server takes it for one of them."""
    emitter = new_emitter(sites)
    emitter.of(Room).census(timeout=0.1)
    first = sites.sites[0]
    assert first.router.of(Room).census(timeout=60).silent == ()
    assert len(process(first)._peers.hosts) == 1


def test_an_emitter_needs_a_queue() -> None:
    """Without one it would reach nobody, and say nothing."""
    with pytest.raises(MountError, match="no message queue"):
        Emitter([Room], SocketIO(Flask("alone"), async_mode="threading"))
    with pytest.raises(MountError, match="no server yet"):
        Emitter([Room], SocketIO())
