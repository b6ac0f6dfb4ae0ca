"""Each stay of a client ends once, although its end comes late, twice or unseen."""

from __future__ import annotations

from typing import Any

import pytest
from socketio import packet

from nsroute import MetaRouter, MountWarning, RoutedNamespace, on
from nsroute.upstream import departures
from nsroute.upstream.lifecycle import sweep_pending
from tests.support.dispatch_recorder import DispatchRecorder
from tests.support.packet_client import PacketClient
from tests.support.server_configs import DEFAULT_CONFIG, ServerConfig
from tests.support.sites import left_behind

pytestmark = pytest.mark.usefixtures("quiet")


class Room(RoutedNamespace, namespace="/rooms/<int:number>"):
    @on("say")
    def say(self, text: str) -> str:
        return text


def test_a_stay_that_a_function_ended_unseen_ends_when_the_client_comes_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where the watch does not see disconnects, the next connect tells."""
    monkeypatch.setitem(departures.EXPECTED, "_handle_disconnect", ["other"])
    site = DEFAULT_CONFIG.app()
    site.socketio.on("disconnect", namespace="/rooms/1")(lambda *_: None)
    with pytest.warns(MountWarning, match="disconnect"):
        site.router = MetaRouter([Room]).mount(site.socketio)
    recorder, client = DispatchRecorder(site), PacketClient(site)
    for _ in range(2):
        client.join("/rooms/1")
        client.leave("/rooms/1")
    client.close()
    kinds = [d.kind for d in recorder.take()]
    assert kinds == ["connect", "disconnect"] * 2
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
    failing = site.socketio.server.manager
    connect = failing.connect

    def fail(*_: Any) -> None:
        failing.connect = connect
        raise KeyError("/lobby")

    other = PacketClient(site)
    failing.connect = fail
    other.send_packet(packet.CONNECT, "/lobby")
    assert other.kinds("/lobby") == [packet.CONNECT, packet.DISCONNECT]
    other.close()
    client.close()
    assert left_behind(site) == {}


def test_what_ends_late_takes_nothing_from_who_came_after_it() -> None:
    """Neither the name's next object nor the connection's next stay in it."""
    site = DEFAULT_CONFIG.site(Room)
    client = PacketClient(site)
    client.join("/rooms/1")
    desk = site.router._live
    old_place = desk.places["/rooms/1"]
    (old,) = desk.clients(client.eio_sid)
    client.leave("/rooms/1")
    client.join("/rooms/1")
    desk.gone(old_place)
    desk.left(old)
    assert client.call("/rooms/1", "say", "still") == "still"
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


def test_the_end_of_what_is_gone_already_is_nothing_in_a_namespace_by_itself() -> None:
    """Its next clients are not put out by the last ones."""
    site = DEFAULT_CONFIG.app()

    class Lobby(Room):
        """Serves one name."""

    lobby = Lobby("/lobby")
    site.socketio.on_namespace(lobby)
    client = PacketClient(site)
    client.join("/lobby")
    desk: Any = lobby._nsroute_desk
    place = desk.places["/lobby"]
    (old,) = desk.clients(client.eio_sid)
    client.leave("/lobby")
    client.join("/lobby")
    desk.gone(place)
    desk.left(old)
    assert client.call("/lobby", "say", "still") == "still"
    client.close()
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


def test_a_client_that_upstream_loses_before_its_connect_handler_is_refused() -> None:
    """Another thread has emptied the namespace meanwhile; the record tells the cure."""
    site = DEFAULT_CONFIG.site(Room)
    recorder, client = DispatchRecorder(site), PacketClient(site)
    server: Any = site.socketio.server
    trigger = server._trigger_event

    def lose(*args: Any) -> Any:
        server._trigger_event = trigger
        server.manager.rooms.clear()
        return trigger(*args)

    server._trigger_event = lose
    assert client.refusal("/rooms/1") == {"message": "internal error"}
    assert recorder.shown() == [("connect", "connect", "error", "internal_error")]
    assert "SafeManager" in str(recorder.all[0].error)
    client.join("/rooms/1")
    client.close()
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
    assert recorder.shown() == [("connect", "connect", "error", "internal_error")]
    assert left_behind(site) == {"environ": 1}
    client.join("/rooms/1")
    client.close()
    assert left_behind(site) == {}


def test_who_is_leaving_just_then_stays_noted() -> None:
    """Only of clients that are gone is it forgotten that they leave."""
    site = DEFAULT_CONFIG.site(Room)
    client = PacketClient(site)
    sid = client.join("/rooms/1")
    server: Any = site.socketio.server
    server.manager.pre_disconnect(sid, "/rooms/1")
    sweep_pending(server, "/rooms/1")
    assert server.manager.pending_disconnect == {"/rooms/1": [sid]}
    client.close()
    assert left_behind(site) == {}
