"""Several processes, one Redis between them: namespaces reach over it by their names.

Two servers run in processes of their own; the process of the tests is a third one that
serves nobody.
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import pytest
from flask_socketio import SocketIO
from redis import Redis

from tests import requirements
from tests.clients import Peer
from tests.conftest import Connect
from tests.queue_app import CHANNEL, QUEUE
from tests.redis_server import redis_queue
from tests.servers import Server, in_own_process

pytestmark = pytest.mark.sockets

ROOM = "/rooms/1"


@pytest.fixture(scope="module")
def queue() -> Iterator[str]:
    """A Redis server; its URL."""
    with redis_queue(requirements.redis()) as url:
        yield url


@attrs.frozen
class Pair:
    """Two processes of one site, and a client in the same room of each."""

    first: Server
    second: Server
    ann: Peer
    bob: Peer

    def sid_of(self, peer: Peer) -> str:
        return str(peer.call(ROOM, "sid")[0])


@pytest.fixture
def pair(
    queue: str, mode: str, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Pair]:
    """Start the two, once both hear what is published."""
    monkeypatch.setenv(QUEUE, queue)
    with (
        in_own_process("tests.queue_app:shared", mode) as first,
        in_own_process("tests.queue_app:by_url", mode) as second,
    ):
        ann = connect(first, "python", "websocket", [ROOM])
        bob = connect(second, "python", "websocket", [ROOM])
        _listening(queue, 2)
        yield Pair(first, second, ann, bob)
        for peer in (ann, bob):
            peer.close()


def _listening(queue: str, count: int) -> None:
    """Ask Redis until so many processes listen; a bounded number of times."""
    with Redis.from_url(queue) as redis:
        for _ in range(100_000):
            if dict(redis.pubsub_numsub(CHANNEL))[CHANNEL.encode()] == count:
                return
    raise AssertionError("the servers do not listen to the queue")


def _said(peer: Peer, event: str = "said") -> list[object]:
    return [heard.args[0] for heard in peer.heard(ROOM, event)]


def test_an_emit_reaches_the_clients_of_every_process(pair: Pair) -> None:
    """What a handler emits in one process is heard in the same room of the other."""
    pair.ann.call(ROOM, "say", "from ann")
    pair.bob.wait(ROOM, "said")
    pair.bob.call(ROOM, "say", "from bob")
    for peer in (pair.ann, pair.bob):
        peer.wait(ROOM, "said", count=2)
        assert _said(peer) == ["from ann", "from bob"]


def test_another_room_hears_nothing_of_it(pair: Pair, connect: Connect) -> None:
    """What crosses the queue stays in the namespace that it was emitted in."""
    eve = connect(pair.second, "python", "websocket", ["/rooms/2"])
    pair.ann.call(ROOM, "say", "for room 1")
    pair.bob.wait(ROOM, "said")
    eve.call("/rooms/2", "say", "for room 2")
    eve.wait("/rooms/2", "said")
    assert [heard.args for heard in eve.heard("/rooms/2")] == [(), ("for room 2",)]


def test_a_process_that_serves_nobody_reaches_every_client(
    pair: Pair, queue: str
) -> None:
    """`SocketIO(message_queue=…).emit(…, namespace="/rooms/1")` is heard everywhere."""
    SocketIO(message_queue=queue).emit("said", "from outside", namespace=ROOM)
    for peer in (pair.ann, pair.bob):
        peer.wait(ROOM, "said")
        assert _said(peer) == ["from outside"]


def test_a_room_reaches_into_every_process(pair: Pair) -> None:
    """`emit(to=room)` finds the clients of the room that another process serves."""
    pair.bob.call(ROOM, "enter", "corner")
    pair.ann.call(ROOM, "whisper", "corner", "psst")
    pair.bob.wait(ROOM, "whispered")
    pair.ann.call(ROOM, "whisper", pair.sid_of(pair.ann), "to myself")
    pair.ann.wait(ROOM, "whispered")
    assert _said(pair.bob, "whispered") == ["psst"]
    assert _said(pair.ann, "whispered") == ["to myself"]


def test_a_client_of_another_process_is_disconnected_once(pair: Pair) -> None:
    """Its disconnect handler runs where it is served, and once."""
    bobs = pair.sid_of(pair.bob)
    pair.ann.call(ROOM, "kick", bobs)
    pair.bob.wait(ROOM, "disconnect")
    pair.ann.wait(ROOM, "parted")
    pair.second.empty()
    [record] = pair.second.records.wait("nsroute.disconnect")
    assert (record["sid"], record["outcome"]) == (bobs, "ok")
    assert pair.first.records.all("nsroute.disconnect") == []
    assert _said(pair.ann, "parted") == [{"user": bobs, "reason": "server disconnect"}]


def test_a_process_knows_its_own_clients_alone(pair: Pair) -> None:
    """`clients` holds those of the process that is asked."""
    for peer in (pair.ann, pair.bob):
        assert peer.call(ROOM, "known") == [[pair.sid_of(peer)]]


def test_each_process_has_an_object_of_its_own(pair: Pair) -> None:
    """What is kept on the object of a namespace is kept for one process."""
    assert [pair.ann.call(ROOM, "draw") for _ in range(2)] == [[1], [2]]
    assert pair.bob.call(ROOM, "draw") == [1]
    for server in (pair.first, pair.second):
        assert server.state()["live"] == [ROOM]
