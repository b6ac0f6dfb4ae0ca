"""Kafka as the message queue, which is librdkafka's mock of it here.

It takes confluent-kafka, kafka-python and `NSROUTE_KAFKA=1`, as in CI: python-socketio
imports kafka-python wherever that is installed, so it is apart from what other tests
need.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from flask_socketio import SocketIO
from socketio import KafkaManager

from nsroute import Emitter
from tests.docs.test_readme import blocks
from tests.support import cluster_site
from tests.support.cluster_site import TABLE, Room
from tests.support.concurrency import at_once
from tests.support.kafka_mock import kafka_mock
from tests.support.message_queue import CHANNEL, QUEUE
from tests.support.packet_client import PacketClient
from tests.support.servers import ROOT
from tests.support.shared_queue import eventually, process
from tests.support.sites import Site

pytestmark = [
    pytest.mark.sockets,
    pytest.mark.skipif(
        "NSROUTE_KAFKA" not in os.environ,
        reason="it takes NSROUTE_KAFKA=1, confluent-kafka and kafka-python",
    ),
    pytest.mark.usefixtures("quiet"),
]

PAGE = ROOT / "docs" / "how-to" / "kafka.md"
SHOWN_URL, SHOWN_CHANNEL = "kafka://localhost:9092", "flask-socketio"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Run the mock for the tests of this module."""
    with kafka_mock() as url:
        yield url


@pytest.fixture(scope="module")
def sites(url: str) -> Iterator[list[Site]]:
    """Make two sites that share it, and know each other."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(QUEUE, url)
        sites = [cluster_site.shared("threading") for _ in range(2)]
    for site in sites:
        eventually(lambda one=site: len(process(one)._peers.hosts) == 1)
        eventually(lambda one=site: process(one)._is_sure())
    yield sites
    for site in sites:
        process(site).stop()
        site.socketio.server.manager.publisher.flush()


@pytest.fixture
def clients(sites: list[Site]) -> Iterator[list[PacketClient]]:
    """Let a client of each site into a room of its own."""
    clients = [PacketClient(site) for site in sites]
    for number, client in enumerate(clients):
        client.join(f"/rooms/{number}")
    yield clients
    for client in clients:
        client.close()


def heard(client: PacketClient, number: int, count: int) -> list[tuple[Any, ...]]:
    """Wait for so many events of a room; return them."""
    events = client.received(f"/rooms/{number}")
    while len(events) < count:
        client.next_packet()
        events += client.received(f"/rooms/{number}")
    return events


def test_upstreams_manager_refuses_every_emit(url: str) -> None:
    """It gives kafka-python a text; kafka-python 2 raises an `AssertionError`."""
    manager = KafkaManager(url, channel=CHANNEL, write_only=True)
    with pytest.raises((TypeError, AssertionError)):
        manager.emit("news", "never sent", namespace="/rooms/0")


def test_the_pages_manager_writes_without_a_router(
    url: str, clients: list[PacketClient]
) -> None:
    """In a process that does not have nsroute."""
    module = SimpleNamespace()
    exec("".join(blocks(PAGE, "python")), vars(module))
    [shown] = blocks(PAGE, "text")
    assert shown.count(SHOWN_URL) == shown.count(SHOWN_CHANNEL) == 1
    shown = shown.replace(SHOWN_URL, url).replace(SHOWN_CHANNEL, CHANNEL)
    exec(shown, vars(module))
    assert heard(clients[1], 1, 1) == [("said", "hello")]
    manager = module.manager
    for number, client in enumerate(clients):
        manager.emit("news", {"bytes": b"x"}, namespace=f"/rooms/{number}")
        assert heard(client, number, 1) == [("news", {"bytes": b"x"})]


def test_all_is_reached_from_each_process(
    url: str, sites: list[Site], clients: list[PacketClient]
) -> None:
    """By emits, server-side events, a call, a worker, and a disconnect."""
    emitter = Emitter(TABLE, SocketIO(message_queue=url))
    clients[0].call("/rooms/0", "emit everywhere", {"bytes": b"x"})
    for number, client in enumerate(clients):
        assert heard(client, number, 1) == [("news", {"bytes": b"x"})]
    clients[1].call("/rooms/1", "refresh everywhere")
    for number, client in enumerate(clients):
        assert heard(client, number, 1) == [("refreshed", number)]
    emitter.of(Room).emit("news", "from a worker")
    for number, client in enumerate(clients):
        assert heard(client, number, 1) == [("news", "from a worker")]
    clients[1].replies["favourite"] = str.upper
    sid = clients[1].sids["/rooms/1"]
    call = sites[0].socketio.call
    assert call("favourite", "tea", to=sid, namespace="/rooms/1") == "TEA"
    emitter.of(Room, number=1).disconnect()
    eventually(lambda: not sites[1].router.live)


def test_a_census_and_presence_are_over_all_processes(
    url: str, sites: list[Site], clients: list[PacketClient]
) -> None:
    """Those who leave are in neither."""
    everybody = [{"/rooms/0": 1, "/rooms/1": 1}, 0]
    guest = PacketClient(sites[1])
    guest.join("/rooms/0")
    guest.call("/rooms/0", "track", "guest")
    eventually(lambda: clients[0].call("/rooms/0", "present") == ["guest"])
    rooms = Emitter(TABLE, SocketIO(message_queue=url)).of(Room)
    eventually(lambda: rooms.presence(0.5).keys() == {"guest"})
    eventually(lambda: rooms.census(0.5).clients == 3)
    guest.close()
    eventually(lambda: clients[0].call("/rooms/0", "present") == [])
    for number, client in enumerate(clients):
        assert client.call(f"/rooms/{number}", "census", 5.0) == everybody


def test_what_many_threads_emit_arrives_once_and_in_order(
    sites: list[Site], clients: list[PacketClient]
) -> None:
    """The topic has four partitions: a key keeps what a process sends in one."""

    def emit(number: int) -> None:
        for count in range(20):
            data = [number, count, b"attached"]
            sites[0].socketio.emit("news", data, namespace="/rooms/1")

    at_once(emit, 20)
    events = heard(clients[1], 1, 400)
    assert len(events) == 400
    for thread in range(20):
        own = [data for _, data in events if data[0] == thread]
        assert own == [[thread, count, b"attached"] for count in range(20)]
