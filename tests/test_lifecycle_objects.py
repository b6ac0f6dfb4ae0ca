"""The live object of a namespace: made once, opened once, closed once, then gone."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest
from flask import current_app, request, session
from flask_socketio import rooms
from socketio import packet

from nsroute import EventError, RoutedNamespace, on
from tests.lines import (
    WORLDS,
    Line,
    Tape,
    World,
    gate,
    left_behind,
    run_beside,
    settle,
    wait_for,
)

pytestmark = pytest.mark.usefixtures("quiet")
every_world = pytest.mark.parametrize("world", WORLDS, ids=str)
INTERNAL = {"message": "internal error"}


class Hall(RoutedNamespace, namespace="/halls/<int:number>"):
    """It fails where it is told to, so many times."""

    diary: list[str]
    fails: dict[str, BaseException]

    def __init__(self, namespace: str) -> None:
        super().__init__(namespace)
        self.step("made")

    def opened(self) -> None:
        self.step("opened")

    @on("connect")
    def enter(self, auth: Any = None) -> Any:
        self.step("connect")
        return auth != "refuse"

    def accepted(self) -> None:
        self.step("accepted")

    @on("where")
    def where(self) -> int:
        return id(self)

    @on("disconnect")
    def gone(self) -> None:
        self.step("disconnect")

    def closed(self) -> None:
        self.step("closed")

    def step(self, name: str) -> None:
        self.diary.append(name)
        if name in self.fails:
            raise self.fails.pop(name)


@pytest.fixture(autouse=True)
def _diary() -> None:
    Hall.diary, Hall.fails = [], {}


FAILURES = [RuntimeError("boom"), TypeError("boom"), EventError("boom"), SystemExit(1)]
failing = pytest.mark.parametrize(
    "failure", FAILURES, ids=lambda one: type(one).__name__
)


@every_world
def test_an_object_lives_from_its_first_client_to_its_last(world: World) -> None:
    """All clients of a name share it; the next first client gets another."""
    site = world.site(Hall)
    first, second = Line(site), Line(site)
    first.join("/halls/1")
    second.join("/halls/1")
    where = first.call("/halls/1", "where")
    assert second.call("/halls/1", "where") == where
    assert list(site.router.live) == ["/halls/1"]
    first.leave("/halls/1")
    assert id(site.router.live["/halls/1"]) == where
    old = weakref.ref(site.router.live["/halls/1"])
    second.close()
    assert dict(site.router.live) == {}
    in_and_out = ["connect", "accepted"] * 2 + ["disconnect"] * 2
    assert Hall.diary == ["made", "opened", *in_and_out, "closed"]
    gc.collect()
    assert old() is None
    first.join("/halls/1")
    first.close()
    assert Hall.diary.count("made") == 2
    assert left_behind(site) == {}


@every_world
@failing
@pytest.mark.parametrize("step", ["made", "opened"])
def test_an_object_that_cannot_be_made_or_opened_refuses_its_client(
    world: World, step: str, failure: BaseException
) -> None:
    """Nothing is left of it, nothing is closed, and the next client gets a new one."""
    site = world.site(Hall)
    tape, line = Tape(site), Line(site)
    Hall.fails = {step: failure}
    told = line.refusal("/halls/1")
    if isinstance(failure, EventError):
        assert told == {"message": "", "data": {"code": "boom"}}
    else:
        assert told == INTERNAL
    assert Hall.diary == ["made", "opened"][: 1 + (step == "opened")]
    assert dict(site.router.live) == {}
    assert left_behind(site) == {"environ": 1}
    assert len(tape.take()) == 1
    line.join("/halls/1")
    line.close()
    assert left_behind(site) == {}


@every_world
@failing
def test_an_error_in_accepted_is_recorded_and_the_client_stays(
    world: World, failure: BaseException
) -> None:
    """It was told that it is in; the record of its connect says what failed."""
    site = world.site(Hall)
    tape, line = Tape(site), Line(site)
    Hall.fails = {"accepted": failure}
    line.join("/halls/1")
    assert isinstance(line.call("/halls/1", "where"), int)
    connect, _event = tape.take()
    assert connect.kind == "connect"
    assert connect.outcome != "ok"
    assert connect.error is failure
    line.close()
    assert left_behind(site) == {}


@every_world
@failing
def test_an_error_in_closed_is_recorded_and_goes_no_further(
    world: World, failure: BaseException
) -> None:
    """The object is gone, and the connection's other namespaces are left as usual."""
    site = world.site(Hall)
    tape, line = Tape(site), Line(site)
    for number in range(3):
        line.join(f"/halls/{number}")
    tape.take()
    Hall.fails = {"closed": failure}
    line.close()
    assert Hall.diary.count("closed") == 3
    outcomes = [d.outcome for d in tape.take()]
    assert outcomes[0] != "ok"
    assert outcomes[1:] == ["ok", "ok"]
    assert left_behind(site) == {}


