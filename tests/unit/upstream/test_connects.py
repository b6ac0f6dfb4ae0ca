"""The client manager: it sees each moment of a client's life, and keeps nothing."""

from __future__ import annotations

import inspect
from typing import Any

import engineio
import pytest
import socketio
from engineio import packet as eio_packet
from engineio.exceptions import SocketIsClosedError
from flask_socketio import SocketIO
from socketio import packet
from socketio.base_manager import BaseManager

from nsroute import MetaRouter, MountWarning
from nsroute.upstream.connects import MOST_ENDED, claim_of, is_environ
from nsroute.upstream.manager import ClientManager, client_manager
from tests.support.concurrency import run_beside, settle
from tests.support.event_log import Room
from tests.support.manager_rooms import Bus, Moments, tables
from tests.support.packet_client import PacketClient
from tests.support.server_configs import DEFAULT_CONFIG, SERVER_CONFIGS, ServerConfig
from tests.support.sites import Site, left_behind

pytestmark = pytest.mark.usefixtures("quiet")
every_config = pytest.mark.parametrize("config", SERVER_CONFIGS, ids=str)

CHECKED = {
    (socketio.Manager, "basic_enter_room"): ["sid", "namespace", "room", "eio_sid"],
    (socketio.Manager, "connect"): ["sid", "namespace"],
    (socketio.Manager, "eio_sid_from_sid"): ["sid", "namespace"],
    (socketio.Manager, "is_connected"): ["sid", "namespace"],
    (socketio.Manager, "is_pre_connected"): ["sid", "namespace"],
    (socketio.Manager, "pre_connect"): ["eio_sid", "namespace"],
    (engineio.Server, "send_packet"): ["sid", "pkt"],
}
"""What is overridden or called, with its parameters."""


@pytest.fixture(autouse=True)
def _event_log() -> None:
    Room.event_log = []


def app_with(config: ServerConfig, handler: Any, **options: Any) -> Site:
    """Make a site on which a function takes the connects of `/a`."""
    site = config.app(**options)
    site.socketio.on("connect", namespace="/a")(handler)
    return site


# --- what upstream is


@pytest.mark.parametrize("owner, method", CHECKED)
def test_the_methods_of_upstream_are_those_that_were_checked(
    owner: type, method: str
) -> None:
    """Their names and their parameters."""
    parameters = list(inspect.signature(getattr(owner, method)).parameters)
    assert parameters == ["self", *CHECKED[owner, method]]


def test_the_tables_of_upstream_are_as_they_were_checked() -> None:
    """Namespace -> room -> sid -> connection; what is pending, by namespace."""
    site = DEFAULT_CONFIG.app(namespaces=["/a"])
    manager: Any = site.socketio.server.manager
    assert type(manager) is socketio.Manager
    client = PacketClient(site)
    noted: list[Any] = []
    site.socketio.on("connect", namespace="/a")(
        lambda: noted.append({n: list(s) for n, s in manager.pending_connect.items()})
    )
    sid = client.join("/a")
    assert noted == [{"/a": [sid]}]
    assert manager.rooms == {
        "/a": {None: {sid: client.eio_sid}, sid: {sid: client.eio_sid}}
    }
    assert manager.pending_connect == manager.pending_disconnect == {}
    assert manager.pre_disconnect(sid, "/a") == client.eio_sid
    assert manager.pending_disconnect == {"/a": [sid]}
    number = manager._generate_ack_id(sid, print)
    assert manager.callbacks[sid][number] is print
    assert 0 in manager.callbacks[sid]
    manager.disconnect(sid, "/a", ignore_queue=True)
    assert manager.rooms == manager.pending_disconnect == manager.callbacks == {}


def test_engineio_raises_where_a_connection_closes_between_look_and_send() -> None:
    """Out of `emit`, and what comes after it in the room is not sent."""
    site = DEFAULT_CONFIG.app()
    client = PacketClient(site)
    client.socket.closed = True
    with pytest.raises(SocketIsClosedError) as raised:
        client.socket.send(eio_packet.Packet(eio_packet.NOOP))
    assert raised.value.args == ()
    parameters = inspect.signature(engineio.Server.send_packet).parameters
    assert list(parameters) == ["self", "sid", "pkt"]


# --- a client comes


@every_config
def test_each_moment_of_a_client_is_seen_in_order(config: ServerConfig) -> None:
    """It is called after the CONNECT packet, and once a client has left."""
    site = app_with(config, lambda: moments.noted.append("handler"))
    moments, client = Moments(site), PacketClient(site)
    sid = client.join("/a")
    moments.noted.append(client.kinds("/a"))
    client.leave("/a")
    client.join("/a")
    site.socketio.server.disconnect(client.sids["/a"], "/a")
    client.join("/a")
    client.close()
    answered = [] if config.always_connect else [("connected", "/a")]
    came = ["handler", *answered]
    assert moments.noted == [
        *[*came, [packet.CONNECT], ("disconnected", "/a", None)],
        *[*came, ("disconnected", "/a", None)],
        *[
            *came,
            ("disconnected", "/a", "transport close"),
            ("ended", "transport close"),
        ],
    ]
    assert sid != client.sids["/a"]
    moments.manager.undecided.clear()  # with `always_connect` a registry decides
    assert tables(moments.manager) == {}


@every_config
def test_a_name_that_is_refused_leaves_nothing(config: ServerConfig) -> None:
    """Upstream answers, in its own words; no handler runs."""
    site = config.app(namespaces="*")
    moments, client = Moments(site), PacketClient(site)
    client.send_packet(packet.CONNECT, "/barred")
    assert client.kinds("/barred") == [packet.CONNECT_ERROR]
    assert moments.noted == []
    assert tables(moments.manager) == {}


