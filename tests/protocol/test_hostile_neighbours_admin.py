"""The admin UI of Socket.IO beside a router opens no way round it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from socketio import packet

from tests.support.hostile_targets import Room, mounted
from tests.support.lines import Line, Tape, left_behind
from tests.support.servers import Site
from tests.support.worlds import PLAIN, World

pytestmark = pytest.mark.usefixtures("quiet")


@pytest.fixture(autouse=True)
def _diary() -> None:
    Room.diary = []


@pytest.fixture
def instrumented() -> Iterator[Any]:
    """Give what turns the admin UI on, and turn it off again."""
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
    site = PLAIN.app()
    if order == "before":
        instrumented(site, mode)
    mounted(site)
    if order == "after":
        instrumented(site, mode)
    tape, admin, line = Tape(site), Line(site), Line(site)
    admin.join("/admin")
    line.join("/rooms/1")
    line.join("/rooms/2")
    assert line.call("/rooms/1", "say", "seen") == "seen"
    line.leave("/rooms/1")
    line.close()
    admin.close()
    assert Room.diary == ["connect"] * 2 + ["client disconnect", "transport close"]
    assert {d.namespace for d in tape.take()} == {"/rooms/1", "/rooms/2"}
    assert left_behind(site) == {}


def test_the_admin_ui_cannot_be_made_to_strand_a_client(instrumented: Any) -> None:
    """A spoofed disconnect confuses it; the genuine ones are handled all the same."""
    site = mounted(World(async_handlers=False).app())
    instrumented(site, "development")
    line = Line(site)
    for number in range(4):
        line.join(f"/rooms/{number}")
    line.emit("/rooms/0", "disconnect", "x")
    line.emit("/rooms/1", "disconnect", "x")
    assert Room.diary == ["connect"] * 4
    line.leave("/rooms/0")  # the admin UI raises before anybody is called
    line.close()
    assert Room.diary[4:] == ["transport close"] * 4
    assert left_behind(site) == {}


def test_an_admin_may_disconnect_clients_of_a_room(instrumented: Any) -> None:
    """What the admin UI does to a client is a disconnect like any."""
    site = mounted(World(async_handlers=False).app())
    instrumented(site, "development")
    admin, line = Line(site), Line(site)
    admin.join("/admin")
    sid = line.join("/rooms/1")
    admin.emit("/admin", "_disconnect", "/rooms/1", False, sid)
    assert Room.diary == ["connect", "server disconnect"]
    assert line.kinds("/rooms/1")[-1] == packet.DISCONNECT
    admin.close()
    line.close()
    assert left_behind(site) == {}