@every_world
@failing
def test_a_refused_client_is_told_why_although_closing_fails(
    world: World, failure: BaseException
) -> None:
    """The only client is refused, so the object it opened is closed again."""
    site = world.site(Hall)
    line = Line(site)
    Hall.fails = {"closed": failure}
    assert line.refusal("/halls/1", "refuse") == {
        "message": "Connection rejected by server"
    }
    assert Hall.diary == ["made", "opened", "connect", "closed"]
    assert left_behind(site) == {"environ": 1}
    line.close()


@every_world
def test_an_object_that_opened_for_a_refused_client_is_closed(world: World) -> None:
    """It closes behind the refused client, unless somebody else is in."""
    site = world.site(Hall)
    line, other = Line(site), Line(site)
    line.refusal("/halls/1", "refuse")
    assert Hall.diary == ["made", "opened", "connect", "closed"]
    other.join("/halls/1")
    Hall.diary.clear()
    line.refusal("/halls/1", "refuse")
    assert Hall.diary == ["connect"]
    line.close()
    other.close()
    assert left_behind(site) == {}


class Clock(RoutedNamespace, namespace="/clocks/<int:number>"):
    """Its steps wait at gates, where told to."""

    diary: list[Any]
    stops: set[str]
    reached: Any
    go: Any

    def opened(self) -> None:
        self.step("opened")

    def closed(self) -> None:
        self.step("closed")
        self.diary.append((id(self), "closed, done"))

    def step(self, name: str) -> None:
        self.diary.append((id(self), name))
        if name in self.stops:
            self.stops.discard(name)
            self.reached.set()
            wait_for(self.go)


@every_world
def test_a_client_that_joins_while_the_object_closes_gets_a_new_one(
    world: World,
) -> None:
    """The old object's `closed` has ended before the new one's `opened` begins."""
    site = world.site(Clock)
    Clock.diary, Clock.stops = [], {"closed"}
    with gate(site) as (Clock.reached, Clock.go):
        leaver, newcomer = Line(site), Line(site)
        leaver.join("/clocks/1")
        left = run_beside(site, lambda: leaver.leave("/clocks/1"))
        wait_for(Clock.reached)
        joining = run_beside(site, lambda: newcomer.say(packet.CONNECT, "/clocks/1"))
        settle(site, lambda: len(site.socketio.server.manager.rooms["/clocks/1"]) > 2)
        assert packet.CONNECT not in newcomer.kinds("/clocks/1") or world.always_connect
        Clock.go.set()
        left()
        joining()
    (old, _), (_, _), (_, third), (new, fourth) = Clock.diary
    assert (third, fourth) == ("closed, done", "opened")
    assert site.router.live["/clocks/1"] is not None
    assert [step for one, step in Clock.diary if one == new][-1] == "opened"
    assert old is not None
    newcomer.close()
    leaver.close()
    assert left_behind(site) == {}


@every_world
@pytest.mark.parametrize("fails", [False, True])
def test_clients_that_join_while_the_object_opens_wait_for_it(
    world: World, fails: bool
) -> None:
    """They share it; where it fails to open, all of them are refused."""

    class Opening(Clock, namespace="/opening/<int:number>"):
        def opened(self) -> None:
            super().opened()
            if fails:
                raise RuntimeError("cannot open")

    site = world.site(Opening)
    Clock.diary, Clock.stops = [], {"opened"}
    with gate(site) as (Clock.reached, Clock.go):
        lines = [Line(site) for _ in range(4)]
        joins = [
            run_beside(site, lambda one=line: one.say(packet.CONNECT, "/opening/1"))
            for line in lines
        ]
        wait_for(Clock.reached)
        (place,) = site.router._live.places.values()
        settle(site, lambda: len(place.members) == 4)
        Clock.go.set()
        for join in joins:
            join()
    refused = packet.DISCONNECT if world.always_connect else packet.CONNECT_ERROR
    last = refused if fails else packet.CONNECT
    assert {line.kinds("/opening/1")[-1] for line in lines} == {last}
    assert [step for _, step in Clock.diary] == ["opened"]
    for line in lines:
        line.close()
    assert left_behind(site) == {}


