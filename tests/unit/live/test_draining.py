"""A server is drained: what has begun ends, objects close, connections end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import g, request
from flask_socketio import Namespace
from socketio import packet

from nsroute import MetaRouter, MountError, RoutedNamespace, on
from nsroute.live import draining
from tests.support.concurrency import run_beside, settle, wait_for
from tests.support.dispatch_recorder import DispatchRecorder
from tests.support.ordered_rooms import ByClient, ByNamespace, Noted, Unordered, gate
from tests.support.packet_client import PacketClient, code
from tests.support.server_configs import ServerConfig
from tests.support.sites import Site, left_behind, site

pytestmark = pytest.mark.usefixtures("quiet")

NAMESPACES = ["/by-client/1", "/by-namespace/1", "/unordered/1"]
SHUTTING_DOWN = "server shutting down"


@pytest.fixture
def drained(mode: str) -> Site:
    return ServerConfig(mode).site(ByClient, ByNamespace, Unordered)


@pytest.fixture(autouse=True)
def go(drained: Site) -> Iterator[Any]:
    """Let handlers wait until this event is set; `Noted.gates[0]` is set before."""
    Noted.notes = []
    with gate(drained) as (reached, go):
        Noted.gates = reached, go
        yield go
    schedule = drained.socketio.server.manager.workers._schedule
    settle(drained, lambda: schedule.running == schedule.waiting == 0)


class Lingering(RoutedNamespace, namespace="/lingering/<int:number>", linger=3600):
    closings: list[str] = []

    @on("stay")
    def stay(self) -> None: ...

    def closed(self) -> None:
        self.closings.append(self.namespace)


def test_what_lingers_is_closed_and_nothing_lingers_any_more(mode: str) -> None:
    """Those whose last client has left before, and those whose clients are put out."""
    Lingering.closings = []
    site = ServerConfig(mode).site(Lingering)
    one, two = PacketClient(site), PacketClient(site)
    one.join("/lingering/1")
    one.leave("/lingering/1")
    two.join("/lingering/2")
    assert sorted(site.router.live) == ["/lingering/1", "/lingering/2"]
    assert site.router.drain(20) == 2
    assert sorted(Lingering.closings) == ["/lingering/1", "/lingering/2"]
    assert left_behind(site) == {}


def client(drained: Site, *namespaces: str) -> PacketClient:
    made = PacketClient(drained)
    for namespace in namespaces:
        made.join(namespace)
    return made


def is_closed(one: PacketClient) -> bool:
    """Return whether the server has closed a connection."""
    one.drain()
    return one.closed


def begin_waiting(one: PacketClient, namespace: str, number: int = 1) -> int:
    """Begin a handler that runs until the test lets it end."""
    asked = one.ask(namespace, "wait", number)
    wait_for(Noted.gates[0])
    return asked


def drain_beside(drained: Site, timeout: float = 20.0) -> tuple[Any, list[int]]:
    """Begin to drain; return what waits for the end, and where the result comes."""
    results: list[int] = []
    waits = run_beside(drained, lambda: results.append(drained.router.drain(timeout)))
    settle(drained, lambda: bool(drained.socketio.server.manager.incoming.is_draining))
    return waits, results


def test_a_router_that_is_not_mounted_has_nothing_to_drain() -> None:
    """It says what to do."""
    with pytest.raises(MountError, match=r"call mount\(socketio\) first"):
        MetaRouter([ByClient]).drain()


def test_a_server_without_clients_is_drained_at_once(drained: Site) -> None:
    """As often as one likes."""
    assert [drained.router.drain(), drained.router.drain(0)] == [0, 0]


def test_every_client_leaves_and_every_object_closes(drained: Site) -> None:
    """Handlers get the reason, connections are counted once, and nothing is left."""
    recorder = DispatchRecorder(drained)
    ann, bob = client(drained, *NAMESPACES), client(drained, NAMESPACES[0])
    plain = client(drained)
    assert drained.router.drain() == 3
    assert all(map(is_closed, (ann, bob, plain)))
    assert {kind for one in NAMESPACES for kind in ann.kinds(one)} == {packet.CONNECT}
    left = [note for note in Noted.notes if note[0] == "disconnect"]
    assert [note[1] for note in left] == [SHUTTING_DOWN] * 4
    assert {one.outcome for one in recorder.take()} == {"ok"}
    assert left_behind(drained) == {}
    assert drained.router.drain() == 0


def test_more_connections_than_one_batch_are_ended(drained: Site) -> None:
    """One batch after the other, each once."""
    many = [client(drained, NAMESPACES[0]) for _ in range(draining.BATCH + 1)]
    assert drained.router.drain() == len(many)
    assert all(map(is_closed, many))
    assert left_behind(drained) == {}


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_what_has_begun_or_waits_is_served_and_answered(
    drained: Site, namespace: str, go: Any
) -> None:
    """Until then its connection stays, and another one is ended."""
    ann, bob = client(drained, namespace), client(drained, "/by-client/2")
    begun = begin_waiting(ann, namespace)
    waiting = ann.ask(namespace, "say", 2)
    wait, results = drain_beside(drained)
    settle(drained, lambda: is_closed(bob))
    assert not is_closed(ann)
    go.set()
    wait()
    assert is_closed(ann)
    assert ann.acknowledgement(namespace, begun) == 1
    assert ann.acknowledgement(namespace, waiting) == 2
    assert results == [2]
    assert left_behind(drained) == {}


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_an_event_that_comes_later_is_answered_draining(
    drained: Site, namespace: str, go: Any
) -> None:
    """Its handler does not run, and the record says why."""
    recorder = DispatchRecorder(drained)
    ann = client(drained, namespace)
    begin_waiting(ann, namespace)
    wait, _ = drain_beside(drained)
    assert code(ann.call(namespace, "say", 3)) == "draining"
    assert (recorder.last.outcome, recorder.last.code) == ("rejected", "draining")
    assert ("say", 3) not in Noted.notes
    go.set()
    wait()


def test_an_event_in_the_reading_thread_is_waited_for(mode: str, go: Any) -> None:
    """With `async_handlers=False` too, and one that comes later is refused."""
    drained = ServerConfig(mode, async_handlers=False).site(ByClient)
    ann = client(drained, "/by-client/1")
    call = run_beside(drained, lambda: ann.ask("/by-client/1", "wait", 1))
    wait_for(Noted.gates[0])
    wait, results = drain_beside(drained)
    assert code(ann.call("/by-client/1", "say", 2)) == "draining"
    assert not is_closed(ann)
    go.set()
    call()
    wait()
    assert ann.acknowledgement("/by-client/1", 1) == 1
    assert results == [1]


def test_an_event_behind_accepted_is_refused_if_the_server_drains_meanwhile(
    mode: str, go: Any
) -> None:
    """It waited for `accepted` alone, and nobody has begun it."""

    class Slow(RoutedNamespace, namespace="/slow", order=None):
        def accepted(self) -> None:
            reached, go = Noted.gates
            reached.set()
            wait_for(go)

        @on("say")
        def say(self) -> None:
            raise AssertionError("it must not run")

    drained = ServerConfig(mode).site(Slow)
    ann = PacketClient(drained)
    for frame in ann._connection.encode(packet.CONNECT, "/slow"):
        ann.send_frame(frame)
    wait_for(Noted.gates[0])
    asked = ann.ask("/slow", "say")
    wait, results = drain_beside(drained)
    assert not is_closed(ann)
    go.set()
    wait()
    assert code(ann.acknowledgement("/slow", asked)) == "draining"
    assert results == [1]


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_a_connect_on_a_connection_that_is_still_busy_gets_no_answer(
    drained: Site, namespace: str, go: Any
) -> None:
    """Refused in words the client would give up; recorded it is."""
    ann = client(drained, "/by-client/7")
    begin_waiting(ann, "/by-client/7")
    wait, _ = drain_beside(drained)
    recorder = DispatchRecorder(drained)
    ann.send_packet(packet.CONNECT, namespace)
    assert (recorder.last.outcome, recorder.last.code) == ("refused", "draining")
    assert ann.kinds(namespace) == []
    ann.send_packet(packet.CONNECT, "/nowhere")
    assert recorder.last.outcome == "unrouted"
    go.set()
    wait()
    assert is_closed(ann)
    assert left_behind(drained) == {}


def test_a_connect_that_waits_for_its_turn_is_refused(drained: Site, go: Any) -> None:
    """Nobody has begun it."""
    recorder = DispatchRecorder(drained)
    ann, bob = client(drained, "/by-namespace/1"), client(drained)
    begin_waiting(ann, "/by-namespace/1")
    bob.send_packet(packet.CONNECT, "/by-namespace/1")
    wait, results = drain_beside(drained)
    go.set()
    wait()
    refused = [one for one in recorder.take() if one.outcome == "refused"]
    assert [one.code for one in refused] == ["draining"]
    assert bob.kinds("/by-namespace/1") == []
    assert results == [2]


def test_a_new_connection_is_refused(drained: Site) -> None:
    """In the handshake."""
    drained.router.drain()
    with pytest.raises(ConnectionError, match="draining"):
        PacketClient(drained)
    assert left_behind(drained) == {}


def test_when_the_timeout_is_over_connections_end_all_the_same(
    drained: Site, go: Any
) -> None:
    """What runs goes on, and its answer reaches nobody."""
    ann = client(drained, "/by-client/1")
    begin_waiting(ann, "/by-client/1")
    assert drained.router.drain(0) == 1
    assert is_closed(ann)
    assert [note[:2] for note in Noted.notes[-1:]] == [("disconnect", SHUTTING_DOWN)]
    assert ("end", 1) not in Noted.notes


class Hanging(Namespace):
    """Of Flask-SocketIO; its disconnect handler waits for the test."""

    def on_disconnect(self, reason: str) -> None:
        Noted.notes.append(("hangs", reason))
        wait_for(Noted.gates[1])


def test_a_disconnect_handler_that_hangs_holds_up_nobody(
    drained: Site, go: Any
) -> None:
    """Others are ended beside it, and its own client is told after a while."""
    drained.socketio.on_namespace(Hanging("/hanging"))
    ann, bob = client(drained, "/hanging"), client(drained, "/by-client/1")
    wait, results = drain_beside(drained)
    settle(drained, lambda: is_closed(ann) and is_closed(bob))
    assert not go.is_set()
    assert results == []
    go.set()
    wait()
    assert results == [2]


def test_who_leaves_by_itself_is_waited_for(mode: str, go: Any) -> None:
    """Its disconnect handler has begun, and `closed` has not."""

    class Slow(Noted, namespace="/slow"):
        def closed(self) -> None:
            self.notes.append("closed")

        @on("disconnect")
        def leave(self, reason: str) -> None:
            reached, go = self.gates
            reached.set()
            wait_for(go)

    drained = ServerConfig(mode).site(Slow)
    ann = client(drained, "/slow")
    leaves = run_beside(drained, ann.close)
    wait_for(Noted.gates[0])
    wait, results = drain_beside(drained)
    assert results == []
    go.set()
    wait()
    assert Noted.notes[-1] == "closed"
    assert results == [0]
    leaves()


def test_a_second_call_waits_for_what_the_first_has_begun(
    drained: Site, go: Any
) -> None:
    """It counts nothing twice, and is not ready before."""
    ann = client(drained, "/by-client/1")
    begin_waiting(ann, "/by-client/1")
    wait, first = drain_beside(drained)
    wait_again, second = drain_beside(drained)
    assert first == second == []
    go.set()
    wait()
    wait_again()
    assert sum(first + second) == 1


def test_disconnect_handlers_that_raise_are_recorded_and_end_nothing(
    mode: str,
) -> None:
    """The others run, and every connection is closed."""

    class Raising(RoutedNamespace, namespace="/raising/<int:number>"):
        @on("disconnect")
        def leave(self) -> None:
            raise LookupError(self.params["number"])

    drained = ServerConfig(mode).site(Raising, log=False)
    recorder = DispatchRecorder(drained)
    clients = [client(drained, f"/raising/{number}") for number in range(3)]
    assert drained.router.drain() == 3
    assert all(map(is_closed, clients))
    raised = [one for one in recorder.take() if one.kind == "disconnect"]
    assert sorted(str(one.error) for one in raised) == [*"012"]
    assert left_behind(drained) == {}


def test_a_standing_alone_namespace_is_drained_too(mode: str) -> None:
    """All registries of a server end together."""

    class Alone(Noted):
        """It has no router."""

    drained = ServerConfig(mode).site(ByClient)
    drained.socketio.on_namespace(Alone("/alone"))
    ann = client(drained, "/alone", "/by-client/1")
    assert drained.router.drain() == 1
    assert is_closed(ann)
    assert [n[:2] for n in Noted.notes if n[0] == "disconnect"] == [
        ("disconnect", SHUTTING_DOWN)
    ] * 2


def test_a_handler_is_not_called_in_the_context_of_the_drain() -> None:
    """`g` and the request are those of the client."""
    seen: list[Any] = []

    class Room(RoutedNamespace, namespace="/room"):
        @on("disconnect")
        def leave(self) -> None:
            seen.append((request.namespace, "mark" in g))  # type: ignore[attr-defined]

    drained = site(Room)
    client(drained, "/room")
    with drained.app.test_request_context("/drain"):
        g.mark = True
        drained.router.drain()
    assert seen == [("/room", False)]
