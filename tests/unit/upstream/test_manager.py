"""`SafeManager`: who hears what, and what a server is spared by it."""

from __future__ import annotations

from typing import Any

import pytest
from flask_socketio import SocketIO
from nsroute.manager import SafeManager
from socketio import packet

from tests.support.concurrency import gate, run_beside, wait_for
from tests.support.manager_rooms import Room, SafeBus, site_of
from tests.support.packet_client import PacketClient
from tests.support.server_configs import DEFAULT_CONFIG, SERVER_CONFIGS, ServerConfig
from tests.support.sites import left_behind

pytestmark = pytest.mark.usefixtures("quiet")
every_config = pytest.mark.parametrize("config", SERVER_CONFIGS, ids=str)


@pytest.mark.parametrize("kind", [SafeManager, SafeBus])
@pytest.mark.parametrize("mode", ["threading", "gevent"])
@pytest.mark.parametrize("auth", ["accept", "refuse"])
def test_who_is_not_in_yet_hears_what_is_sent_to_it_alone(
    kind: type[SafeManager], mode: str, auth: str
) -> None:
    """Neither broadcasts nor what goes to a room reaches it before it is let in."""
    site = site_of(ServerConfig(mode), kind())
    with gate(site) as (Room.reached, Room.go):
        client, other = PacketClient(site), PacketClient(site)
        other.join("/rooms/1")
        joined = run_beside(
            site, lambda: client.send_packet(packet.CONNECT, "/rooms/1", auth)
        )
        wait_for(Room.reached)
        assert other.call("/rooms/1", "say", "confidential") == "confidential"
        site.socketio.emit("news", namespace="/rooms/1")
        assert client.received("/rooms/1") == [("hello",)]
        Room.go.set()
        joined()
    if auth == "accept":
        other.call("/rooms/1", "say", "welcome")
        assert client.received("/rooms/1") == [
            ("said", "welcome"),
            ("said inside", "welcome"),
        ]
    else:
        assert client.kinds("/rooms/1")[-1] == packet.CONNECT_ERROR
    assert [event for event, *_ in other.received("/rooms/1")][:3] == [
        "hello",
        "joins",
        "said",
    ]
    client.close()
    other.close()
    assert left_behind(site) == {}


@every_config
def test_it_serves_as_the_manager_of_python_socketio_does(config: ServerConfig) -> None:
    """Rooms, sids, lists of rooms, everybody but one: all arrives where it should."""
    site = site_of(config, SafeManager())
    clients = [PacketClient(site) for _ in range(3)]
    sids = [client.join("/rooms/1") for client in clients]
    server: Any = site.socketio.server
    for client in clients:
        client.drain()
        client.packets.clear()
    emit = site.socketio.emit
    server.enter_room(sids[0], "a", "/rooms/1")
    server.enter_room(sids[1], "b", "/rooms/1")
    emit("all", namespace="/rooms/1")
    emit("a", namespace="/rooms/1", to="a")
    emit("a or b", namespace="/rooms/1", to=["a", "b"])
    emit("not 0", namespace="/rooms/1", skip_sid=sids[0])
    emit("only 2", namespace="/rooms/1", to=sids[2])
    assert set(server.rooms(sids[0], "/rooms/1")) == {sids[0], "inside", "a"}
    server.leave_room(sids[0], "a", "/rooms/1")
    server.close_room("inside", "/rooms/1")
    emit("nobody", namespace="/rooms/1", to="inside")
    emit("nobody", namespace="/rooms/1", to="a")
    heard = [[event for event, *_ in client.received("/rooms/1")] for client in clients]
    assert heard == [
        ["all", "a", "a or b"],
        ["all", "a or b", "not 0"],
        ["all", "not 0", "only 2"],
    ]
    assert server.manager.get_namespaces() == ["/rooms/1"]
    for client in clients:
        client.close()
    assert left_behind(site) == {}