class Blocked(RoutedNamespace, namespace="/blocked/<int:number>"):
    """Closing it takes until the gate is opened."""

    reached: Any
    go: Any

    def closed(self) -> None:
        self.reached.set()
        wait_for(self.go)


@every_world
def test_a_namespace_that_takes_long_to_close_keeps_no_other_waiting(
    world: World,
) -> None:
    """No lock of nsroute's is held while user code runs."""
    site = world.site(Blocked, Hall)
    with gate(site) as (Blocked.reached, Blocked.go):
        line, other = Line(site), Line(site)
        line.join("/blocked/1")
        left = run_beside(site, lambda: line.leave("/blocked/1"))
        wait_for(Blocked.reached)
        other.join("/blocked/2")
        other.join("/halls/1")
        assert isinstance(other.call("/halls/1", "where"), int)
        Blocked.go.set()
        left()
        other.close()
    line.close()
    assert left_behind(site) == {}


@every_world
def test_the_context_is_the_clients_in_each_hook(world: World) -> None:
    """Request, session, app and rooms work in `opened`, `accepted` and `closed` too."""
    seen: dict[str, Any] = {}

    class Seer(RoutedNamespace, namespace="/seers/<int:number>"):
        def opened(self) -> None:
            self.note("opened")

        def accepted(self) -> None:
            self.note("accepted")

        def closed(self) -> None:
            self.note("closed")

        def note(self, step: str) -> None:
            session[step] = True
            seen[step] = (
                request.sid,
                request.namespace,
                request.event["message"],
                current_app.name,
                list(session),
                self.client is self.client,
                request.sid in rooms(),
            )

    site = world.site(Seer)
    line = Line(site)
    sid = line.join("/seers/1")
    line.close()
    here = (sid, "/seers/1", "connect", "world")
    assert seen["opened"] == (*here, ["opened"], True, True)
    assert seen["accepted"] == (*here, ["opened", "accepted"], True, True)
    assert seen["closed"][2] == "disconnect"
    assert seen["closed"][4] == ["opened", "accepted", "closed"]
    assert left_behind(site) == {}


@every_world
def test_what_is_kept_for_a_client_goes_with_it(world: World) -> None:
    """`self.client` is one dict per stay, not per connection."""

    class Keeper(RoutedNamespace, namespace="/keepers/<int:number>"):
        @on("keep")
        def keep(self, value: int) -> list[Any]:
            before = self.client.get("kept")
            self.client["kept"] = value
            return [before, len(self.clients)]

    site = world.site(Keeper)
    line, other = Line(site), Line(site)
    line.join("/keepers/1")
    other.join("/keepers/1")
    assert line.call("/keepers/1", "keep", 1) == [None, 2]
    assert line.call("/keepers/1", "keep", 2) == [1, 2]
    assert other.call("/keepers/1", "keep", 3) == [None, 2]
    line.leave("/keepers/1")
    line.join("/keepers/1")
    assert line.call("/keepers/1", "keep", 4) == [None, 2]
    line.close()
    other.close()
    assert left_behind(site) == {}


@every_world
def test_a_namespace_by_itself_keeps_the_same_rules(world: World) -> None:
    """Without a router an exact namespace opens, closes and opens again."""
    site = world.app()
    hall = Hall("/halls/7")
    site.socketio.on_namespace(hall)
    tape, line, other = Tape(site, sender=hall), Line(site), Line(site)
    Hall.fails = {"opened": RuntimeError("boom")}
    assert line.refusal("/halls/7") == INTERNAL
    line.join("/halls/7")
    other.join("/halls/7")
    assert other.call("/halls/7", "connect")["error"]["code"] == "reserved_event"
    line.close()
    other.leave("/halls/7")
    other.join("/halls/7")
    other.close()
    ends = ["disconnect", "disconnect", "closed", "opened"]
    assert [step for step in Hall.diary if step in ends][2:] == [*ends, *ends[1:3]]
    kinds = [d.kind for d in tape.take()]
    assert kinds.count("connect") == 4
    assert kinds.count("disconnect") == 3
    assert left_behind(site) == {}
