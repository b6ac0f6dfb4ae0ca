"""What happens while a client is let in: it goes, is put out, sends and is sent to."""

from __future__ import annotations

from typing import Any

import pytest
from flask import request
from flask_socketio import emit, join_room
from socketio import packet

from nsroute import RoutedNamespace, on
from tests.support.lines import Line, Tape, left_behind
from tests.support.servers import Site
from tests.support.waiting import gate, run_beside, wait_for
from tests.support.worlds import WORLDS, World

pytestmark = pytest.mark.usefixtures("quiet")
every_world = pytest.mark.parametrize("world", WORLDS, ids=str)


class Slow(RoutedNamespace, namespace="/slow/<int:number>"):
    """Its connect handler waits at a gate, and then ends as `auth` says."""

    reached: Any
    go: Any
    done: list[Any]

    @on("connect")
    def enter(self, auth: Any = None) -> Any:
        if auth == "at once":
            return None
        self.reached.set()
        wait_for(self.go)
        self.done.append("connect")
        if auth == "raise":
            raise ValueError("too late")
        return auth != "refuse"

    @on("ping")
    def ping(self) -> str:
        self.done.append("ping")
        return "pong"

    @on("disconnect")
    def gone(self, reason: str) -> None:
        self.done.append(reason)


ENDINGS = ["accept", "refuse", "raise"]


def served_by(world: World, routed: bool) -> tuple[Site, Tape]:
    """Serve `/slow/1` by a router, or by an object that stands by itself."""
    if routed:
        site = world.site(Slow)
        return site, Tape(site)
    site, alone = world.app(), Slow("/slow/1")
    site.socketio.on_namespace(alone)
    return site, Tape(site, sender=alone)


@every_world
@pytest.mark.parametrize("routed", [True, False])
@pytest.mark.parametrize("auth", ENDINGS)
@pytest.mark.parametrize("reason", ["transport close", "ping timeout"])
def test_a_connection_that_ends_while_its_connect_handler_runs_leaves_nothing(
    world: World, auth: str, reason: str, routed: bool
) -> None:
    """Who was let in is disconnected once, who was refused never was there."""
    site, tape = served_by(world, routed)
    Slow.done = []
    with gate(site) as (Slow.reached, Slow.go):
        line = Line(site)
        ended = run_beside(site, lambda: line.say(packet.CONNECT, "/slow/1", auth))
        wait_for(Slow.reached)
        line.close(reason)
        Slow.go.set()
        ended()
    gone = [reason] if auth == "accept" else []
    assert Slow.done == ["connect", *gone]
    kinds = [d.kind for d in tape.take()]
    assert kinds == ["connect", *(["disconnect"] if gone else [])]
    assert left_behind(site) == {}


@every_world
@pytest.mark.parametrize("auth", ENDINGS)
def test_what_a_client_sends_before_it_is_let_in_reaches_no_handler(
    world: World, auth: str
) -> None:
    """Neither events nor a DISCONNECT run anything while the connect handler does."""
    site = world.site(Slow)
    Slow.done = []
    with gate(site) as (Slow.reached, Slow.go):
        line = Line(site)
        ended = run_beside(site, lambda: line.say(packet.CONNECT, "/slow/1", auth))
        wait_for(Slow.reached)
        line.emit("/slow/1", "ping")
        line.leave("/slow/1")
        Slow.go.set()
        ended()
    # Upstream ignores the DISCONNECT of a client that it has not accepted yet.
    left = ["client disconnect"] if world.always_connect and auth == "accept" else []
    assert Slow.done == ["connect", *left]
    line.close()
    if auth == "accept" and not left:
        assert Slow.done == ["connect", "transport close"]
    assert left_behind(site) == {}


@every_world
def test_an_event_of_a_client_that_is_not_in_yet_is_answered_as_such(
    world: World,
) -> None:
    """With `always_connect` upstream passes it on; the router tells it apart."""
    site = world.site(Slow)
    Slow.done = []
    with gate(site) as (Slow.reached, Slow.go):
        tape, line = Tape(site), Line(site)
        ended = run_beside(site, lambda: line.say(packet.CONNECT, "/slow/1", "refuse"))
        wait_for(Slow.reached)
        number = line.ask("/slow/1", "ping")
        if world.always_connect:
            answer = line.answer("/slow/1", number)
            assert answer["error"]["code"] == "not_connected"
            early = tape.next()
            assert (early.kind, early.outcome) == ("event", "rejected")
        Slow.go.set()
        ended()
    assert Slow.done == ["connect"]
    assert [d.outcome for d in tape.take()] == ["refused"]
    line.close()
    assert left_behind(site) == {}


@every_world
@pytest.mark.parametrize("auth", ENDINGS)
def test_the_server_may_disconnect_a_client_whose_connect_handler_runs(
    world: World, auth: str
) -> None:
    """It goes as soon as it is in, and is told so."""
    site = world.site(Slow)
    Slow.done = []
    with gate(site) as (Slow.reached, Slow.go):
        line = Line(site)
        ended = run_beside(site, lambda: line.say(packet.CONNECT, "/slow/1", auth))
        wait_for(Slow.reached)
        server: Any = site.socketio.server
        sid = server.manager.sid_from_eio_sid(line.eio_sid, "/slow/1")
        server.disconnect(sid, "/slow/1")
        Slow.go.set()
        ended()
    gone = ["server disconnect"] if auth == "accept" else []
    assert Slow.done == ["connect", *gone]
    if gone:
        assert line.kinds("/slow/1") == [packet.CONNECT, packet.DISCONNECT]
    assert left_behind(site) == {"environ": 1}
    line.join("/slow/1", "at once")
    line.close()
    assert left_behind(site) == {}


class Greeter(RoutedNamespace, namespace="/greeters/<int:number>"):
    @on("connect")
    def enter(self) -> None:
        join_room("greeted")
        emit("in the handler", to=request.sid)

    def accepted(self) -> None:
        self.emit("after the answer", to="greeted")


@pytest.mark.parametrize("world", WORLDS, ids=str)
def test_what_accepted_emits_comes_after_the_answer(world: World) -> None:
    """What the connect handler emits comes before it, unless all are accepted."""
    site = world.site(Greeter)
    line = Line(site)
    line.join("/greeters/1")
    came = [
        one.data[0] if one.packet_type == packet.EVENT else "CONNECT"
        for one in line.drain()
    ]
    first = ["in the handler", "CONNECT"]
    if world.always_connect:
        first.reverse()
    assert came == [*first, "after the answer"]
    line.close()
    assert left_behind(site) == {}