def test_a_room_closes_for_those_too_who_are_not_in_yet() -> None:
    """Who is let in afterwards is not in the closed room."""
    site = site_of(DEFAULT_CONFIG, SafeManager())
    with gate(site) as (Room.reached, Room.go):
        client = PacketClient(site)
        joined = run_beside(
            site, lambda: client.send_packet(packet.CONNECT, "/rooms/1", "accept")
        )
        wait_for(Room.reached)
        site.socketio.close_room("inside", namespace="/rooms/1")
        Room.go.set()
        joined()
    assert client.call("/rooms/1", "say", "a") == "a"
    assert [event for event, *_ in client.received("/rooms/1")] == ["hello", "said"]
    client.close()
    assert left_behind(site) == {}


def test_nobody_who_has_left_enters_a_room() -> None:
    """The room is not even made; who calls is told."""
    site = site_of(DEFAULT_CONFIG, SafeManager())
    client, other = PacketClient(site), PacketClient(site)
    sid = client.join("/rooms/1")
    other.join("/rooms/1")
    client.close()
    server: Any = site.socketio.server
    for namespace in ("/rooms/1", "/rooms/2"):
        with pytest.raises(ValueError, match="not connected"):
            server.enter_room(sid, "late", namespace)
    assert "late" not in server.manager.rooms["/rooms/1"]
    other.close()
    assert left_behind(site) == {}


def test_a_client_that_left_while_it_was_let_in_becomes_no_ghost() -> None:
    """Its sid is not taken for a connection's."""
    site = site_of(DEFAULT_CONFIG, SafeManager())
    client = PacketClient(site)
    sid = client.join("/rooms/1")
    manager: Any = site.socketio.server.manager
    manager.disconnect(sid, "/rooms/1", ignore_queue=True)
    assert manager.connect(sid, "/rooms/1") == sid
    assert manager.rooms == {}
    entered = manager.connect(client.eio_sid, "/rooms/2")
    assert manager.is_connected(entered, "/rooms/2")
    manager.disconnect(entered, "/rooms/2", ignore_queue=True)
    client.close()
    assert left_behind(site) == {}


def test_a_disconnect_is_noted_once_and_for_those_only_who_are_in() -> None:
    """Two threads at once leave one note, a late one none."""
    site = site_of(DEFAULT_CONFIG, SafeManager())
    client = PacketClient(site)
    sid = client.join("/rooms/1")
    manager: Any = site.socketio.server.manager
    assert manager.pre_disconnect(sid, "/rooms/1") == client.eio_sid
    assert manager.pre_disconnect(sid, "/rooms/1") == client.eio_sid
    assert manager.pending_disconnect == {"/rooms/1": [sid]}
    manager.disconnect(sid, "/rooms/1", ignore_queue=True)
    assert manager.pre_disconnect(sid, "/rooms/1") is None
    assert manager.eio_sid_from_sid(sid, "/rooms/1") is None
    assert manager.pending_disconnect == {}
    client.close()
    assert left_behind(site) == {}


def test_an_acknowledgement_of_nothing_breaks_no_later_callback() -> None:
    """With upstream's manager id 0 takes the counter away, for good."""
    site = site_of(DEFAULT_CONFIG, SafeManager())
    client = PacketClient(site)
    sid = client.join("/rooms/1")
    answers: list[Any] = []
    for number in (1, 2):
        site.socketio.emit("ask", namespace="/rooms/1", to=sid, callback=answers.append)
        asked = client.wait_for(packet.EVENT, "/rooms/1", number)
        client.send_packet(packet.ACK, "/rooms/1", ["counter"], 0)
        client.send_packet(packet.ACK, "/rooms/1", [number], asked.id)
    assert answers == [1, 2]
    client.close()
    assert left_behind(site) == {}


def test_flask_socketio_takes_it_as_an_option() -> None:
    """`SocketIO(app, client_manager=SafeManager())`, before or with `init_app`."""
    manager = SafeManager()
    socketio = SocketIO(client_manager=manager, async_mode="threading")
    socketio.init_app(DEFAULT_CONFIG.app().app)
    server: Any = socketio.server
    assert server.manager is manager
