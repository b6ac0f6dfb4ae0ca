"""Which connects and disconnects are upstream's own, and what its tables look like."""

from __future__ import annotations

from typing import Any

import pytest
import socketio
from nsroute.upstream.lifecycle import (
    connecting_environ,
    drop_ghost,
    eio_sid_of,
    force_end,
    forget_pending,
    holds_environ,
    is_connected,
    is_disconnecting,
    is_known,
    sweep_rooms,
)

from nsroute import RoutedNamespace
from nsroute.upstream import lifecycle
from tests.support.packet_client import PacketClient
from tests.support.server_configs import DEFAULT_CONFIG

pytestmark = pytest.mark.usefixtures("quiet")


class Room(RoutedNamespace, namespace="/rooms/<int:number>"):
    """Something to be in."""


@pytest.fixture
def client() -> PacketClient:
    """A connection that is in `/rooms/1`."""
    made = PacketClient(DEFAULT_CONFIG.site(Room))
    made.join("/rooms/1")
    return made


@pytest.fixture
def sid(client: PacketClient) -> str:
    """The client's sid."""
    return client.sids["/rooms/1"]


def test_the_tables_of_the_manager_are_as_they_were_checked(
    client: PacketClient, sid: str
) -> None:
    """Namespace -> room -> sid -> connection; what is pending, by namespace."""
    manager = client.server.manager
    assert manager.rooms == {
        "/rooms/1": {None: {sid: client.eio_sid}, sid: {sid: client.eio_sid}}
    }
    assert manager.pending_connect == {}
    assert manager.pre_disconnect(sid, "/rooms/1") == client.eio_sid
    assert manager.pending_disconnect == {"/rooms/1": [sid]}
    assert not is_connected(client.server, "/rooms/1", sid)
    assert is_known(client.server, "/rooms/1", sid) == client.eio_sid
    manager.disconnect(sid, "/rooms/1", ignore_queue=True)
    assert is_known(client.server, "/rooms/1", sid) is None
    assert manager.rooms == manager.pending_disconnect == {}


def test_the_reasons_of_a_disconnect_are_as_they_were_checked() -> None:
    """Five texts, known on the class."""
    expected = {
        "client disconnect",
        "ping timeout",
        "server disconnect",
        "transport close",
        "transport error",
    }
    assert expected == lifecycle.REASONS
    assert socketio.Server.reason.SERVER_DISCONNECT in lifecycle.REASONS


def test_upstream_hands_over_the_environ_that_it_keeps(
    client: PacketClient, sid: str
) -> None:
    """The very object; a copy, or another one, is not genuine."""
    server = client.server
    environ = server.environ[client.eio_sid]
    assert connecting_environ(server, "/rooms/1", sid, (environ, None)) is environ
    for rest in ((dict(environ), None), (None,), ()):
        assert connecting_environ(server, "/rooms/1", sid, rest) is None
    assert connecting_environ(server, "/rooms/1", "unknown", (environ,)) is None
    assert connecting_environ(server, "/rooms/2", sid, (environ,)) is None
    assert connecting_environ(server, "/rooms/1", [], (environ,)) is None
    assert holds_environ((environ,))


@pytest.mark.parametrize(
    "rest", [(), (None,), ({},), ({"wsgi.errors": "x"},), ({"wsgi.errors": None},)]
)
def test_no_packet_holds_an_environ(rest: tuple[Any, ...]) -> None:
    """Its stream of errors cannot be made of JSON."""
    assert not holds_environ(rest)


def test_a_late_room_makes_upstream_raise_where_it_would_return_none(
    client: PacketClient, sid: str
) -> None:
    """`get_environ` of a client that left a namespace in which a room was left."""
    server = client.server
    client.leave("/rooms/1")
    server.manager.rooms["/rooms/1"] = {"r-late": {}}
    with pytest.raises(KeyError, match="None"):
        server.get_environ(sid, "/rooms/1")
    assert connecting_environ(server, "/rooms/1", sid, ({},)) is None
    assert is_known(server, "/rooms/1", sid) is None


def test_a_disconnect_is_upstreams_if_it_is_noted_and_has_one_of_its_reasons(
    client: PacketClient, sid: str
) -> None:
    """So it is told where the call itself cannot be seen."""
    server = client.server
    told = ("transport close",)
    assert not is_disconnecting(server, "/rooms/1", sid, told)
    server.manager.pre_disconnect(sid, "/rooms/1")
    assert is_disconnecting(server, "/rooms/1", sid, told)
    for rest in ((), ("spoofed",), (1,), ("transport close", 1)):
        assert not is_disconnecting(server, "/rooms/1", sid, rest)
    assert not is_disconnecting(server, "/rooms/1", "other", told)


