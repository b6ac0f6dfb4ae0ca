"""The tables of the client manager: who hears what, and what is one step."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from socketio import Manager, packet
from socketio.base_manager import BaseManager

from nsroute.upstream.manager import client_manager
from tests.support.lines import Line, left_behind
from tests.support.manager_rooms import Bus, Room
from tests.support.servers import Site
from tests.support.waiting import gate, run_beside, wait_for
from tests.support.worlds import PLAIN, WORLDS, World

pytestmark = pytest.mark.usefixtures("quiet")
every_world = pytest.mark.parametrize("world", WORLDS, ids=str)
MODES = pytest.mark.parametrize("mode", ["threading", "gevent"])

CHECKED = {
    "_generate_ack_id": ["sid", "callback"],
    "basic_close_room": ["room", "namespace"],
    "basic_disconnect": ["sid", "namespace", "kwargs"],
    "basic_enter_room": ["sid", "namespace", "room", "eio_sid"],
    "basic_leave_room": ["sid", "namespace", "room"],
    "connect": ["sid", "namespace"],
    "get_participants": ["namespace", "room"],
    "get_rooms": ["sid", "namespace"],
    "is_connected": ["sid", "namespace"],
    "is_pre_connected": ["sid", "namespace"],
    "pre_connect": ["eio_sid", "namespace"],
    "pre_disconnect": ["sid", "namespace"],
}
"""What reads or changes the tables in several steps, with its parameters."""
UNLOCKED = {
    "eio_sid_from_sid": ["sid", "namespace"],
    "trigger_callback": ["sid", "id", "data"],
}


# --- what upstream is


@pytest.mark.parametrize("method", [*CHECKED, *UNLOCKED])
def test_the_methods_that_are_overridden_are_those_that_were_checked(
    method: str,
) -> None:
    """Their names and their parameters."""
    parameters = list(inspect.signature(getattr(Manager, method)).parameters)
    assert parameters == ["self", *(CHECKED | UNLOCKED)[method]]


def test_the_tables_of_upstream_are_as_they_were_checked() -> None:
    """Namespace -> room -> sid -> connection; what is pending, by namespace."""
    site = PLAIN.app(namespaces=["/a"])
    manager: Any = site.socketio.server.manager
    assert type(manager) is Manager
    line = Line(site)
    noted: list[Any] = []
    site.socketio.on("connect", namespace="/a")(
        lambda: noted.append({n: list(s) for n, s in manager.pending_connect.items()})
    )
    sid = line.join("/a")
    assert noted == [{"/a": [sid]}]
    assert manager.rooms == {
        "/a": {None: {sid: line.eio_sid}, sid: {sid: line.eio_sid}}
    }
    assert manager.pending_connect == manager.pending_disconnect == {}
    assert manager.pre_disconnect(sid, "/a") == line.eio_sid
    assert manager.pending_disconnect == {"/a": [sid]}
    number = manager._generate_ack_id(sid, print)
    assert manager.callbacks[sid][number] is print
    assert 0 in manager.callbacks[sid]
    manager.disconnect(sid, "/a", ignore_queue=True)
    assert manager.rooms == manager.pending_disconnect == manager.callbacks == {}


def test_upstream_has_the_faults_that_are_mended() -> None:
    """A room is made for a client that is in none; id 0 takes the counter away."""
    site = PLAIN.app(namespaces=["/a"])
    manager: Any = site.socketio.server.manager
    line = Line(site)
    sid = line.join("/a")
    with pytest.raises(KeyError):
        manager.basic_enter_room("gone", "/a", "late")
    assert manager.rooms["/a"]["late"] == {}
    manager._generate_ack_id(sid, print)
    with pytest.raises(TypeError):
        manager.trigger_callback(sid, 0, [])
    with pytest.raises(KeyError):
        manager._generate_ack_id(sid, print)


# --- one step for all threads


@pytest.mark.parametrize("method", CHECKED)
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
    site = PLAIN.site(Room)
    line = Line(site)
    sid = line.join("/rooms/1")
    site.socketio.emit("ask", namespace="/rooms/1", to=sid, callback=held.append)
    server: Any = site.socketio.server
    server.enter_room(sid, "a", "/rooms/1")
    assert "a" in server.rooms(sid, "/rooms/1")
    server.leave_room(sid, "a", "/rooms/1")
    server.close_room("inside", "/rooms/1")
    line.close()
    assert held
    assert all(held)
    assert left_behind(site) == {}


def test_its_lock_is_of_the_servers_async_mode() -> None:
    """Greenlets of one thread keep each other out, too."""
    modules = {
        type(World(mode).site(Room).socketio.server.manager.tables_lock).__module__
        for mode in ("threading", "gevent")
    }
    assert modules == {"_thread", "gevent.lock"}


# --- who hears what


def site_of(world: World, queue: bool) -> Site:
    """Make a site whose manager is upstream's default, or has a queue."""
    return world.site(Room, socketio={"client_manager": Bus()} if queue else {})


