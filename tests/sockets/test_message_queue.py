"""Several processes, one Redis between them: namespaces reach over it by their names.

Two servers run in processes of their own; the process of the tests is a third one that
serves nobody.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import attrs
import pytest
from flask_socketio import SocketIO

from tests.support import requirements
from tests.support.clients import Peer, PythonPeer
from tests.support.message_queue import (
    QUEUE,
    await_listeners,
    connections_closed,
    redis_queue,
)
from tests.support.servers import Server, in_own_process

pytestmark = pytest.mark.sockets

_numbers = itertools.count(1)


@attrs.frozen
class Servers:
    """Two processes of one site."""

    queue: str
    """The URL of what stands between them."""
    first: Server
    second: Server


@pytest.fixture(scope="module", params=["threading", "gevent"])
def servers(request: pytest.FixtureRequest) -> Iterator[Servers]:
    """Start the two, on a queue that is given as an object and by its URL."""
    with (
        redis_queue(requirements.redis()) as queue,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv(QUEUE, queue)
        with (
            in_own_process(
                "tests.support.message_queue:shared", request.param
            ) as first,
            in_own_process(
                "tests.support.message_queue:by_url", request.param
            ) as second,
        ):
            yield Servers(queue, first, second)


@attrs.frozen
class Meeting:
    """A room, and a client in it at each of two servers."""

    room: str
    ann: Peer
    bob: Peer

    def sid_of(self, peer: Peer) -> str:
        return str(peer.call(self.room, "sid")[0])

    def said(self, peer: Peer, event: str = "said") -> list[object]:
        return [heard.args[0] for heard in peer.heard(self.room, event)]


@pytest.fixture
def meeting(servers: Servers) -> Iterator[Meeting]:
    """Connect the two to a room of their own, once both servers hear the queue."""
    room = f"/rooms/{next(_numbers)}"
    both = [
        PythonPeer(server.url, "websocket", [room])
        for server in (servers.first, servers.second)
    ]
    assert [peer.join([room]) for peer in both] == [[], []]
    await_listeners(servers.queue, 2)
    yield Meeting(room, *both)
    for peer in both:
        peer.close()


def test_an_emit_reaches_the_clients_of_every_process(meeting: Meeting) -> None:
    """What a handler emits in one process is heard in the same room of the other."""
    ann, bob = meeting.ann, meeting.bob
    ann.call(meeting.room, "say", "from ann")
    bob.wait(meeting.room, "said")
    bob.call(meeting.room, "say", "from bob")
    for peer in (ann, bob):
        peer.wait(meeting.room, "said", count=2)
        assert meeting.said(peer) == ["from ann", "from bob"]


def test_another_room_hears_nothing_of_it(servers: Servers, meeting: Meeting) -> None:
    """What crosses the queue stays in the namespace that it was emitted in."""
    other = f"/rooms/{next(_numbers)}"
    eve = PythonPeer(servers.second.url, "websocket", [other])
    assert eve.join([other]) == []
    meeting.ann.call(meeting.room, "say", "for us")
    meeting.bob.wait(meeting.room, "said")
    eve.call(other, "say", "for me")
    eve.wait(other, "said")
    assert [heard.args for heard in eve.heard(other)] == [(), ("for me",)]
    eve.close()


def test_a_process_that_serves_nobody_reaches_every_client(
    servers: Servers, meeting: Meeting
) -> None:
    """`SocketIO(message_queue=…).emit(…, namespace="/rooms/1")` is heard everywhere."""
    with connections_closed():
        outside = SocketIO(message_queue=servers.queue)
        outside.emit("said", "from outside", namespace=meeting.room)
    for peer in (meeting.ann, meeting.bob):
        peer.wait(meeting.room, "said")
        assert meeting.said(peer) == ["from outside"]


def test_a_name_that_nobody_serves_is_dropped(
    servers: Servers, meeting: Meeting
) -> None:
    """An emit to it is no error, and what comes after it arrives."""
    with connections_closed():
        outside = SocketIO(message_queue=servers.queue)
        outside.emit("said", "to nobody", namespace="/nowhere")
        outside.emit("said", "to us", namespace=meeting.room)
    meeting.bob.wait(meeting.room, "said")
    assert meeting.said(meeting.bob) == ["to us"]


def test_a_room_reaches_into_every_process(meeting: Meeting) -> None:
    """`emit(to=room)` finds the clients of the room that another process serves."""
    ann, bob = meeting.ann, meeting.bob
    bob.call(meeting.room, "enter", "corner")
    ann.call(meeting.room, "whisper", "corner", "psst")
    bob.wait(meeting.room, "whispered")
    ann.call(meeting.room, "whisper", meeting.sid_of(ann), "to myself")
    ann.wait(meeting.room, "whispered")
    assert meeting.said(bob, "whispered") == ["psst"]
    assert meeting.said(ann, "whispered") == ["to myself"]


def test_a_room_is_closed_in_every_process(meeting: Meeting) -> None:
    """`close_room` puts out the clients that another process serves, too."""
    ann, bob = meeting.ann, meeting.bob
    bob.call(meeting.room, "enter", "corner")
    ann.call(meeting.room, "close", "corner")
    ann.call(meeting.room, "whisper", "corner", "too late")
    ann.call(meeting.room, "say", "closed")
    bob.wait(meeting.room, "said")
    assert meeting.said(bob, "whispered") == []


def test_a_client_of_another_process_is_disconnected_once(
    servers: Servers, meeting: Meeting
) -> None:
    """Its disconnect handler runs once, where it is served, and not by the listener."""
    bobs = meeting.sid_of(meeting.bob)
    meeting.ann.call(meeting.room, "kick", bobs)
    meeting.bob.wait(meeting.room, "disconnect")
    meeting.ann.wait(meeting.room, "parted")
    servers.second.settle(lambda state: meeting.room not in state["live"])
    [record] = servers.second.records.wait("nsroute.disconnect", sid=bobs)
    assert (record["namespace"], record["outcome"]) == (meeting.room, "ok")
    assert servers.first.records.all("nsroute.disconnect", sid=bobs) == []
    told = {"user": bobs, "reason": "server disconnect", "by_listener": False}
    assert meeting.said(meeting.ann, "parted") == [told]


def test_a_client_of_another_process_is_called(meeting: Meeting) -> None:
    """`call` asks a client that another process serves, and hears its answer."""
    bobs = meeting.sid_of(meeting.bob)
    assert meeting.ann.call(meeting.room, "ask", bobs) == []
    assert meeting.said(meeting.bob, "favourite") == ["tea"]


def test_a_process_knows_its_own_clients_alone(meeting: Meeting) -> None:
    """`clients` holds those of the process that is asked."""
    for peer in (meeting.ann, meeting.bob):
        assert peer.call(meeting.room, "known") == [[meeting.sid_of(peer)]]


def test_each_process_has_an_object_of_its_own(
    servers: Servers, meeting: Meeting
) -> None:
    """What is kept on the object of a namespace is kept for one process."""
    assert [meeting.ann.call(meeting.room, "draw") for _ in range(2)] == [[1], [2]]
    assert meeting.bob.call(meeting.room, "draw") == [1]
    for server in (servers.first, servers.second):
        assert meeting.room in server.state()["live"]
