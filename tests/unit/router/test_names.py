"""Which names a router serves, which it leaves to the app, and which it refuses."""

from __future__ import annotations

from typing import Any

import pytest
from flask_socketio import Namespace, SocketIO
from socketio import packet

from nsroute import MetaRouter, MountWarning, RoutedNamespace, on
from nsroute.upstream.connects import RefusedName
from tests.support.dispatch_recorder import DispatchRecorder
from tests.support.mounting import Room as MountedRoom
from tests.support.mounting import new_app, new_socketio, serves
from tests.support.packet_client import PacketClient
from tests.support.server_configs import DEFAULT_CONFIG, SERVER_CONFIGS, ServerConfig
from tests.support.sites import Site, left_behind

pytestmark = pytest.mark.usefixtures("quiet")
every_config = pytest.mark.parametrize("config", SERVER_CONFIGS, ids=str)


class Room(RoutedNamespace, namespace="/rooms/<int:number>"):
    """Something to route to."""

    @on("say")
    def say(self, text: str) -> str:
        return text


def mounted(site: Site) -> Any:
    """Mount a router; return its registry."""
    site.router = MetaRouter([Room]).mount(site.socketio)
    return site.router._registry


def test_a_name_is_claimed_by_its_route_and_its_parameters() -> None:
    """What else is served is nobody's claim."""
    site = DEFAULT_CONFIG.app(namespaces=["/", "/listed"])
    site.socketio.on("x", namespace="/function")(lambda: None)
    site.socketio.on_namespace(Namespace("/rooms/9"))
    registry = mounted(site)
    route, params = registry.claim("/rooms/1")
    assert (route.target, dict(params)) == (Room, {"number": 1})
    for other in ("/", "/listed", "/function", "/rooms/9"):
        assert registry.claim(other) is None
    with pytest.raises(RefusedName) as refused:
        registry.claim("/nowhere")
    assert refused.value.is_answered


@every_config
def test_a_name_that_nobody_serves_is_refused_where_the_client_can_be_told(
    config: ServerConfig,
) -> None:
    """By the router in socket.io's words, or before it; and recorded once."""
    site = config.app()
    mounted(site)
    client, recorder = PacketClient(site), DispatchRecorder(site)
    client.send_packet(packet.CONNECT, "/nowhere")
    (answer,) = client.drain()
    assert answer.packet_type == packet.CONNECT_ERROR
    words = "Unable to connect" if config.always_connect else "Invalid namespace"
    assert words in str(answer.data)
    assert recorder.shown() == [("connect", "connect", "unrouted", None)]
    client.close()
    assert left_behind(site) == {}


@pytest.mark.parametrize("name", ["*", 5, None, b"/rooms/1", ["/rooms/1"], {}])
def test_what_is_no_name_is_refused_and_recorded(name: Any) -> None:
    """Only msgpack can carry it."""
    site = DEFAULT_CONFIG.app()
    registry = mounted(site)
    recorder = DispatchRecorder(site)
    with pytest.raises(RefusedName):
        registry.claim(name)
    (dispatch,) = recorder.take()
    assert (dispatch.outcome, dispatch.sid) == ("unrouted", None)


# --- an explicit `namespaces='*'`


@every_config
def test_an_explicit_star_lets_names_in_that_no_route_matches(
    config: ServerConfig,
) -> None:
    """Functions on `'*'` serve them, and routes are routes as ever."""
    site = config.app(namespaces="*")
    site.socketio.on("ping", namespace="*")(lambda *_: "pong")
    with pytest.warns(MountWarning, match="without bound"):
        mounted(site)
    client = PacketClient(site)
    for name in ("/nowhere", "/rooms/1", "/rooms/01"):
        client.join(name)
    assert client.call("/nowhere", "ping") == "pong"
    assert client.call("/rooms/1", "say", "a") == "a"
    assert list(site.router.live) == ["/rooms/1"]
    client.leave("/nowhere")
    client.close()
    assert left_behind(site) == {}


@pytest.mark.parametrize("early", [True, False])
def test_mounting_warns_of_an_explicit_star(early: bool) -> None:
    """Before `init_app` and after it; the warning points at the mount."""
    app = new_app()
    socketio = new_socketio(None if early else app, namespaces="*")
    with pytest.warns(MountWarning, match=r"namespaces='\*'") as caught:
        MetaRouter([MountedRoom]).mount(socketio)
    (warning,) = caught
    assert warning.filename == __file__
    if early:
        socketio.init_app(app)
    assert serves(app, socketio)


def test_an_option_of_a_later_init_app_is_followed() -> None:
    """Each server has what the app chose for it."""
    app, socketio = new_app(), new_socketio()
    router = MetaRouter([Room]).mount(socketio)
    for chosen, let_in in (("*", True), (["/"], False), ("*", True)):
        socketio.init_app(app, namespaces=chosen)
        client = PacketClient(Site(app, socketio, router))
        client.send_packet(packet.CONNECT, "/nowhere")
        kind = packet.CONNECT if let_in else packet.CONNECT_ERROR
        assert client.kinds("/nowhere") == [kind]
        client.close()


# --- a router that another one replaces


def test_a_router_that_is_left_behind_hears_nothing_more() -> None:
    """Whoever is mounted on the later server takes its place there alone."""
    app, socketio = new_app(), new_socketio()
    socketio.init_app(app)
    MetaRouter([Room]).mount(socketio)
    socketio.init_app(app)
    second = MetaRouter([Room]).mount(socketio)
    manager: Any = socketio.server.manager
    assert manager.registries == [second._registry]
    other: Any = SocketIO(app, async_mode="threading")
    second.unregister(other)
    MetaRouter([Room]).unregister(other)
    assert manager.registries == [second._registry]
