"""The tables of the client manager: who hears what, and what is one step."""

from __future__ import annotations

from typing import Any

import pytest
from flask_socketio import leave_room
from socketio import Manager, packet
from socketio.base_manager import BaseManager

from nsroute import RoutedNamespace, on
from nsroute.upstream.manager import client_manager
from tests.support.concurrency import gate, run_beside, wait_for
from tests.support.manager_rooms import Bus, Room
from tests.support.packet_client import PacketClient, code
from tests.support.server_configs import DEFAULT_CONFIG, SERVER_CONFIGS, ServerConfig
from tests.support.sites import Site, left_behind

pytestmark = pytest.mark.usefixtures("quiet")
every_config = pytest.mark.parametrize("config", SERVER_CONFIGS, ids=str)
MODES = pytest.mark.parametrize("mode", ["threading", "gevent"])

LOCKED = (
    *("_generate_ack_id", "basic_close_room", "basic_disconnect", "basic_enter_room"),
    *("basic_leave_room", "connect", "get_participants", "get_rooms", "is_connected"),
    *("is_pre_connected", "pre_connect", "pre_disconnect"),
)
"""What reads or changes the tables in several steps."""


# --- one step for all threads


@pytest.mark.parametrize("method", LOCKED)
def test_its_tables_are_read_and_changed_under_its_lock(
    method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks for rooms, or sends to them, meets nobody halfway."""
    owner = BaseManager if method in vars(BaseManager) else Manager
    original = getattr(owner, method)
    held: list[bool] = []

    def spy(self: Any, *args: Any, **options: Any) -> Any:
        held.append(self.tables_lock._is_owned())
        return original(self, *args, **options)

    monkeypatch.setattr(owner, method, spy)
    site = DEFAULT_CONFIG.site(Room)
    client = PacketClient(site)
    sid = client.join("/rooms/1")
    site.socketio.emit("ask", namespace="/rooms/1", to=sid, callback=held.append)
    site.socketio.emit("ask", namespace="/rooms/1", to=[sid])
    server: Any = site.socketio.server
    server.enter_room(sid, "a", "/rooms/1")
    assert "a" in server.rooms(sid, "/rooms/1")
    server.leave_room(sid, "a", "/rooms/1")
    server.close_room("inside", "/rooms/1")
    client.close()
    assert held
    assert all(held)
    assert left_behind(site) == {}


def test_its_lock_is_of_the_servers_async_mode() -> None:
    """Greenlets of one thread keep each other out, too."""
    modules = {
        type(
            ServerConfig(mode).site(Room).socketio.server.manager.tables_lock
        ).__module__
        for mode in ("threading", "gevent")
    }
    assert modules == {"_thread", "gevent.lock"}


# --- who hears what


def site_of(config: ServerConfig, queue: bool) -> Site:
    """Make a site whose manager is upstream's default, or has a queue."""
    return config.site(Room, socketio={"client_manager": Bus()} if queue else {})


@MODES
@pytest.mark.parametrize("queue", [False, True])
@pytest.mark.parametrize("always_connect", [False, True])
@pytest.mark.parametrize("auth", ["accept", "refuse"])
def test_who_is_not_in_yet_hears_what_is_sent_to_it_alone(
    mode: str, queue: bool, always_connect: bool, auth: str
) -> None:
    """Neither broadcasts nor what goes to a room reaches it before it is let in."""
    site = site_of(ServerConfig(mode, always_connect=always_connect), queue)
    with gate(site) as (Room.reached, Room.go):
        client, other = PacketClient(site), PacketClient(site)
        other.join("/rooms/1")
        joined = run_beside(
            site, lambda: client.send_packet(packet.CONNECT, "/rooms/1", auth)
        )
        wait_for(Room.reached)
        assert other.call("/rooms/1", "say", "confidential") == "confidential"
        site.socketio.emit("news", namespace="/rooms/1")
        site.socketio.emit("news", namespace="/rooms/1", to=["inside", "b"])
        assert client.received("/rooms/1") == [("hello",)]
        Room.go.set()
        joined()
    if auth == "accept":
        other.call("/rooms/1", "say", "welcome")
        said = [("said", "welcome"), ("said inside", "welcome")]
        assert client.received("/rooms/1") == said
    else:
        last = packet.DISCONNECT if always_connect else packet.CONNECT_ERROR
        assert client.kinds("/rooms/1")[-1] == last
    names = [event for event, *_ in other.received("/rooms/1")]
    assert names[:3] == ["hello", "joins", "said"]
    client.close()
    other.close()
    assert left_behind(site) == {}


@every_config
def test_it_serves_as_the_manager_of_python_socketio_does(config: ServerConfig) -> None:
    """Rooms, sids, lists of rooms, everybody but one: all arrives where it should."""
    site = config.site(Room)
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
    site = DEFAULT_CONFIG.site(Room)
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


def test_of_two_who_are_not_in_yet_each_hears_what_comes_after_its_own_entry() -> None:
    """One who is let in, or leaves, shows nothing to the other."""
    site = DEFAULT_CONFIG.app(namespaces=["/a"])
    manager = client_manager(site.socketio.server)
    clients = [PacketClient(site) for _ in range(2)]
    sids = [client.join("/a") for client in clients]
    manager.undecided["/a"] = set(sids)
    for sid in (sids[0], "unknown"):
        manager.decide(sid, "/a")
        assert [found for found, _ in manager.get_participants("/a", None)] == sids[:1]
    manager.decide(sids[1], "/a")
    assert [found for found, _ in manager.get_participants("/a", None)] == sids
    assert manager.undecided == {}


# --- who is in no room


@every_config
def test_nobody_who_has_left_enters_a_room(config: ServerConfig) -> None:
    """The room is not even made; who calls is told."""
    site = config.site(Room)
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


@pytest.mark.parametrize("table", ["pending_connect", "pending_disconnect"])
def test_what_is_noted_is_forgotten_for_one_client(table: str) -> None:
    """However often it was noted, and others' notes stay."""
    manager: Any = DEFAULT_CONFIG.site(Room).socketio.server.manager
    pending = getattr(manager, table)
    pending["/rooms/1"] = ["a", "b", "a"]
    for name in ("/rooms/1", "/rooms/2"):
        manager.forget_pending("a", name)
        assert pending == {"/rooms/1": ["b"]}
    manager.forget_pending("b", "/rooms/1")
    assert pending == {}


@every_config
def test_an_acknowledgement_of_nothing_breaks_no_later_callback(
    config: ServerConfig,
) -> None:
    """Id 0 takes nothing away; nor does one that nobody waits for."""
    site = config.site(Room)
    client = PacketClient(site)
    sid = client.join("/rooms/1")
    answers: list[Any] = []
    for number in (1, 2):
        site.socketio.emit("ask", namespace="/rooms/1", to=sid, callback=answers.append)
        asked = client.wait_for(packet.EVENT, "/rooms/1", number)
        client.send_packet(packet.ACK, "/rooms/1", ["counter"], 0)
        client.send_packet(packet.ACK, "/rooms/1", ["unknown"], 99)
        client.send_packet(packet.ACK, "/rooms/1", [number], asked.id)
    assert answers == [1, 2]
    client.close()
    assert left_behind(site) == {}


class Kicker(RoutedNamespace, namespace="/kicks/<int:number>"):
    @on("close")
    def close(self, room: Any = None) -> None:
        self.close_room(room)

    @on("leave")
    def leave(self, room: Any = None) -> None:
        leave_room(room)


@every_config
@pytest.mark.parametrize("event", ["close", "leave"])
def test_none_is_no_room_that_closes_over_everybody(
    event: str, config: ServerConfig
) -> None:
    """An argument that was left out puts nobody out; its handler raises."""
    site = config.site(Kicker, log=False)
    clients = [PacketClient(site) for _ in range(2)]
    for client in clients:
        client.join("/kicks/1")
    answer = clients[0].call("/kicks/1", event)
    assert config.error_default or code(answer) == "internal_error"
    clients[0].call("/kicks/1", event, "nobody")
    site.socketio.emit("still", namespace="/kicks/1")
    assert [client.received("/kicks/1") for client in clients] == [[("still",)]] * 2
    for client in clients:
        client.close()
    assert left_behind(site) == {}
