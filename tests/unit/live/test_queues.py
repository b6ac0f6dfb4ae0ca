"""What waits for what: events of a client, and all that runs in a namespace."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from socketio import packet

from nsroute import MetaRouter, MountError
from tests.support.concurrency import settle, wait_for
from tests.support.dispatch_recorder import DispatchRecorder
from tests.support.ordered_rooms import ByClient, ByNamespace, Noted, Unordered, gate
from tests.support.packet_client import PacketClient, code
from tests.support.server_configs import ServerConfig
from tests.support.sites import Site, left_behind

pytestmark = pytest.mark.usefixtures("quiet")

CLASSES = [ByClient, ByNamespace, Unordered]


@pytest.fixture
def site(mode: str) -> Site:
    return ServerConfig(mode).site(*CLASSES, max_pending_events=3)


@contextmanager
def gated(site: Site) -> Iterator[tuple[Any, Any]]:
    """Let handlers wait until `go` is set, `reached` before; in the end all is done."""
    Noted.notes = []
    with gate(site) as Noted.gates:
        yield Noted.gates
    schedule = site.socketio.server.manager.workers._schedule
    settle(site, lambda: schedule.running == schedule.waiting == 0)


@pytest.fixture
def go(site: Site) -> Iterator[Any]:
    with gated(site) as (_, go):
        yield go


def client(site: Site, namespace: str) -> PacketClient:
    made = PacketClient(site)
    made.join(namespace)
    return made


def noted(site: Site, *wanted: Any) -> None:
    """Wait for these notes, which come in this order behind those that were seen."""
    settle(site, lambda: len(Noted.notes) >= len(wanted))
    assert Noted.notes == list(wanted)
    Noted.notes.clear()


def begin_waiting(site: Site, one: PacketClient, namespace: str) -> None:
    """Begin a handler that runs until the test lets it end."""
    one.emit(namespace, "wait", "first")
    wait_for(Noted.gates[0])
    Noted.notes.clear()


# --- events


def test_events_of_a_client_run_in_order(site: Site, go: Any) -> None:
    """Those of another client in the namespace do not wait for them."""
    ann, bob = client(site, "/by-client/1"), client(site, "/by-client/1")
    begin_waiting(site, ann, "/by-client/1")
    for number in range(3):
        ann.emit("/by-client/1", "say", number)
    assert bob.call("/by-client/1", "say", "bob") == "bob"
    noted(site, ("say", "bob"))
    go.set()
    noted(site, ("end", "first"), *[("say", number) for number in range(3)])


def test_an_event_without_an_order_waits_for_none(site: Site, go: Any) -> None:
    """Neither of its class's choice, nor of its own."""
    ann = client(site, "/unordered/1")
    begin_waiting(site, ann, "/unordered/1")
    assert ann.call("/unordered/1", "say", 1) == 1
    bob = client(site, "/by-client/1")
    bob.emit("/by-client/1", "wait")
    assert bob.call("/by-client/1", "at once", 2) == 2
    assert bob.call("/by-client/1", "in turn", 3) == 3
    go.set()


def test_a_namespace_does_one_thing_at_a_time(site: Site, go: Any) -> None:
    """Events of all clients, connects and disconnects, in the order they came."""
    name = "/by-namespace/1"
    ann, bob = client(site, name), client(site, name)
    begin_waiting(site, ann, name)
    bob.emit(name, "say", "bob")
    carl = PacketClient(site)
    carl.send_frame(f'0{name},"carl"')
    assert carl.drain() == []
    bob.socket.close(wait=False, abort=True, reason="transport close")
    dora = client(site, "/by-namespace/2")
    assert dora.call("/by-namespace/2", "say", "elsewhere") == "elsewhere"
    Noted.notes.clear()
    go.set()
    left = ("disconnect", "transport close", sorted(["inside", bob.sids[name]]))
    noted(site, ("end", "first"), ("connect", "carl"), left)
    carl.wait_for(packet.CONNECT, name)


def test_what_waits_for_a_namespace_is_recorded_late_if_its_client_leaves(
    site: Site, go: Any
) -> None:
    """At once, although the handler before it never ends."""
    name = "/by-namespace/1"
    ann, bob = client(site, name), client(site, name)
    recorder = DispatchRecorder(site)
    begin_waiting(site, ann, name)
    bob.emit(name, "say", "too late")
    bob.leave(name)
    dispatch = recorder.next()
    assert (dispatch.kind, dispatch.outcome) == ("event", "late")
    go.set()
    left = ("disconnect", "client disconnect", sorted(["inside", bob.sids[name]]))
    noted(site, ("end", "first"), left)


