"""What processes tell each other over real brokers, in order and through outages."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from typing import Any

import attrs
import pytest

from nsroute import MetaRouter, RoutedNamespace, on
from tests.support.apps import new_site
from tests.support.brokers import (
    BROKERS,
    Broker,
    end_listener,
    end_publisher,
    running,
)
from tests.support.concurrency import at_once, settle
from tests.support.packet_client import PacketClient
from tests.support.shared_queue import eventually
from tests.support.sites import PATIENCE, Site, left_behind

pytestmark = [pytest.mark.sockets, pytest.mark.usefixtures("quiet")]


@pytest.fixture(scope="module", params=list(BROKERS))
def broker(request: pytest.FixtureRequest) -> Iterator[Broker]:
    """Run a broker for the tests of this module."""
    with running(request.param) as broker:
        yield broker


class Room(RoutedNamespace, namespace="/rooms/<int:number>"):
    @on("connect")
    def enter(self, name: str) -> bool:
        return name != "refuse"

    @on("track")
    def track(self, name: str) -> None:
        self.presence.track(name)


@attrs.define
class Process:
    """A site that shares a queue; what it hears from others is kept."""

    site: Site
    heard: list[Any] = attrs.field(factory=list)
    grown: threading.Condition = attrs.field(factory=threading.Condition)

    @property
    def manager(self) -> Any:
        return self.site.socketio.server.manager

    def emit(self, data: object) -> None:
        self.site.socketio.emit("said", data, namespace="/rooms/1")

    def hear(self, message: Any) -> None:
        type(self.manager)._handle_emit(self.manager, message)
        with self.grown:
            if message["namespace"] == "/rooms/1":
                self.heard.append(message["data"][0])
                self.grown.notify_all()

    def wait(self, done: Any) -> None:
        with self.grown:
            assert self.grown.wait_for(lambda: done(self.heard), PATIENCE)

    def join(self, name: str) -> PacketClient:
        """Let somebody into a room of this process."""
        client = PacketClient(self.site)
        client.join("/rooms/1", name)
        client.call("/rooms/1", "track", name)
        return client

    def present(self) -> set[str]:
        return set(self.site.router.of(Room).presence())


@pytest.fixture
def pair(broker: Broker) -> Iterator[tuple[Process, Process]]:
    """Two sites on one queue, the second of which hears the first."""
    channel = f"test-{os.urandom(8).hex()}"
    pair = [
        Process(new_site("threading", message_queue=broker.url, channel=channel))
        for _ in range(2)
    ]
    for one in pair:
        router = MetaRouter([Room], log=False, presence_timeout=1.0)
        one.site.router = router.mount(one.site.socketio)
        one.manager._handle_emit = one.hear
    await_hearing(*pair)
    yield pair[0], pair[1]
    for one in pair:
        one.manager.cluster_process.stop()
        end_listener(one.manager)
        end_publisher(one.manager)


def await_hearing(first: Process, second: Process) -> None:
    """Emit until the second process hears the first."""
    for _ in range(1000):
        first.emit("are you there?")
        with second.grown:
            if second.grown.wait_for(lambda: second.heard, 0.02):
                break
    assert first.manager.publisher.flush(PATIENCE)
    first.emit("then we begin")
    second.wait(lambda heard: "then we begin" in heard)
    first.heard.clear()
    second.heard.clear()


def test_what_a_hundred_threads_emit_at_once_arrives_once_and_in_order(
    pair: tuple[Process, Process],
) -> None:
    """And whole. Upstream's threads hang on RabbitMQ, and lose messages on Redis."""
    first, second = pair
    client = second.join("ann")

    def emit(number: int) -> None:
        for count in range(20):
            first.emit([number, count, bytes([number]) * count])

    at_once(emit, 100)
    first.emit("the end")
    received: list[Any] = []
    while ("said", "the end") not in received:
        client.next_packet()
        received += client.received("/rooms/1")
    assert len(received) == 2001
    for number in range(100):
        own = [data for _, data in received if data[0] == number]
        assert own == [[number, count, bytes([number]) * count] for count in range(20)]
    client.close()


def test_what_is_emitted_while_the_broker_is_away_arrives_when_it_is_back(
    broker: Broker, pair: tuple[Process, Process]
) -> None:
    """Nobody who emits waits for it, and both processes hear each other again."""
    first, second = pair
    broker.stop()
    for count in range(100):
        first.emit(count)
    assert not first.manager.publisher.flush(0)
    assert first.heard == list(range(100))  # its own clients miss nothing
    broker.start()
    second.wait(lambda heard: len(heard) >= 100)
    assert second.heard == list(range(100))
    second.heard.clear()
    await_hearing(first, second)
    await_hearing(second, first)


def test_nobody_waits_for_a_broker_that_answers_nobody(
    broker: Broker, pair: tuple[Process, Process]
) -> None:
    """What is emitted meanwhile arrives when it goes on."""
    first, second = pair
    broker.pause()
    for count in range(5000):
        first.emit([count, "x" * 1000])
    assert not first.manager.publisher.flush(0)
    broker.resume()
    second.wait(lambda heard: len(heard) >= 5000)
    assert [count for count, _ in second.heard] == list(range(5000))


def test_after_an_outage_each_process_knows_who_is_where(
    broker: Broker, pair: tuple[Process, Process]
) -> None:
    """All rooms hear all processes, and nothing is left of who has gone meanwhile."""
    first, second = pair
    ann, bob, carl = first.join("ann"), second.join("bob"), second.join("carl")
    for process in pair:
        eventually(lambda one=process: one.present() == {"ann", "bob", "carl"})
    broker.stop()
    first.manager.enter_room(carl.sids["/rooms/1"], "/rooms/1", "corner")
    carl.close()
    carl = PacketClient(second.site)
    carl.refusal("/rooms/1", "refuse")
    dora = first.join("dora")
    broker.start()
    await_hearing(first, second)
    await_hearing(second, first)
    for process in pair:
        eventually(lambda one=process: one.present() == {"ann", "bob", "dora"})
        process.site.router.of(Room).emit("news")
    for client in (ann, bob, dora):
        received: list[Any] = []
        while received.count(("news",)) < 2:
            client.next_packet()
            received += client.received("/rooms/1")
    assert carl.received("/rooms/1") == []
    for client in (ann, bob, carl, dora):
        client.close()
    for process in pair:
        settle(process.site, lambda one=process: not left_behind(one.site))
        eventually(lambda one=process: one.present() == set())