@MODES
@pytest.mark.parametrize("queue", [False, True])
@pytest.mark.parametrize("always_connect", [False, True])
@pytest.mark.parametrize("auth", ["accept", "refuse"])
def test_who_is_not_in_yet_hears_what_is_sent_to_it_alone(
    mode: str, queue: bool, always_connect: bool, auth: str
) -> None:
    """Neither broadcasts nor what goes to a room reaches it before it is let in."""
    site = site_of(World(mode, always_connect=always_connect), queue)
    with gate(site) as (Room.reached, Room.go):
        line, other = Line(site), Line(site)
        other.join("/rooms/1")
        joined = run_beside(site, lambda: line.say(packet.CONNECT, "/rooms/1", auth))
        wait_for(Room.reached)
        assert other.call("/rooms/1", "say", "confidential") == "confidential"
        site.socketio.emit("news", namespace="/rooms/1")
        site.socketio.emit("news", namespace="/rooms/1", to=["inside", "b"])
        assert line.heard("/rooms/1") == [["hello"]]
        Room.go.set()
        joined()
    if auth == "accept":
        other.call("/rooms/1", "say", "welcome")
        assert line.heard("/rooms/1")[1:] == [
            ["said", "welcome"],
            ["said inside", "welcome"],
        ]
    else:
        last = packet.DISCONNECT if always_connect else packet.CONNECT_ERROR
        assert line.kinds("/rooms/1")[-1] == last
    names = [event for event, *_ in other.heard("/rooms/1")]
    assert names[:3] == ["hello", "joins", "said"]
    line.close()
    other.close()
    assert left_behind(site) == {}


@every_world
def test_it_serves_as_the_manager_of_python_socketio_does(world: World) -> None:
    """Rooms, sids, lists of rooms, everybody but one: all arrives where it should."""
    site = world.site(Room)
    lines = [Line(site) for _ in range(3)]
    sids = [line.join("/rooms/1") for line in lines]
    server: Any = site.socketio.server
    for line in lines:
        line.drain()
        line.packets.clear()
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
    heard = [[event for event, *_ in line.heard("/rooms/1")] for line in lines]
    assert heard == [
        ["all", "a", "a or b"],
        ["all", "a or b", "not 0"],
        ["all", "not 0", "only 2"],
    ]
    assert server.manager.get_namespaces() == ["/rooms/1"]
    for line in lines:
        line.close()
    assert left_behind(site) == {}


def test_a_room_closes_for_those_too_who_are_not_in_yet() -> None:
    """Who is let in afterwards is not in the closed room."""
    site = PLAIN.site(Room)
    with gate(site) as (Room.reached, Room.go):
        line = Line(site)
        joined = run_beside(
            site, lambda: line.say(packet.CONNECT, "/rooms/1", "accept")
        )
        wait_for(Room.reached)
        site.socketio.close_room("inside", namespace="/rooms/1")
        Room.go.set()
        joined()
    assert line.call("/rooms/1", "say", "a") == "a"
    assert [event for event, *_ in line.heard("/rooms/1")] == ["hello", "said"]
    line.close()
    assert left_behind(site) == {}


def test_of_two_who_are_not_in_yet_each_hears_what_comes_after_its_own_entry() -> None:
    """One who is let in, or leaves, shows nothing to the other."""
    site = PLAIN.app(namespaces=["/a"])
    manager = client_manager(site.socketio.server)
    lines = [Line(site) for _ in range(2)]
    sids = [line.join("/a") for line in lines]
    manager.undecided["/a"] = set(sids)
    for sid in (sids[0], "unknown"):
        manager.decide(sid, "/a")
        assert [found for found, _ in manager.get_participants("/a", None)] == sids[:1]
    manager.decide(sids[1], "/a")
    assert [found for found, _ in manager.get_participants("/a", None)] == sids
    assert manager.undecided == {}


# --- who is in no room


@every_world
def test_nobody_who_has_left_enters_a_room(world: World) -> None:
    """The room is not even made; who calls is told."""
    site = world.site(Room)
    line, other = Line(site), Line(site)
    sid = line.join("/rooms/1")
    other.join("/rooms/1")
    line.close()
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
    manager: Any = PLAIN.site(Room).socketio.server.manager
    pending = getattr(manager, table)
    pending["/rooms/1"] = ["a", "b", "a"]
    for name in ("/rooms/1", "/rooms/2"):
        manager.forget_pending("a", name)
        assert pending == {"/rooms/1": ["b"]}
    manager.forget_pending("b", "/rooms/1")
    assert pending == {}


@every_world
def test_an_acknowledgement_of_nothing_breaks_no_later_callback(world: World) -> None:
    """Id 0 takes nothing away; nor does one that nobody waits for."""
    site = world.site(Room)
    line = Line(site)
    sid = line.join("/rooms/1")
    answers: list[Any] = []
    for number in (1, 2):
        site.socketio.emit("ask", namespace="/rooms/1", to=sid, callback=answers.append)
        asked = line.wait(packet.EVENT, "/rooms/1", number)
        line.say(packet.ACK, "/rooms/1", ["counter"], 0)
        line.say(packet.ACK, "/rooms/1", ["unknown"], 99)
        line.say(packet.ACK, "/rooms/1", [number], asked.id)
    assert answers == [1, 2]
    line.close()
    assert left_behind(site) == {}