@pytest.mark.parametrize("name", ["/by-client/1", "/unordered/1"])
def test_what_a_client_sent_before_it_left_and_nobody_began_is_late(
    mode: str, name: str
) -> None:
    """It runs nothing, is not answered, and is not kept until the others end."""
    site = ServerConfig(mode).site(*CLASSES, max_workers=1)
    with gated(site):
        ann = client(site, name)
        begin_waiting(site, ann, name)
        recorder = DispatchRecorder(site)
        numbers = [ann.ask(name, "say", number) for number in range(3)]
        ann.close()
        found = [recorder.next() for _ in range(4)]
        assert [one.outcome for one in found] == ["late"] * 3 + ["ok"]
        assert [one.args for one in found[:3]] == [(0,), (1,), (2,)]
        assert not any(ann.is_acknowledged(name, number) for number in numbers)
        assert [note for note in Noted.notes if note[0] == "say"] == []
    settle(site, lambda: left_behind(site) == {})


# --- bounds


def test_who_has_too_much_waiting_is_told_so(site: Site, go: Any) -> None:
    """The handler does not run; another client's events do."""
    name = "/by-client/1"
    ann, bob = client(site, name), client(site, name)
    begin_waiting(site, ann, name)
    waiting = [ann.ask(name, "say", number) for number in range(3)]
    recorder = DispatchRecorder(site)
    answer = ann.call(name, "say", "one too many")
    assert answer == {
        "error": {"code": "busy", "message": "Too many events wait already."}
    }
    dispatch = recorder.next()
    assert (dispatch.outcome, dispatch.code) == ("rejected", "busy")
    assert dispatch.target == "ByClient.say"
    assert code(ann.call(name, "at once")) == "busy"
    assert bob.call(name, "say", "bob") == "bob"
    go.set()
    assert [ann.acknowledgement(name, number) for number in waiting] == [0, 1, 2]
    assert ("say", "one too many") not in Noted.notes


def test_a_namespace_has_so_much_waiting_and_no_more(site: Site, go: Any) -> None:
    """Whoever sends it; who wants to come is refused."""
    name = "/by-namespace/1"
    ann, bob = client(site, name), client(site, name)
    begin_waiting(site, ann, name)
    for number in range(3):
        ann.emit(name, "say", number)
    recorder = DispatchRecorder(site)
    assert code(bob.call(name, "say", "one too many")) == "busy"
    assert recorder.next().code == "busy"
    refusal = {"message": "Too many events wait already.", "data": {"code": "busy"}}
    assert PacketClient(site).refusal(name) == refusal
    dispatch = recorder.next()
    assert (dispatch.kind, dispatch.outcome) == ("connect", "refused")
    assert (dispatch.code, dispatch.target) == ("busy", "ByNamespace.enter")
    go.set()


def test_a_connection_has_so_many_connects_waiting(site: Site, go: Any) -> None:
    """In all namespaces, for each has a queue of its own."""
    holder = [client(site, f"/by-namespace/{number}") for number in range(5)]
    for number, one in enumerate(holder):
        one.emit(f"/by-namespace/{number}", "wait", number)
    settle(site, lambda: [n[0] for n in Noted.notes].count("begin") == 5)
    ann = PacketClient(site)
    for number in range(4):
        ann.send_frame(f"0/by-namespace/{number},")
    [refused] = ann.drain()
    assert (refused.packet_type, refused.namespace) == (
        packet.CONNECT_ERROR,
        "/by-namespace/3",
    )
    go.set()


def test_a_connect_whose_connection_ended_before_its_turn_runs_nothing(
    site: Site, go: Any
) -> None:
    """Nobody is entered for it."""
    name = "/by-namespace/1"
    ann, bob = client(site, name), PacketClient(site)
    begin_waiting(site, ann, name)
    bob.send_frame(f'0{name},"bob"')
    bob.socket.close(wait=False, abort=True, reason="transport close")
    bob.server.eio.sockets.pop(bob.eio_sid, None)
    go.set()
    assert ann.call(name, "say", "on") == "on"
    assert Noted.notes == [("end", "first"), ("say", "on")]
    ann.close()
    settle(site, lambda: left_behind(site) == {})


# --- nesting


