"""Every client that was let in is disconnected once, however its connection ends."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.lifecycle_namespaces import Room, reasons
from tests.support.lines import Line, left_behind
from tests.support.worlds import WORLDS, World

pytestmark = pytest.mark.usefixtures("quiet")
every_world = pytest.mark.parametrize("world", WORLDS, ids=str)


@pytest.fixture(autouse=True)
def _diary() -> None:
    Room.diary, Room.raises = [], {}


@every_world
@pytest.mark.parametrize("reason", ["transport close", "ping timeout"])
def test_a_connection_that_ends_ends_in_all_its_namespaces(
    world: World, reason: str
) -> None:
    """Each gets one disconnect with the reason, in the order in which it was joined."""
    site = world.site(Room)
    line, other = Line(site), Line(site)
    other.join("/rooms/1")
    for number in (3, 1, 2):
        line.join(f"/rooms/{number}")
    line.close(reason)
    assert reasons() == [(3, reason), (1, reason), (2, reason)]
    assert (1, "closed") not in Room.diary
    assert other.call("/rooms/1", "say", "still here") == "still here"
    other.close()
    assert Room.diary[-1] == (1, "closed")
    assert left_behind(site) == {}


@every_world
def test_a_client_that_leaves_is_disconnected_and_may_come_again(world: World) -> None:
    """Leaving twice is leaving once; the second stay is another's."""
    site = world.site(Room)
    line = Line(site)
    sids = set()
    for _ in range(2):
        sids.add(line.join("/rooms/1"))
        line.leave("/rooms/1")
        line.leave("/rooms/1")
    assert len(sids) == 2
    stay = ["opened", "connect", "client disconnect", "closed"]
    assert Room.diary == [(1, step) for step in stay * 2]
    line.close()
    assert len(reasons()) == 2
    assert left_behind(site) == {}


@every_world
def test_two_disconnects_at_once_run_one_handler(world: World) -> None:
    """The server's and the client's, both begun before either has ended."""
    site = world.site(Room)
    line = Line(site)
    sid = line.join("/rooms/1")
    manager: Any = site.socketio.server.manager
    noted = manager.pre_disconnect
    both: list[int] = []

    def at_once(*args: Any, **options: Any) -> Any:
        """Let the second begin where the first has been let through."""
        both.append(1)
        found = noted(*args, **options)
        if len(both) == 1:
            manager.pending_disconnect.pop("/rooms/1")
            line.leave("/rooms/1")
            manager.pending_disconnect.setdefault("/rooms/1", []).append(sid)
        return found

    manager.pre_disconnect = at_once
    site.socketio.server.disconnect(sid, "/rooms/1")
    assert len(both) == 2
    assert len(reasons()) == 1
    assert left_behind(site) == {"environ": 1}
    line.join("/rooms/1")
    line.close()
    assert left_behind(site) == {}


def test_reasons_are_upstreams_own() -> None:
    """A client's, the server's, the transport's, a missing pong's."""
    site = World().site(Room)
    server: Any = site.socketio.server
    lines = [Line(site) for _ in range(5)]
    sids = [line.join(f"/rooms/{n}") for n, line in enumerate(lines)]
    lines[0].leave("/rooms/0")
    server.disconnect(sids[1], "/rooms/1")
    lines[2].close(server.reason.CLIENT_DISCONNECT)
    lines[3].close(server.reason.TRANSPORT_ERROR)
    lines[4].time_out()
    site.socketio.emit("anybody?", namespace="/rooms/4")
    assert [reason for _, reason in reasons()] == [
        "client disconnect",
        "server disconnect",
        "client disconnect",
        "transport error",
        "ping timeout",
    ]
    lines[0].close()
    lines[1].close()
    assert left_behind(site) == {}