def test_the_connection_of_a_client_is_known_while_it_is_in(
    client: PacketClient, sid: str
) -> None:
    """Nobody's is the empty text."""
    assert eio_sid_of(client.server, "/rooms/1", sid) == client.eio_sid
    assert eio_sid_of(client.server, "/rooms/1", "unknown") == ""
    assert eio_sid_of(client.server, "/rooms/2", sid) == ""


def test_ending_a_client_takes_it_out_of_all_rooms(
    client: PacketClient, sid: str
) -> None:
    """Once; where upstream's tables are in pieces, nothing is raised."""
    server = client.server
    server.enter_room(sid, "a", "/rooms/1")
    server.manager.pending_connect["/rooms/1"] = [sid]
    for _ in range(2):
        force_end(server, sid, "/rooms/1")
        assert server.manager.rooms == server.manager.pending_connect == {}

    def in_pieces(*_: Any, **__: Any) -> None:
        raise KeyError("/rooms/1")

    server.manager.disconnect = in_pieces
    force_end(server, sid, "/rooms/1")


def test_upstream_takes_a_sid_that_it_does_not_know_for_a_connections(
    client: PacketClient, sid: str
) -> None:
    """What it makes then is dropped, and only that."""
    server = client.server
    assert not drop_ghost(server, sid, "/rooms/1")
    ghost = server.manager.connect("vanished", "/rooms/1")
    assert ghost != "vanished"
    assert drop_ghost(server, "vanished", "/rooms/1")
    assert not drop_ghost(server, "vanished", "/rooms/1")
    assert list(server.manager.rooms["/rooms/1"][None]) == [sid]


@pytest.mark.parametrize("table", ["pending_connect", "pending_disconnect"])
def test_what_is_noted_is_forgotten_for_one_client(
    client: PacketClient, table: str
) -> None:
    """However often it was noted, and others' notes stay."""
    server = client.server
    pending = getattr(server.manager, table)
    pending["/rooms/1"] = ["a", "b", "a"]
    forget_pending(server, "a", "/rooms/1")
    assert pending == {"/rooms/1": ["b"]}
    forget_pending(server, "a", "/rooms/1")
    forget_pending(server, "a", "/rooms/2")
    assert pending == {"/rooms/1": ["b"]}
    forget_pending(server, "b", "/rooms/1")
    assert pending == {}


def test_rooms_of_a_client_that_is_still_in_are_its_own(
    client: PacketClient, sid: str
) -> None:
    """Nothing is swept behind a client that is not gone yet."""
    server = client.server
    server.manager.rooms["/rooms/1"]["empty"] = {}
    sweep_rooms(server, "/rooms/1", sid)
    assert "empty" in server.manager.rooms["/rooms/1"]


def test_what_a_gone_client_left_is_swept(client: PacketClient, sid: str) -> None:
    """Rooms that it was put into on its way out, and empty ones; and the namespace."""
    server = client.server
    rooms = server.manager.rooms
    client.leave("/rooms/1")
    rooms["/rooms/1"] = {"late": {}, "entered": {sid: client.eio_sid}}
    sweep_rooms(server, "/rooms/1", sid)
    assert rooms == {}
    sweep_rooms(server, "/rooms/1", sid)
    assert rooms == {}


def test_a_room_that_somebody_enters_meanwhile_is_not_swept(
    client: PacketClient, sid: str
) -> None:
    """Between the two looks: made anew, entered, or gone with its namespace."""
    server = client.server
    rooms = server.manager.rooms

    def meanwhile(_seconds: float) -> None:
        rooms["/rooms/1"]["entered"]["other"] = "connection"
        rooms["/rooms/1"]["anew"] = {}

    server.sleep = meanwhile
    for name in ("entered", "anew", "left"):
        rooms["/rooms/1"][name] = {}
    sweep_rooms(server, "/rooms/1", "gone")
    assert set(rooms["/rooms/1"]) == {None, sid, "entered", "anew"}

    def all_gone(_seconds: float) -> None:
        rooms.clear()

    server.sleep = all_gone
    rooms["/rooms/1"]["left"] = {}
    sweep_rooms(server, "/rooms/1", "gone")
    assert rooms == {}
