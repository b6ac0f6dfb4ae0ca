"""The admin UI of Socket.IO beside a router opens no way round it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from socketio import packet

from tests.support.dispatch_recorder import DispatchRecorder
from tests.support.hostile_sites import Room, mounted
from tests.support.packet_client import PacketClient
from tests.support.server_configs import DEFAULT_CONFIG, ServerConfig
from tests.support.sites import Site, left_behind

pytestmark = pytest.mark.usefixtures("quiet")


@pytest.fixture(autouse=True)
def _diary() -> None:
    Room.event_log = []


@pytest.fixture
def instrumented() -> Iterator[Any]:
    """Yield what turns the admin UI on, and turn it off again."""
    on_now: list[Any] = []

    def instrument(site: Site, mode: str) -> None:
        server: Any = site.socketio.server
        on_now.append(
            server.instrument(auth=False, mode=mode, server_stats_interval=0.02)
        )

    yield instrument
    for one in on_now:
        one.shutdown() if one.stats_task else None
        one.uninstrument()


@pytest.mark.parametrize("mode", ["development", "production"])
@pytest.mark.parametrize("order", ["before", "after"])
def test_the_admin_ui_works_beside_a_router(
    instrumented: Any, mode: str, order: str
) -> None:
    """Its clients reach no class of the router; rooms are left as they should be."""
    site = DEFAULT_CONFIG.app()
    if order == "before":
        instrumented(site, mode)
    mounted(site)
    if order == "after":
        instrumented(site, mode)
    recorder, admin, client = (
        DispatchRecorder(site),
        PacketClient(site),
        PacketClient(site),
    )
    admin.join("/admin")
    client.join("/rooms/1")
    client.join("/rooms/2")
    assert client.call("/rooms/1", "say", "seen") == "seen"
    client.leave("/rooms/1")
    client.close()
    admin.close()
    assert Room.event_log == ["connect"] * 2 + ["client disconnect", "transport close"]
    assert {d.namespace for d in recorder.take()} == {"/rooms/1", "/rooms/2"}
    assert left_behind(site) == {}


def test_the_admin_ui_cannot_be_made_to_strand_a_client(instrumented: Any) -> None:
    """A spoofed disconnect confuses it; the genuine ones are handled all the same."""
    site = mounted(ServerConfig(async_handlers=False).app())
    instrumented(site, "development")
    client = PacketClient(site)
    for number in range(4):
        client.join(f"/rooms/{number}")
    client.emit("/rooms/0", "disconnect", "x")
    client.emit("/rooms/1", "disconnect", "x")
    assert Room.event_log == ["connect"] * 4
    client.leave("/rooms/0")  # the admin UI raises before anybody is called
    client.close()
    assert Room.event_log[4:] == ["transport close"] * 4
    assert left_behind(site) == {}


def test_an_admin_may_disconnect_clients_of_a_room(instrumented: Any) -> None:
    """What the admin UI does to a client is a disconnect like any."""
    site = mounted(ServerConfig(async_handlers=False).app())
    instrumented(site, "development")
    admin, client = PacketClient(site), PacketClient(site)
    admin.join("/admin")
    sid = client.join("/rooms/1")
    admin.emit("/admin", "_disconnect", "/rooms/1", False, sid)
    assert Room.event_log == ["connect", "server disconnect"]
    assert client.kinds("/rooms/1")[-1] == packet.DISCONNECT
    admin.close()
    client.close()
    assert left_behind(site) == {}
