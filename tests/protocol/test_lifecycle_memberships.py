"""Each membership ends once, although its end comes late, twice or unseen."""

from __future__ import annotations

from typing import Any

import pytest
from socketio import packet

from nsroute import MetaRouter, MountWarning, RoutedNamespace, on
from tests.support.dispatch_recorder import DispatchRecorder
from tests.support.packet_client import PacketClient
from tests.support.server_configs import DEFAULT_CONFIG, ServerConfig
from tests.support.sites import left_behind

pytestmark = pytest.mark.usefixtures("quiet")


class Room(RoutedNamespace, namespace="/rooms/<int:number>"):
    @on("say")
    def say(self, text: str) -> str:
        return text


def test_a_function_that_takes_the_disconnect_ends_the_membership_too() -> None:
    """Upstream calls it alone; the client manager tells the router all the same."""
    site = DEFAULT_CONFIG.app()
    site.socketio.on("disconnect", namespace="/rooms/1")(lambda *_: None)
    with pytest.warns(MountWarning, match="disconnect"):
        site.router = MetaRouter([Room]).mount(site.socketio)
    recorder, client = DispatchRecorder(site), PacketClient(site)
    for _ in range(2):
        client.join("/rooms/1")
        client.leave("/rooms/1")
    client.close()
    told = [(d.kind, d.args) for d in recorder.take()]
    left = ("disconnect", ("client disconnect",))
    assert told == [("connect", ()), left] * 2
    assert left_behind(site) == {}


def test_one_namespace_by_itself_forgets_its_clients() -> None:
    """Who was refused, and who comes and goes; others' names are not its own."""
    site = DEFAULT_CONFIG.app()

    class Lobby(Room):
        @on("connect")
        def enter(self, auth: Any = None) -> bool:
            return auth != "refuse"

    site.socketio.on_namespace(Lobby("/lobby"))
    client = PacketClient(site)
    client.refusal("/lobby", "refuse")
    client.join("/lobby")
    assert client.call("/lobby", "say", "a") == "a"
    client.leave("/lobby")
    client.join("/lobby")
    client.close()
    assert left_behind(site) == {}


def test_a_connection_ends_once_however_often_that_is_said() -> None:
    """Two threads may find out at the same time."""
    site = DEFAULT_CONFIG.site(Room)
    recorder, client = DispatchRecorder(site), PacketClient(site)
    client.join("/rooms/1")
    for _ in range(2):
        site.socketio.server._handle_eio_disconnect(client.eio_sid, "transport close")
    assert [d.kind for d in recorder.take()] == ["connect", "disconnect"]
    client.close()
    assert recorder.take() == []
    assert left_behind(site) == {}


def test_a_connection_that_ends_just_before_its_connect_is_late(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No handler runs for it, and it is not taken for another server's."""
    site = DEFAULT_CONFIG.site(Room)
    recorder, client = DispatchRecorder(site), PacketClient(site)
    server: Any = site.socketio.server
    trigger = server._trigger_event

    def end_first(*args: Any) -> Any:
        monkeypatch.setattr(server, "_trigger_event", trigger)
        client.close()
        return trigger(*args)

    monkeypatch.setattr(server, "_trigger_event", end_first)
    client.send_packet(packet.CONNECT, "/rooms/1")
    assert recorder.shown() == [("connect", "connect", "late", None)]
    assert left_behind(site) == {}


def test_a_client_that_leaves_before_its_connect_handler_leaves_nothing() -> None:
    """Where upstream has answered at once, another thread may let it go at once."""
    site = ServerConfig(always_connect=True).site(Room)
    recorder, client = DispatchRecorder(site), PacketClient(site)
    server: Any = site.socketio.server
    trigger = server._trigger_event

    def leave(*args: Any) -> Any:
        server._trigger_event = trigger
        server._handle_disconnect(client.eio_sid, "/rooms/1")
        return trigger(*args)

    server._trigger_event = leave
    client.send_frame("0/rooms/1,")
    assert recorder.shown() == [("connect", "connect", "late", None)]
    assert left_behind(site) == {"environ": 1}
    client.join("/rooms/1")
    client.close()
    assert left_behind(site) == {}
