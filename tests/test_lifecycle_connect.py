"""Who is let in, who is refused, and that a refusal leaves nothing behind."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from flask import request
from flask_socketio import ConnectionRefusedError as FlaskRefusal
from flask_socketio import Namespace, disconnect, emit, join_room
from socketio import packet

from nsroute import EventError, Route, RoutedNamespace, errorhandler, on
from tests.lines import (
    PLAIN,
    WORLDS,
    Line,
    Tape,
    World,
    gate,
    left_behind,
    run_beside,
    wait_for,
)
from tests.servers import Site

pytestmark = pytest.mark.usefixtures("quiet")
every_world = pytest.mark.parametrize("world", WORLDS, ids=str)

INTERNAL = {"message": "internal error"}
BY_FALSE = {"message": "Connection rejected by server"}


@dataclass
class Reason:
    """What a packet carries once it is a dict."""

    days: int


class Unprintable(Exception):
    """An exception that cannot even be shown."""

    def __str__(self) -> str:
        raise RuntimeError("no text")


OUTCOMES: dict[str, tuple[Any, Any]] = {
    "a TypeError": (TypeError("inner"), INTERNAL),
    "a lost database": (ConnectionRefusedError("no database"), INTERNAL),
    "an exception without text": (Unprintable(), INTERNAL),
    "SystemExit": (SystemExit(3), INTERNAL),
    "KeyboardInterrupt": (KeyboardInterrupt(), INTERNAL),
    "GeneratorExit": (GeneratorExit(), INTERNAL),
    "an error group": (ExceptionGroup("two", [ValueError("a")]), INTERNAL),
    "a refusal": (FlaskRefusal("sign in"), {"message": "sign in"}),
    "a refusal without words": (FlaskRefusal(), BY_FALSE),
    "a refusal with data": (
        FlaskRefusal("banned", Reason(3)),
        {"message": "banned", "data": {"days": 3}},
    ),
    "a refusal with several data": (
        FlaskRefusal("banned", 3, "days"),
        {"message": "banned", "data": [3, "days"]},
    ),
    "a refusal that no packet carries": (FlaskRefusal("no", object()), INTERNAL),
    "an EventError": (
        EventError("full", "The room is full.", {"limit": Decimal(2)}),
        {
            "message": "The room is full.",
            "data": {"code": "full", "details": {"limit": "2"}},
        },
    ),
}


class Door(RoutedNamespace, namespace="/doors/<int:number>"):
    runs = 0

    @on("connect")
    def enter(self, auth: Any = None) -> Any:
        type(self).runs += 1
        if auth == "False":
            return False
        if auth in OUTCOMES:
            raise OUTCOMES[auth][0]
        return {"None": None, "0": 0, "[]": [], "''": ""}.get(auth or "None")

    @on("ping")
    def ping(self) -> str:
        return "pong"


@every_world
@pytest.mark.parametrize("told", OUTCOMES)
def test_whatever_a_connect_handler_raises_refuses_the_client(
    world: World, told: str
) -> None:
    """The handler ran once, the client has its answer, and nothing stays behind."""
    site = world.site(Door)
    site.app.testing = True  # from an event it would be raised
    line = Line(site)
    Door.runs = 0
    assert line.refusal("/doors/1", told) == OUTCOMES[told][1]
    assert Door.runs == 1
    assert left_behind(site) == {"environ": 1}
    line.close()
    assert left_behind(site) == {}


@every_world
def test_false_refuses_and_nothing_else_that_is_returned(world: World) -> None:
    """Other false values let the client in."""
    site = world.site(Door)
    line = Line(site)
    assert line.refusal("/doors/1", "False") == BY_FALSE
    for number, auth in enumerate(("None", "0", "[]", "''"), start=2):
        line.join(f"/doors/{number}", auth)
    line.close()
    assert left_behind(site) == {}


@every_world
def test_a_refused_client_may_try_again_at_once(world: World) -> None:
    """A refusal does not keep the name from the connection."""
    site = world.site(Door)
    line = Line(site)
    line.refusal("/doors/1", "a TypeError")
    line.refusal("/doors/1", "False")
    line.join("/doors/1")
    assert line.call("/doors/1", "ping") == "pong"
    line.close()
    assert left_behind(site) == {}


@every_world
def test_a_second_connect_is_refused_and_the_first_goes_on(world: World) -> None:
    """A connection is in a namespace once; its handler is not run again."""
    site = world.site(Door)
    tape, line = Tape(site), Line(site)
    line.join("/doors/1")
    Door.runs = 0
    before = len(line.packets)
    line.say(packet.CONNECT, "/doors/1")
    assert [one.packet_type for one in line.drain()[before:]] == [packet.CONNECT_ERROR]
    assert Door.runs == 0
    assert line.call("/doors/1", "ping") == "pong"
    line.close()
    assert [d.kind for d in tape.take()] == ["connect", "event", "disconnect"]
    assert left_behind(site) == {}


class Catcher(RoutedNamespace, namespace="/catchers/<int:number>"):
    @on("connect")
    def enter(self) -> None:
        raise LookupError("no such room")

    @errorhandler(LookupError)
    def caught(self, _error: LookupError) -> str:
        return "welcome all the same"


class PlainCatcher(Namespace):
    def on_connect(self) -> None:
        raise FlaskRefusal("not you")

    def on_fall(self) -> None:
        raise LookupError("fell")

    def error(self, _error: Exception) -> str:
        return "welcome all the same"


@every_world
def test_no_error_handler_lets_a_client_in(world: World) -> None:
    """What an error handler returns is no permission, whosever it is."""
    site = world.site(Catcher, Route("/plain/<int:number>", PlainCatcher), Door)
    site.router.errorhandler(Exception)(lambda error: "welcome all the same")
    line = Line(site)
    assert line.refusal("/catchers/1") == INTERNAL
    assert line.refusal("/plain/1") == {"message": "not you"}
    assert line.refusal("/doors/1", "a TypeError") == INTERNAL
    line.close()
    assert left_behind(site) == {}


@pytest.mark.parametrize("always_connect", [False, True])
def test_an_exact_error_handler_of_flask_socketio_lets_nobody_in(
    always_connect: bool,
) -> None:
    """`on_error` of the concrete name is heard, but it cannot accept."""
    site = World(always_connect=always_connect).site(Door)
    heard: list[str] = []
    site.socketio.on_error("/doors/1")(lambda error: heard.append(str(error)))
    line = Line(site)
    assert line.refusal("/doors/1", "a TypeError") == INTERNAL
    assert heard == ["inner"]
    line.close()
    assert left_behind(site) == {}


@every_world
def test_the_outcome_of_each_connect_is_recorded_once(world: World) -> None:
    """One dispatch for each attempt, with how it ended."""
    site = world.site(Door)
    tape, line = Tape(site), Line(site)
    line.join("/doors/1")
    line.refusal("/doors/2", "False")
    line.refusal("/doors/3", "a refusal")
    line.refusal("/doors/4", "an EventError")
    line.refusal("/doors/5", "a TypeError")
    failed = "rejected" if world.error_default else "error"
    assert [(d.namespace, d.outcome) for d in tape.take()] == [
        ("/doors/1", "ok"),
        ("/doors/2", "refused"),
        ("/doors/3", "refused"),
        ("/doors/4", "refused"),
        ("/doors/5", failed),
    ]
    line.close()
    assert [d.kind for d in tape.take()] == ["disconnect"]


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


class Thrower(RoutedNamespace, namespace="/throwers/<int:number>"):
    """It throws its clients out where its parameter says."""

    seen: list[Any]

    def opened(self) -> None:
        self.seen.append("opened")
        self.throw(1)

    @on("connect")
    def enter(self) -> None:
        self.seen.append("connect")
        self.throw(2)

    def accepted(self) -> None:
        self.seen.append("accepted")
        self.throw(3)

    @on("out")
    def out(self) -> str:
        self.throw(4)
        return "out"

    @on("disconnect")
    def gone(self, reason: str) -> None:
        self.seen.append(reason)
        disconnect()

    def closed(self) -> None:
        self.seen.append("closed")
        disconnect()

    def throw(self, here: int) -> None:
        if self.params["number"] == here:
            disconnect()


@every_world
@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_disconnect_works_in_every_handler(world: World, number: int) -> None:
    """The client is told, its disconnect handler runs once, and it may come again."""
    site = world.site(Thrower)
    line = Line(site)
    name = f"/throwers/{number}"
    for _ in range(2):
        Thrower.seen = []
        line.say(packet.CONNECT, name)
        if number == 4:
            assert line.call(name, "out") == "out"
        came = ["opened", "connect", *(["accepted"] if number > 2 else [])]
        assert Thrower.seen == [*came, "server disconnect", "closed"]
        kinds = [kind for kind in line.kinds(name) if kind != packet.ACK]
        assert kinds == [packet.CONNECT, packet.DISCONNECT]
        line.packets.clear()
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


@every_world
@pytest.mark.parametrize("name", ["/nowhere", "/doors/01", "/doors/1/", "/doors/x"])
def test_an_unrouted_name_is_refused_and_leaves_nothing(
    world: World, name: str
) -> None:
    """The refusal is the same for each name that no route matches."""
    site = world.site(Door)
    site.socketio.server.manager.pre_connect = None  # upstream enters nobody
    tape, line = Tape(site), Line(site)
    told = {"message": "Invalid namespace"}
    if world.always_connect:
        told = "Unable to connect"
    assert line.refusal(name) == told
    assert tape.shown() == [("connect", "connect", "unrouted", None)]
    assert left_behind(site) == {"environ": 1}
    line.close()
    assert tape.shown() == []
    assert left_behind(site) == {}


def test_a_refusal_does_not_tell_names_that_exist_from_names_that_do_not() -> None:
    """Nobody learns from refusals which names are routed and which live."""
    site = PLAIN.site(Door)
    first, second = Line(site), Line(site)
    first.join("/doors/1")
    refusals = {
        str(second.refusal(name))
        for name in ("/doors/001", "/doors/one", "/doors", "/windows/1")
    }
    assert refusals == {"{'message': 'Invalid namespace'}"}
