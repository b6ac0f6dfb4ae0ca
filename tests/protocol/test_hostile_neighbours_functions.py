"""The app's own functions beside a router open no way round it."""

from __future__ import annotations

from typing import Any

import pytest

from nsroute import MountError, MountWarning
from tests.support.dispatch_recorder import DispatchRecorder
from tests.support.hostile_sites import Room, mounted
from tests.support.packet_client import PacketClient
from tests.support.server_configs import DEFAULT_CONFIG, SERVER_CONFIGS, ServerConfig
from tests.support.sites import left_behind

pytestmark = pytest.mark.usefixtures("quiet")
every_config = pytest.mark.parametrize("config", SERVER_CONFIGS, ids=str)


@pytest.fixture(autouse=True)
def _diary() -> None:
    Room.event_log = []


@every_config
def test_a_late_function_on_a_routed_name_shuts_its_clients_out(
    config: ServerConfig,
) -> None:
    """Where a function takes the connect, events are `not_connected`, and say so."""
    site = config.site(Room)
    seen: list[str] = []

    @site.socketio.on("connect", namespace="/rooms/1")
    def beside() -> None:
        seen.append("function")

    recorder, client = DispatchRecorder(site), PacketClient(site)
    client.join("/rooms/1")
    client.join("/rooms/2")
    answer = client.call("/rooms/1", "say", "a")
    assert answer["error"]["code"] == "not_connected"
    assert client.call("/rooms/2", "say", "b") == "b"
    assert seen == ["function"]
    assert recorder.shown() == [
        ("connect", "connect", "ok", None),
        ("event", "say", "rejected", "not_connected"),
        ("event", "say", "ok", None),
    ]
    client.close()
    assert Room.event_log == ["connect", "transport close"]
    assert left_behind(site) == {}


@every_config
@pytest.mark.parametrize("how", ["transport", "packet", "server"])
def test_a_connect_that_a_function_on_the_star_took_ends_with_its_connection(
    config: ServerConfig, how: str
) -> None:
    """Its clients are nobody's, but they are not forgotten."""
    site = config.app()
    seen: list[Any] = []
    site.socketio.on("connect", namespace="*")(lambda *args: seen.append("in"))
    site.socketio.on("disconnect", namespace="*")(lambda *args: seen.append("out"))
    with pytest.warns(MountWarning, match="takes this event away"):
        mounted(site)
    client = PacketClient(site)
    sid = client.join("/rooms/7")
    assert client.call("/rooms/7", "say", "a")["error"]["code"] == "not_connected"
    if how == "packet":
        client.leave("/rooms/7")
    elif how == "server":
        site.socketio.server.disconnect(sid, "/rooms/7")
    client.close()
    assert seen == ["in", "out"]
    assert Room.event_log == []
    assert left_behind(site) == {}


@every_config
def test_a_function_on_the_star_lets_nobody_into_an_unrouted_name(
    config: ServerConfig,
) -> None:
    """It is refused before the function is asked."""
    site = config.app()
    site.socketio.on("connect", namespace="*")(lambda *args: None)
    with pytest.warns(MountWarning, match="takes this event away"):
        mounted(site)
    client = PacketClient(site)
    assert client.refusal("/nowhere") == "Unable to connect"
    client.close()
    assert left_behind(site) == {}


@every_config
@pytest.mark.parametrize("how", ["transport", "packet", "server"])
def test_a_function_that_takes_the_disconnect_does_not_keep_the_object(
    config: ServerConfig, how: str
) -> None:
    """The class is told all the same, once, and the object goes."""
    site = config.app()
    seen: list[Any] = []
    site.socketio.on("disconnect", namespace="/rooms/1")(lambda *_: seen.append("out"))
    with pytest.warns(MountWarning, match="'disconnect' on '/rooms/1'"):
        mounted(site)
    client = PacketClient(site)
    sid = client.join("/rooms/1")
    if how == "packet":
        client.leave("/rooms/1")
    elif how == "server":
        site.socketio.server.disconnect(sid, "/rooms/1")
    else:
        client.close()
    assert seen == ["out"]
    assert len(Room.event_log) == 2
    assert dict(site.router.live) == {}
    client.close()
    assert len(Room.event_log) == 2
    assert left_behind(site) == {}


def test_a_function_that_takes_the_connect_of_a_route_is_refused_at_mount() -> None:
    """The class would never see its clients."""
    site = DEFAULT_CONFIG.app()
    site.socketio.on("connect", namespace="/rooms/1")(lambda: None)
    with pytest.raises(MountError, match="'connect' on '/rooms/1'"):
        mounted(site)


def test_a_function_on_the_star_for_all_events_is_said_never_to_work() -> None:
    """Flask-SocketIO mixes up its arguments; mounting says so."""
    site = DEFAULT_CONFIG.app()
    site.socketio.on("*", namespace="*")(lambda *args: None)
    with pytest.warns(MountWarning, match="never works"):
        mounted(site)
