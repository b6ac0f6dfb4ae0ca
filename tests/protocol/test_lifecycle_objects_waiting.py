"""Who waits for a live object that opens or closes, and who does not."""

from __future__ import annotations

from typing import Any

import pytest
from socketio import packet

from nsroute import RoutedNamespace
from tests.support.lifecycle_namespaces import Hall
from tests.support.lines import Line, left_behind
from tests.support.waiting import gate, run_beside, settle, wait_for
from tests.support.worlds import WORLDS, World

pytestmark = pytest.mark.usefixtures("quiet")
every_world = pytest.mark.parametrize("world", WORLDS, ids=str)


@pytest.fixture(autouse=True)
def _diary() -> None:
    Hall.diary, Hall.fails = [], {}


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
        settle(
            site, lambda: [row.clients for row in site.router.live.overview()] == [4]
        )
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
