"""The app's own functions beside a router open no way round it."""

from __future__ import annotations

from typing import Any

import pytest

from nsroute import MountError, MountWarning
from tests.support.hostile_targets import Room, mounted
from tests.support.lines import Line, Tape, left_behind
from tests.support.worlds import PLAIN, WORLDS, World

pytestmark = pytest.mark.usefixtures("quiet")
every_world = pytest.mark.parametrize("world", WORLDS, ids=str)


@pytest.fixture(autouse=True)
def _diary() -> None:
    Room.diary = []


@every_world
def test_a_late_function_on_a_routed_name_shuts_its_clients_out(world: World) -> None:
    """Where a function takes the connect, events are `not_connected`, and say so."""
    site = world.site(Room)
    seen: list[str] = []

    @site.socketio.on("connect", namespace="/rooms/1")
    def beside() -> None:
        seen.append("function")

    tape, line = Tape(site), Line(site)
    line.join("/rooms/1")
    line.join("/rooms/2")
    answer = line.call("/rooms/1", "say", "a")
    assert answer["error"]["code"] == "not_connected"
    assert line.call("/rooms/2", "say", "b") == "b"
    assert seen == ["function"]
    assert tape.shown() == [
        ("connect", "connect", "ok", None),
        ("event", "say", "rejected", "not_connected"),
        ("event", "say", "ok", None),
    ]
    line.close()
    assert Room.diary == ["connect", "transport close"]
    assert left_behind(site) == {}


@every_world
@pytest.mark.parametrize("how", ["transport", "packet", "server"])
def test_a_connect_that_a_function_on_the_star_took_ends_with_its_connection(
    world: World, how: str
) -> None:
    """Its clients are nobody's, but they are not forgotten."""
    site = world.app()
    seen: list[Any] = []
    site.socketio.on("connect", namespace="*")(lambda *args: seen.append("in"))
    site.socketio.on("disconnect", namespace="*")(lambda *args: seen.append("out"))
    with pytest.warns(MountWarning, match="takes this event away"):
        mounted(site)
    line = Line(site)
    sid = line.join("/rooms/7")
    assert line.call("/rooms/7", "say", "a")["error"]["code"] == "not_connected"
    if how == "packet":
        line.leave("/rooms/7")
    elif how == "server":
        site.socketio.server.disconnect(sid, "/rooms/7")
    line.close()
    assert seen == ["in", "out"]
    assert Room.diary == []
    assert left_behind(site) == {}


@every_world
def test_a_function_on_the_star_lets_nobody_into_an_unrouted_name(world: World) -> None:
    """It is refused before the function is asked."""
    site = world.app()
    site.socketio.on("connect", namespace="*")(lambda *args: None)
    with pytest.warns(MountWarning, match="takes this event away"):
        mounted(site)
    line = Line(site)
    assert line.refusal("/nowhere") == "Unable to connect"
    line.close()
    assert left_behind(site) == {}


@every_world
@pytest.mark.parametrize("how", ["transport", "packet", "server"])
def test_a_function_that_takes_the_disconnect_does_not_keep_the_object(
    world: World, how: str
) -> None:
    """The class is told all the same, once, and the object goes."""
    site = world.app()
    seen: list[Any] = []
    site.socketio.on("disconnect", namespace="/rooms/1")(lambda *_: seen.append("out"))
    with pytest.warns(MountWarning, match="'disconnect' on '/rooms/1'"):
        mounted(site)
    line = Line(site)
    sid = line.join("/rooms/1")
    if how == "packet":
        line.leave("/rooms/1")
    elif how == "server":
        site.socketio.server.disconnect(sid, "/rooms/1")
    else:
        line.close()
    assert seen == ["out"]
    assert len(Room.diary) == 2
    assert dict(site.router.live) == {}
    line.close()
    assert len(Room.diary) == 2
    assert left_behind(site) == {}


def test_a_function_that_takes_the_connect_of_a_route_is_refused_at_mount() -> None:
    """The class would never see its clients."""
    site = PLAIN.app()
    site.socketio.on("connect", namespace="/rooms/1")(lambda: None)
    with pytest.raises(MountError, match="'connect' on '/rooms/1'"):
        mounted(site)


def test_a_function_on_the_star_for_all_events_is_said_never_to_work() -> None:
    """Flask-SocketIO mixes up its arguments; mounting says so."""
    site = PLAIN.app()
    site.socketio.on("*", namespace="*")(lambda *args: None)
    with pytest.warns(MountWarning, match="never works"):
        mounted(site)
