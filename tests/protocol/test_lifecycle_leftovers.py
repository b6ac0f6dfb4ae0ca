"""What is kept of a client beside the namespace goes when the client does."""

from __future__ import annotations

from typing import Any

import pytest
from flask import request

from nsroute import RoutedNamespace, on
from tests.support.lines import Line, Refused, left_behind
from tests.support.waiting import gate, run_beside, settle, wait_for
from tests.support.worlds import WORLDS, World

every_world = pytest.mark.parametrize("world", WORLDS, ids=str)
BINARY = [one for one in WORLDS if one.serializer == "default"]
"""Those in which binary comes in packets of its own."""
HALF = '51-/doors/1,1["open",{"_placeholder":true,"num":0}]'
"""The beginning of a binary event, of which the attachment never comes."""


class Door(RoutedNamespace, namespace="/doors/<int:number>"):
    """It lets in all but the bad, and takes its time."""

    reached: Any = None
    go: Any = None

    @on("connect")
    def join(self, auth: Any) -> bool:
        if self.reached is not None:
            self.reached.set()
            wait_for(self.go)
        self.save_session(request.sid, {"user": auth})
        return auth != "bad"

    @on("user")
    def user(self) -> Any:
        return self.get_session(request.sid).get("user")

    @on("open")
    def open(self, _: bytes) -> None: ...


@pytest.mark.parametrize("auth", ["good", "bad"])
@pytest.mark.parametrize("world", BINARY, ids=str)
def test_half_a_packet_goes_with_its_connection(
    world: World, auth: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client that began a binary event while it was joining leaves none of it."""
    site = world.site(Door)
    with gate(site) as (reached, go):
        monkeypatch.setattr(Door, "reached", reached)
        monkeypatch.setattr(Door, "go", go)
        line = Line(site)

        def join() -> None:
            try:
                line.join("/doors/1", auth)
            except Refused:
                return

        wait = run_beside(site, join)
        wait_for(reached)
        line.frame(HALF)
        assert left_behind(site)["binary"] == 1
        go.set()
        wait()
        line.close()
    settle(site, lambda: not left_behind(site))
    assert left_behind(site) == {}


@every_world
def test_what_save_session_keeps_goes_with_the_stay(world: World) -> None:
    """Nobody is served what a refused client was, or what was kept before a leave."""
    site = world.site(Door)
    line = Line(site)
    with pytest.raises(Refused):
        line.join("/doors/1", "bad")
    kept = site.socketio.server.eio.get_session(line.eio_sid)
    assert kept == {}
    for number in range(1, 4):
        line.join(f"/doors/{number}", "good")
        assert line.call(f"/doors/{number}", "user") == "good"
        line.leave(f"/doors/{number}")
    settle(site, lambda: kept == {})
    line.join("/doors/1")
    assert line.call("/doors/1", "user") is None
    assert list(kept) == ["/doors/1"]
    line.close()
    assert left_behind(site) == {}
