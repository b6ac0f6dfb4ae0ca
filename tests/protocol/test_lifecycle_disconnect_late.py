"""What comes too late for a client that has gone does nothing and leaves nothing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.lifecycle_namespaces import Room, reasons
from tests.support.lines import Line, Tape, left_behind
from tests.support.waiting import gate, run_beside, settle, wait_for
from tests.support.worlds import WORLDS, World

pytestmark = pytest.mark.usefixtures("quiet")
every_world = pytest.mark.parametrize("world", WORLDS, ids=str)


@pytest.fixture(autouse=True)
def _diary() -> None:
    Room.diary, Room.raises = [], {}


@every_world
@pytest.mark.parametrize("others", [False, True])
def test_a_handler_that_outlives_its_client_leaves_no_room(
    world: World, others: bool
) -> None:
    """`join_room` then fails, is recorded, and keeps no name in the manager."""
    site = world.site(Room)
    with gate(site) as (Room.reached, Room.go):
        tape, line, other = Tape(site), Line(site), Line(site)
        line.join("/rooms/1")
        if others:
            other.join("/rooms/1")
        said = run_beside(site, lambda: line.emit("/rooms/1", "late", "r-late"))
        wait_for(Room.reached)
        line.close()
        Room.go.set()
        said()
        while (dispatch := tape.next()).kind != "event":
            pass
    assert dispatch.outcome == ("rejected" if world.error_default else "error")
    assert isinstance(dispatch.error, ValueError)
    if others:
        assert other.call("/rooms/1", "say", "a") == "a"
        found = site.socketio.server.manager.rooms["/rooms/1"]
        # That of all clients, and the only client's own.
        settle(site, lambda: len(found) == 2)
    other.close()
    assert reasons()[0] == (1, "transport close")
    settle(site, lambda: not left_behind(site))


@every_world
def test_an_event_that_comes_after_its_client_left_is_dropped(world: World) -> None:
    """It runs no handler, makes no object anew, and is recorded as late."""
    site = world.site(Room)
    tape, line = Tape(site), Line(site)
    sid = line.join("/rooms/1")
    line.leave("/rooms/1")
    tape.take()
    server: Any = site.socketio.server
    # What upstream does when the thread of an event starts after its client left.
    server._handle_event_internal(
        server, sid, line.eio_sid, ["say", "late"], "/rooms/1", 7
    )
    assert tape.shown() == [("event", "say", "late", None)]
    assert not line.answered("/rooms/1", 7)
    assert dict(site.router.live) == {}
    line.close()
    assert left_behind(site) == {}


@every_world
def test_a_disconnect_that_comes_too_late_is_nothing(world: World) -> None:
    """The other one has ended between the look at the client and its removal."""
    site = world.site(Room)
    line = Line(site)
    sid = line.join("/rooms/1")
    server: Any = site.socketio.server
    looked = server.manager.can_disconnect

    def overtaken(sid: str, namespace: str) -> Any:
        found = looked(sid, namespace)
        line.leave(namespace)
        return found

    server.manager.can_disconnect = overtaken
    server.disconnect(sid, "/rooms/1")
    assert reasons() == [(1, "client disconnect")]
    assert left_behind(site) == {"environ": 1}
    line.close()
    assert left_behind(site) == {}
