"""What comes too late for a client that has gone does nothing and leaves nothing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.concurrency import gate, run_beside, settle, wait_for
from tests.support.dispatch_recorder import DispatchRecorder
from tests.support.lifecycle_namespaces import Room, reasons
from tests.support.packet_client import PacketClient
from tests.support.server_configs import SERVER_CONFIGS, ServerConfig
from tests.support.sites import left_behind

pytestmark = pytest.mark.usefixtures("quiet")
every_config = pytest.mark.parametrize("config", SERVER_CONFIGS, ids=str)


@pytest.fixture(autouse=True)
def _diary() -> None:
    Room.event_log, Room.raises = [], {}


@every_config
@pytest.mark.parametrize("others", [False, True])
def test_a_handler_that_outlives_its_client_leaves_no_room(
    config: ServerConfig, others: bool
) -> None:
    """`join_room` then fails, is recorded, and keeps no name in the manager."""
    site = config.site(Room)
    with gate(site) as (Room.reached, Room.go):
        recorder, client, other = (
            DispatchRecorder(site),
            PacketClient(site),
            PacketClient(site),
        )
        client.join("/rooms/1")
        if others:
            other.join("/rooms/1")
        said = run_beside(site, lambda: client.emit("/rooms/1", "late", "r-late"))
        wait_for(Room.reached)
        client.close()
        Room.go.set()
        said()
        while (dispatch := recorder.next()).kind != "event":
            pass
    assert dispatch.outcome == ("rejected" if config.error_default else "error")
    assert isinstance(dispatch.error, ValueError)
    if others:
        assert other.call("/rooms/1", "say", "a") == "a"
        found = site.socketio.server.manager.rooms["/rooms/1"]
        # That of all clients, and the only client's own.
        settle(site, lambda: len(found) == 2)
    other.close()
    assert reasons()[0] == (1, "transport close")
    settle(site, lambda: not left_behind(site))


@every_config
def test_an_event_that_comes_after_its_client_left_is_dropped(
    config: ServerConfig,
) -> None:
    """It runs no handler, makes no object anew, and is recorded as late."""
    site = config.site(Room)
    recorder, client = DispatchRecorder(site), PacketClient(site)
    sid = client.join("/rooms/1")
    client.leave("/rooms/1")
    recorder.take()
    server: Any = site.socketio.server
    # What upstream does when the thread of an event starts after its client left.
    server._handle_event_internal(
        server, sid, client.eio_sid, ["say", "late"], "/rooms/1", 7
    )
    assert recorder.shown() == [("event", "say", "late", None)]
    assert not client.is_acknowledged("/rooms/1", 7)
    assert dict(site.router.live) == {}
    client.close()
    assert left_behind(site) == {}


@every_config
def test_a_disconnect_that_comes_too_late_is_nothing(config: ServerConfig) -> None:
    """The other one has ended between the look at the client and its removal."""
    site = config.site(Room)
    client = PacketClient(site)
    sid = client.join("/rooms/1")
    server: Any = site.socketio.server
    looked = server.manager.can_disconnect

    def overtaken(sid: str, namespace: str) -> Any:
        found = looked(sid, namespace)
        client.leave(namespace)
        return found

    server.manager.can_disconnect = overtaken
    server.disconnect(sid, "/rooms/1")
    assert reasons() == [(1, "client disconnect")]
    assert left_behind(site) == {"environ": 1}
    client.close()
    assert left_behind(site) == {}
