"""Every client that was let in is disconnected once, however its connection ends."""

from __future__ import annotations

from typing import Any

import pytest

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
@pytest.mark.parametrize("reason", ["transport close", "ping timeout"])
def test_a_connection_that_ends_ends_in_all_its_namespaces(
    config: ServerConfig, reason: str
) -> None:
    """Each gets one disconnect with the reason, in the order in which it was joined."""
    site = config.site(Room)
    client, other = PacketClient(site), PacketClient(site)
    other.join("/rooms/1")
    for number in (3, 1, 2):
        client.join(f"/rooms/{number}")
    client.close(reason)
    assert reasons() == [(3, reason), (1, reason), (2, reason)]
    assert (1, "closed") not in Room.event_log
    assert other.call("/rooms/1", "say", "still here") == "still here"
    other.close()
    assert Room.event_log[-1] == (1, "closed")
    assert left_behind(site) == {}


@every_config
def test_a_client_that_leaves_is_disconnected_and_may_come_again(
    config: ServerConfig,
) -> None:
    """Leaving twice is leaving once; the second stay is another's."""
    site = config.site(Room)
    client = PacketClient(site)
    sids = set()
    for _ in range(2):
        sids.add(client.join("/rooms/1"))
        client.leave("/rooms/1")
        client.leave("/rooms/1")
    assert len(sids) == 2
    stay = ["opened", "connect", "client disconnect", "closed"]
    assert Room.event_log == [(1, step) for step in stay * 2]
    client.close()
    assert len(reasons()) == 2
    assert left_behind(site) == {}


@every_config
def test_two_disconnects_at_once_run_one_handler(config: ServerConfig) -> None:
    """The server's and the client's, both begun before either has ended."""
    site = config.site(Room)
    client = PacketClient(site)
    sid = client.join("/rooms/1")
    manager: Any = site.socketio.server.manager
    noted = manager.pre_disconnect
    both: list[int] = []

    def at_once(*args: Any, **options: Any) -> Any:
        """Let the second begin where the first has been let through."""
        both.append(1)
        found = noted(*args, **options)
        if len(both) == 1:
            manager.pending_disconnect.pop("/rooms/1")
            client.leave("/rooms/1")
            manager.pending_disconnect.setdefault("/rooms/1", []).append(sid)
        return found

    manager.pre_disconnect = at_once
    site.socketio.server.disconnect(sid, "/rooms/1")
    assert len(both) == 2
    assert len(reasons()) == 1
    assert left_behind(site) == {"environ": 1}
    client.join("/rooms/1")
    client.close()
    assert left_behind(site) == {}


def test_reasons_are_upstreams_own() -> None:
    """A client's, the server's, the transport's, a missing pong's."""
    site = ServerConfig().site(Room)
    server: Any = site.socketio.server
    clients = [PacketClient(site) for _ in range(5)]
    sids = [client.join(f"/rooms/{n}") for n, client in enumerate(clients)]
    clients[0].leave("/rooms/0")
    server.disconnect(sids[1], "/rooms/1")
    clients[2].close(server.reason.CLIENT_DISCONNECT)
    clients[3].close(server.reason.TRANSPORT_ERROR)
    clients[4].time_out()
    site.socketio.emit("anybody?", namespace="/rooms/4")
    assert [reason for _, reason in reasons()] == [
        "client disconnect",
        "server disconnect",
        "client disconnect",
        "transport error",
        "ping timeout",
    ]
    clients[0].close()
    clients[1].close()
    assert left_behind(site) == {}