@every_config
def test_a_second_connect_is_refused_and_changes_nothing(config: ServerConfig) -> None:
    """The first goes on."""
    site = app_with(config, lambda: None)
    moments, client = Moments(site), PacketClient(site)
    client.join("/a")
    before = str(tables(moments.manager))
    client.send_packet(packet.CONNECT, "/a")
    assert client.kinds("/a") == [packet.CONNECT, packet.CONNECT_ERROR]
    assert str(tables(moments.manager)) == before


@every_config
def test_a_connect_after_the_end_of_its_connection_is_nothing(
    config: ServerConfig,
) -> None:
    """One polling payload may hold both."""
    site = config.site(Room)
    client = PacketClient(site)
    client.close()
    server: Any = site.socketio.server
    server._handle_eio_message(
        client.eio_sid,
        server.packet_class(packet.CONNECT, namespace="/rooms/1").encode(),
    )
    assert Room.event_log == []
    assert left_behind(site) == {}


def test_a_connection_that_ends_while_its_name_is_looked_up_enters_nothing() -> None:
    """It is looked at once more before anything is kept."""
    site = app_with(DEFAULT_CONFIG, lambda: None)
    moments, client = Moments(site), PacketClient(site)

    def close(name: object) -> object:
        client.close()
        return "claimed"

    moments.claim = close  # type: ignore[method-assign]
    client.send_packet(packet.CONNECT, "/a")
    assert tables(moments.manager) == {}


@every_config
def test_a_connection_that_ends_while_its_client_is_entered_leaves_nothing(
    config: ServerConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its end waits for the entry, and removes the client."""
    site = config.site(Room)
    server: Any = site.socketio.server
    client, ended = PacketClient(site), list[Any]()
    enter = BaseManager.pre_connect

    def enter_slowly(self: Any, eio_sid: str, namespace: str) -> Any:
        ended.append(run_beside(site, client.close))
        settle(site, lambda: eio_sid not in server.environ)
        server.sleep(0.01)
        return enter(self, eio_sid, namespace)

    monkeypatch.setattr(BaseManager, "pre_connect", enter_slowly)
    client.send_packet(packet.CONNECT, "/rooms/1")
    ended[0]()
    assert Room.event_log == []
    assert left_behind(site) == {}


@every_config
def test_a_client_that_left_while_it_was_let_in_becomes_no_stale_client(
    config: ServerConfig,
) -> None:
    """Its sid is not taken for a connection's; a connection's own is.

    So many are remembered, and no more.
    """
    site = app_with(config, lambda: None)
    moments, client = Moments(site), PacketClient(site)
    manager: Any = moments.manager
    manager.note_ended("gone")
    assert manager.connect("gone", "/a") == "gone"
    assert tables(manager) == {}
    manager.note_ended(*map(str, range(MOST_ENDED)))
    assert len(manager.ended) == MOST_ENDED
    entered = manager.connect(client.eio_sid, "/b")
    assert manager.is_connected(entered, "/b")
    client.close()
    assert tables(manager) == {}


# --- what is a genuine connect


@pytest.mark.parametrize(
    "rest", [(), (None,), ({},), ({"wsgi.errors": "x"},), ({"wsgi.errors": None},)]
)
def test_no_packet_holds_an_environ(rest: tuple[Any, ...]) -> None:
    """Its stream of errors cannot be made of JSON."""
    assert not is_environ(rest)


def test_a_claim_is_found_once_by_the_connect_that_it_was_made_for() -> None:
    """Upstream passes the environ that it keeps: the claim is in there."""
    found: list[Any] = []
    site = DEFAULT_CONFIG.app()

    def note(event: str, namespace: str, sid: str, environ: Any, *rest: Any) -> None:
        assert environ is site.socketio.server.environ[client.eio_sid]
        assert is_environ((environ, *rest))
        found.extend([claim_of(environ, "/a"), claim_of(environ, "/a")])

    site.socketio.on("connect", namespace="/a")(lambda: None)
    moments, client = Moments(site), PacketClient(site)
    site.socketio.server._trigger_event = note
    client.send_packet(packet.CONNECT, "/a")
    assert found == [(moments, "claimed"), None]
    client.close()


# --- the mixin


@pytest.mark.parametrize("kind", [socketio.Manager, Bus])
def test_the_manager_that_an_app_chose_gets_the_mixin(kind: Any) -> None:
    """It stays the same object, and one of its class, before or after `init_app`."""
    manager = kind()
    sio = SocketIO(client_manager=manager, async_mode="threading")
    sio.init_app(DEFAULT_CONFIG.app().app)
    mixed = client_manager(sio.server)
    assert mixed is manager
    assert isinstance(manager, kind)
    assert isinstance(manager, ClientManager)
    assert type(manager).__name__ == f"Routed{kind.__name__}"


def test_a_server_has_one_client_manager_whoever_asks() -> None:
    """A router, and namespaces by themselves beside it, are registries of it."""
    site = DEFAULT_CONFIG.site(Room)
    server: Any = site.socketio.server
    before, kind = client_manager(server), type(server.manager)
    site.socketio.on_namespace(Room("/lobby"))
    assert client_manager(server) is before
    assert type(server.manager) is kind
    assert len(before.registries) == 2


def test_a_connection_that_is_older_than_the_router_is_left_everywhere() -> None:
    """Who was there when the mixin was installed is known to it."""
    site = DEFAULT_CONFIG.app(namespaces="*")
    client = PacketClient(site)
    client.send_frame("0/before,")
    assert client.next_packet().packet_type == packet.CONNECT
    with pytest.warns(MountWarning):
        site.router = MetaRouter([Room]).mount(site.socketio)
    client.join("/rooms/1")
    client.close()
    assert Room.event_log[-1] == "closed"
    assert left_behind(site) == {}