@pytest.mark.usefixtures("go")
@pytest.mark.parametrize("name", ["/by-client/1", "/by-namespace/1"])
def test_who_is_kicked_leaves_in_its_turn(site: Site, name: str) -> None:
    """Inside the handler, as upstream does; with the namespace's order behind it."""
    ann, bob = client(site, name), client(site, name)
    sid = bob.call(name, "sid")
    Noted.notes.clear()
    ann.call(name, "kick", sid)
    settle(site, lambda: len(Noted.notes) == 2)
    kinds = [note[0] for note in Noted.notes]
    assert kinds == (
        ["disconnect", "after"] if "client" in name else ["after", "disconnect"]
    )
    Noted.notes.clear()
    ann.emit(name, "leave")
    settle(site, lambda: len(Noted.notes) == 2)
    assert {note[0] for note in Noted.notes} == {"after", "disconnect"}
    settle(site, lambda: not site.router.live)


def test_two_namespaces_that_kick_each_others_clients_do_not_wait_for_each_other(
    site: Site, go: Any
) -> None:
    """Each would hold what the other needs."""
    names = ["/by-namespace/1", "/by-namespace/2"]
    kickers = [client(site, name) for name in names]
    kicked = [client(site, name) for name in names]
    sids = [one.sids[name] for one, name in zip(kicked, names, strict=True)]
    for one, name in zip(kickers, names, strict=True):
        one.emit(name, "wait", name)
    settle(site, lambda: sum(note[0] == "begin" for note in Noted.notes) == 2)
    numbers = [
        kickers[at].ask(names[at], "kick", sids[1 - at], names[1 - at]) for at in (0, 1)
    ]
    go.set()
    for at in (0, 1):
        kickers[at].acknowledgement(names[at], numbers[at])
    settle(site, lambda: sum(note[0] == "disconnect" for note in Noted.notes) == 2)


def test_a_client_that_leaves_may_come_again_in_its_turn(site: Site, go: Any) -> None:
    """Its disconnect runs before its next connect."""
    name = "/by-namespace/1"
    ann, bob = client(site, name), client(site, name)
    begin_waiting(site, ann, name)
    bob.send_frame(f"1{name},")
    bob.send_frame(f'0{name},"again"')
    go.set()
    settle(site, lambda: len(Noted.notes) == 3)
    assert [note[0] for note in Noted.notes] == ["end", "disconnect", "connect"]
    bob.wait_for(packet.CONNECT, name)
    assert bob.call(name, "say", "here") == "here"
    for one in (ann, bob):
        one.close()
    settle(site, lambda: left_behind(site) == {})


# --- `accepted`


class Greeting(Noted):
    def accepted(self) -> None:
        reached, go = self.gates
        reached.set()
        wait_for(go)
        self.notes.append("accepted")


class GreetingClients(Greeting, namespace="/greetings/<int:room>"):
    pass


class GreetingAtOnce(Greeting, namespace="/at-once/<int:room>", order=None):
    pass


class GreetingInTurn(Greeting, namespace="/in-turn/<int:room>", order="namespace"):
    pass


@pytest.mark.parametrize("name", ["/greetings/1", "/at-once/1", "/in-turn/1"])
@pytest.mark.parametrize("event", ["say", "at once", "in turn"])
def test_no_event_of_a_client_runs_before_accepted(
    mode: str, name: str, event: str
) -> None:
    """Whatever its order is; the thread that reads the connection goes on."""
    site = ServerConfig(mode).site(GreetingClients, GreetingAtOnce, GreetingInTurn)
    with gated(site) as (reached, go):
        client = PacketClient(site)
        client.send_frame(f"0{name},")
        wait_for(reached)
        number = client.ask(name, event, 1)
        site.socketio.server.sleep(0)
        assert Noted.notes == [("connect", None)]
        go.set()
        assert client.acknowledgement(name, number) == 1
        assert Noted.notes == [("connect", None), "accepted", (event, 1)]


def test_no_event_overtakes_those_that_waited_for_accepted(mode: str) -> None:
    """One that comes when `accepted` has ended, and no worker was free since."""
    site = ServerConfig(mode).site(GreetingInTurn, ByClient, max_workers=1)
    with gated(site) as (reached, go):
        ann, bob = PacketClient(site), client(site, "/by-client/1")
        ann.send_frame("0/in-turn/1,")
        wait_for(reached)
        numbers = [ann.ask("/in-turn/1", "say", number) for number in range(3)]
        with gate(site) as Noted.gates:
            bob.emit("/by-client/1", "wait")
            go.set()
            wait_for(Noted.gates[0])
            numbers.append(ann.ask("/in-turn/1", "say", 3))
            Noted.gates[1].set()
        assert [ann.acknowledgement("/in-turn/1", one) for one in numbers] == [
            0,
            1,
            2,
            3,
        ]
        said = [note[1] for note in Noted.notes if note[0] == "say"]
        assert said == [0, 1, 2, 3]


