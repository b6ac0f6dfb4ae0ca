"""The client manager: it sees each moment of a client's life, and keeps nothing."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
import socketio
from flask_socketio import SocketIO
from socketio import packet
from socketio.pubsub_manager import PubSubManager

from nsroute import MetaRouter, MountWarning
from nsroute.upstream.manager import (
    ClientManager,
    claim_of,
    client_manager,
    is_environ,
)
from tests.support.diary_room import Room
from tests.support.lines import Line, left_behind
from tests.support.manager_rooms import Bus, Moments, tables
from tests.support.servers import Site
from tests.support.worlds import PLAIN, WORLDS, World

pytestmark = pytest.mark.usefixtures("quiet")
every_world = pytest.mark.parametrize("world", WORLDS, ids=str)

CHECKED = {
    (socketio.Manager, "pre_connect"): ["eio_sid", "namespace"],
    (socketio.Manager, "connect"): ["sid", "namespace"],
    (socketio.Manager, "can_disconnect"): ["sid", "namespace"],
    (socketio.Manager, "pre_disconnect"): ["sid", "namespace"],
    (socketio.Manager, "disconnect"): ["sid", "namespace", "kwargs"],
    (socketio.Manager, "basic_disconnect"): ["sid", "namespace", "kwargs"],
    (socketio.Manager, "get_namespaces"): [],
    (PubSubManager, "can_disconnect"): ["sid", "namespace"],
    (PubSubManager, "disconnect"): ["sid", "namespace", "kwargs"],
    (PubSubManager, "_handle_disconnect"): ["message"],
    (socketio.Server, "_handle_eio_disconnect"): ["eio_sid", "reason"],
    (socketio.Server, "_send_packet"): ["eio_sid", "pkt"],
}
"""What is overridden or called, with its parameters."""


@pytest.fixture(autouse=True)
def _diary() -> None:
    Room.diary = []


def app_with(world: World, handler: Any, **options: Any) -> Site:
    """Make a site on which a function takes the connects of `/a`."""
    site = world.app(**options)
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


def test_upstream_has_a_handler_of_the_end_of_connections() -> None:
    """Engine.IO calls it; it asks the manager for namespaces and drops the environ."""
    server: Any = socketio.Server(async_mode="threading")
    assert server.eio.handlers["disconnect"] == server._handle_eio_disconnect
    asked: list[tuple[str, str]] = []
    server.environ["eio"] = {}
    server.manager.get_namespaces = lambda: ["/a", "/b"]
    server._handle_disconnect = lambda eio, name, why: asked.append((name, why))
    server._handle_eio_disconnect("eio", "transport close")
    assert asked == [("/a", "transport close"), ("/b", "transport close")]
    assert server.environ == server._binary_packet == {}


def test_a_queue_disconnects_by_a_method_that_the_mixin_sees() -> None:
    """For a client of another process, and what another process asks for."""
    site = PLAIN.app(client_manager=Bus())
    manager: Any = Moments(site).manager
    handled: list[Any] = []
    manager._handle_disconnect = handled.append
    site.socketio.server.disconnect("elsewhere", "/a")
    assert handled == manager.published
    assert handled[0]["sid"] == "elsewhere"
    assert handled[0]["namespace"] == "/a"


# --- a client comes


@every_world
def test_each_moment_of_a_client_is_seen_in_order(world: World) -> None:
    """It is called after the CONNECT packet, and once a client has left."""
    site = app_with(world, lambda: moments.noted.append("handler"))
    moments, line = Moments(site), Line(site)
    sid = line.join("/a")
    moments.noted.append(line.kinds("/a"))
    line.leave("/a")
    line.join("/a")
    site.socketio.server.disconnect(line.sids["/a"], "/a")
    line.join("/a")
    line.close()
    answered = [] if world.always_connect else [("connected", "/a")]
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
    assert sid != line.sids["/a"]
    moments.manager.undecided.clear()  # with `always_connect` a registry decides
    assert tables(moments.manager) == {}


@every_world
def test_a_name_that_is_refused_leaves_nothing(world: World) -> None:
    """Upstream answers, in its own words; no handler runs."""
    site = world.app(namespaces="*")
    moments, line = Moments(site), Line(site)
    line.say(packet.CONNECT, "/barred")
    assert line.kinds("/barred") == [packet.CONNECT_ERROR]
    assert moments.noted == []
    assert tables(moments.manager) == {}


@every_world
def test_a_second_connect_is_refused_and_changes_nothing(world: World) -> None:
    """The first goes on."""
    site = app_with(world, lambda: None)
    moments, line = Moments(site), Line(site)
    line.join("/a")
    before = str(tables(moments.manager))
    line.say(packet.CONNECT, "/a")
    assert line.kinds("/a") == [packet.CONNECT, packet.CONNECT_ERROR]
    assert str(tables(moments.manager)) == before


@every_world
def test_a_connect_after_the_end_of_its_connection_is_nothing(world: World) -> None:
    """One polling payload may hold both."""
    site = world.site(Room)
    line = Line(site)
    line.close()
    server: Any = site.socketio.server
    server._handle_eio_message(
        line.eio_sid, server.packet_class(packet.CONNECT, namespace="/rooms/1").encode()
    )
    assert Room.diary == []
    assert left_behind(site) == {}


def test_a_connection_that_ends_while_its_name_is_looked_up_enters_nothing() -> None:
    """It is looked at once more before anything is kept."""
    site = app_with(PLAIN, lambda: None)
    moments, line = Moments(site), Line(site)

    def close(name: object) -> object:
        line.close()
        return "claimed"

    moments.claim = close  # type: ignore[method-assign]
    line.say(packet.CONNECT, "/a")
    assert tables(moments.manager) == {}


@every_world
def test_a_client_that_left_while_it_was_let_in_becomes_no_stale_client(
    world: World,
) -> None:
    """Its sid is not taken for a connection's; a connection's own is."""
    site = app_with(world, lambda: None)
    moments, line = Moments(site), Line(site)
    manager: Any = moments.manager
    assert manager.connect("gone", "/a") == "gone"
    assert tables(manager) == {}
    entered = manager.connect(line.eio_sid, "/b")
    assert manager.is_connected(entered, "/b")
    line.close()
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
    site = PLAIN.app()

    def note(event: str, namespace: str, sid: str, environ: Any, *rest: Any) -> None:
        assert environ is site.socketio.server.environ[line.eio_sid]
        assert is_environ((environ, *rest))
        found.extend([claim_of(environ, "/a"), claim_of(environ, "/a")])

    site.socketio.on("connect", namespace="/a")(lambda: None)
    moments, line = Moments(site), Line(site)
    site.socketio.server._trigger_event = note
    line.say(packet.CONNECT, "/a")
    assert found == [(moments, "claimed"), None]
    line.close()


# --- the mixin


@pytest.mark.parametrize("kind", [socketio.Manager, Bus])
def test_the_manager_that_an_app_chose_gets_the_mixin(kind: Any) -> None:
    """It stays the same object, and one of its class, before or after `init_app`."""
    manager = kind()
    sio = SocketIO(client_manager=manager, async_mode="threading")
    sio.init_app(PLAIN.app().app)
    mixed = client_manager(sio.server)
    assert mixed is manager
    assert isinstance(manager, kind)
    assert isinstance(manager, ClientManager)
    assert type(manager).__name__ == f"Routed{kind.__name__}"


def test_a_server_has_one_client_manager_whoever_asks() -> None:
    """A router, and namespaces by themselves beside it, are registries of it."""
    site = PLAIN.site(Room)
    server: Any = site.socketio.server
    before, kind = client_manager(server), type(server.manager)
    site.socketio.on_namespace(Room("/lobby"))
    assert client_manager(server) is before
    assert type(server.manager) is kind
    assert len(before.registries) == 2


def test_a_connection_that_is_older_than_the_router_is_left_everywhere() -> None:
    """Who was there when the mixin was installed is known to it."""
    site = PLAIN.app(namespaces="*")
    line = Line(site)
    line.frame("0/before,")
    assert line.listen().packet_type == packet.CONNECT
    with pytest.warns(MountWarning):
        site.router = MetaRouter([Room]).mount(site.socketio)
    line.join("/rooms/1")
    line.close()
    assert Room.diary[-1] == "closed"
    assert left_behind(site) == {}