@pytest.mark.parametrize("name", ["/greetings/1", "/at-once/1", "/in-turn/1"])
def test_so_many_events_wait_for_accepted_and_no_more(mode: str, name: str) -> None:
    """Whoever sends more is told so; what comes later runs."""
    classes = [GreetingClients, GreetingAtOnce, GreetingInTurn]
    site = ServerConfig(mode).site(*classes, max_pending_events=3)
    with gated(site) as (reached, go):
        ann = PacketClient(site)
        ann.send_frame(f"0{name},")
        wait_for(reached)
        numbers = [ann.ask(name, "say", number) for number in range(3)]
        assert code(ann.call(name, "say", "one too many")) == "busy"
        go.set()
        assert [ann.acknowledgement(name, one) for one in numbers] == [0, 1, 2]
        assert ann.call(name, "say", "later") == "later"


@pytest.mark.parametrize("name", ["/greetings/1", "/at-once/1", "/in-turn/1"])
def test_a_client_may_leave_before_accepted_has_ended(mode: str, name: str) -> None:
    """Its connect and its disconnect have one record each."""
    site = ServerConfig(mode).site(GreetingClients, GreetingAtOnce, GreetingInTurn)
    recorder = DispatchRecorder(site)
    with gated(site) as (reached, go):
        client = PacketClient(site)
        client.send_frame(f"0{name},")
        wait_for(reached)
        client.ask(name, "say", 1)
        client.socket.close(wait=False, abort=True, reason="transport close")
        client.server.eio.sockets.pop(client.eio_sid, None)
        go.set()
        kinds = sorted(recorder.next().kind for _ in range(3))
        assert kinds == ["connect", "disconnect", "event"]
    settle(site, lambda: left_behind(site) == {})
    assert ("say", 1) not in Noted.notes


# --- what upstream would do


def test_without_async_handlers_nothing_waits(mode: str) -> None:
    """All runs where the connection is read, as it does upstream."""
    site = ServerConfig(mode, async_handlers=False).site(ByClient)
    Noted.notes = []
    ann = client(site, "/by-client/1")
    ann.emit("/by-client/1", "say", 1)
    assert Noted.notes == [("connect", None), ("say", 1)]


def test_an_order_by_namespace_needs_async_handlers(mode: str) -> None:
    """In the threads that read connections it would not hold."""
    site = ServerConfig(mode, async_handlers=False).app()
    with pytest.raises(MountError, match=r"ByNamespace.*async_handlers"):
        MetaRouter([ByNamespace]).mount(site.socketio)


def test_a_router_that_wants_to_see_each_event_sees_it(mode: str) -> None:
    """In order, and with how long it has waited."""

    class Watching(MetaRouter):
        seen: list[Any]

        def trigger_event(self, event: Any, *args: Any) -> Any:
            self.seen.append(event)
            return super().trigger_event(event, *args)

    site = ServerConfig(mode).app()
    site.router = Watching([ByClient])
    site.router.seen = []
    site.router.mount(site.socketio)
    with gated(site) as (_, go):
        ann = client(site, "/by-client/1")
        begin_waiting(site, ann, "/by-client/1")
        recorder = DispatchRecorder(site)
        number = ann.ask("/by-client/1", "say", 1)
        site.socketio.server.sleep(0.002)
        go.set()
        assert ann.acknowledgement("/by-client/1", number) == 1
        assert site.router.seen == ["connect", "wait", "say"]
        assert recorder.next().event == "wait"
        assert recorder.next().queued >= 0.002


def test_upstreams_log_line_is_written(
    mode: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Where `SocketIO(logger=True)` asks for it."""
    Noted.notes = []
    site = ServerConfig(mode).site(ByClient)
    ann = client(site, "/by-client/1")
    caplog.set_level(logging.INFO)
    site.socketio.server.logger.setLevel(logging.INFO)
    try:
        ann.call("/by-client/1", "say", 1)
    finally:
        site.socketio.server.logger.setLevel(logging.NOTSET)
    line = f'received event "say" from {ann.sids["/by-client/1"]} [/by-client/1]'
    assert line in caplog.messages
