"""The classes, names and servers beside a router open no way round it."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask_socketio import Namespace, SocketIO
from socketio import packet

from nsroute import MetaRouter, MountError, MountWarning
from tests.support.dispatch_recorder import DispatchRecorder
from tests.support.hostile_sites import Room, mounted
from tests.support.packet_client import PacketClient, Refused
from tests.support.server_configs import DEFAULT_CONFIG, SERVER_CONFIGS, ServerConfig
from tests.support.sites import Site, left_behind

pytestmark = pytest.mark.usefixtures("quiet")
every_config = pytest.mark.parametrize("config", SERVER_CONFIGS, ids=str)


@pytest.fixture(autouse=True)
def _diary() -> None:
    Room.event_log = []


def test_a_second_star_class_is_refused_at_mount() -> None:
    """It would silently take the place of the first."""
    site = DEFAULT_CONFIG.app()

    class Star(Namespace):
        """Serves, or so its author thinks, all namespaces."""

    site.socketio.on_namespace(Star("*"))
    with pytest.raises(MountError, match="Star is the '\\*' namespace"):
        mounted(site)


class Chat(Namespace):
    """A plain class on an exact name."""

    event_log: list[Any]

    def on_connect(self) -> None:
        self.event_log.append("connect")

    def on_say(self, text: str) -> str:
        return text

    def on_disconnect(self, reason: str) -> None:
        self.event_log.append(reason)
        raise RuntimeError("a disconnect handler of the app")


@every_config
def test_what_the_app_served_before_is_served_as_before(config: ServerConfig) -> None:
    """Functions on `/` and elsewhere, exact classes, and names that are listed."""
    site = config.app(namespaces=["/", "/listed"])
    Chat.event_log = []
    seen: list[Any] = []
    on_main = site.socketio.on
    on_main("connect")(lambda: seen.append("connect"))
    on_main("say")(lambda text: text)
    on_main("disconnect")(seen.append)
    on_main("say", namespace="/partly")(lambda text: text)
    site.socketio.on_namespace(Chat("/chat"))
    mounted(site)
    client = PacketClient(site)
    for name in ("/", "/chat", "/partly"):
        client.join(name)
        assert client.call(name, "say", "a") == "a"
    client.join("/listed")
    client.join("/rooms/1")
    client.close()
    assert seen == ["connect", "transport close"]
    assert Chat.event_log == ["connect", "transport close"]
    assert Room.event_log == ["connect", "transport close"]
    assert left_behind(site) == {}


@every_config
def test_a_raising_disconnect_beside_the_router_strands_nobody_in_it(
    config: ServerConfig,
) -> None:
    """The app's own handlers raise first; all rooms are left, and so are its own."""
    site = config.app()
    Chat.event_log = []
    site.socketio.on_namespace(Chat("/chat"))
    site.socketio.on_namespace(Chat("/talk"))
    mounted(site)
    client = PacketClient(site)
    client.join("/chat")
    client.join("/talk")
    client.join("/rooms/1")
    client.join("/rooms/2")
    client.close()
    assert Chat.event_log == ["connect"] * 2 + ["transport close"] * 2
    assert Room.event_log == ["connect"] * 2 + ["transport close"] * 2
    assert left_behind(site) == {}


@pytest.mark.parametrize("is_routed", [False, True], ids=["before", "after"])
def test_a_connection_that_ends_inside_a_connect_beside_the_router(
    is_routed: bool,
) -> None:
    """Whom `always_connect` has let in already is disconnected, as before the mount."""
    site = ServerConfig(always_connect=True).app()
    heard: list[str] = []
    clients: list[PacketClient] = []

    class Hasty(Namespace):
        def on_connect(self) -> None:
            clients[0].close()
            heard.append("connect")

        def on_disconnect(self, reason: str) -> None:
            heard.append(reason)

    site.socketio.on_namespace(Hasty("/hasty"))
    if is_routed:
        mounted(site)
    clients.append(PacketClient(site))
    clients[0].send_packet(packet.CONNECT, "/hasty")
    assert heard == ["transport close", "connect"]


@every_config
def test_a_custom_container_of_names_is_still_asked(config: ServerConfig) -> None:
    """What it accepts is the app's; what it raises is a refusal."""

    class Names:
        def __contains__(self, name: object) -> bool:
            if name == "/raises":
                raise RuntimeError("a container of the app")
            return name == "/contained"

    site = config.app()
    site.socketio.server.namespaces = Names()
    mounted(site)
    client = PacketClient(site)
    client.join("/contained")
    client.join("/rooms/1")
    for name in ("/raises", "/not"):
        with pytest.raises(Refused):
            client.join(name)
    client.close()
    assert Room.event_log == ["connect", "transport close"]
    assert left_behind(site) == {}


def test_a_namespaces_option_of_all_stands() -> None:
    """`namespaces='*'` is the app's choice: what no route matches gets in as before."""
    with pytest.warns(MountWarning, match=r"namespaces='\*'"):
        site = mounted(DEFAULT_CONFIG.app(namespaces="*"))
    client = PacketClient(site)
    client.join("/nowhere")
    client.join("/rooms/1")
    client.join("/")
    client.close()
    assert left_behind(site) == {}


def test_a_namespaces_option_of_one_text_lets_in_no_part_of_it() -> None:
    """`namespaces='/chat/room'` would let in `/chat`, `/ch` and `/room` as well."""
    site = mounted(DEFAULT_CONFIG.app(namespaces="/chat/room"))
    client = PacketClient(site)
    for name in ("/chat", "/ch", "/room"):
        assert client.refusal(name) == {"message": "Invalid namespace"}
    for name in ("/chat/room", "/rooms/1", "/"):
        client.join(name)
    client.close()
    assert left_behind(site) == {}


def test_the_server_of_an_earlier_app_lets_nobody_in() -> None:
    """A `SocketIO` has one server at a time; the clients of another are refused."""
    socketio = SocketIO(async_mode="threading", monitor_clients=False)
    router = MetaRouter([Room]).mount(socketio)
    first, second = Flask("first"), Flask("second")
    socketio.init_app(first)
    old = Site(first, socketio, router)
    early = PacketClient(old)
    early.join("/rooms/1")
    early_server: Any = socketio.server
    late = PacketClient(old)
    socketio.init_app(second)
    new = Site(second, socketio, router)
    assert late.refusal("/rooms/1") == {"message": "internal error"}
    assert late.refusal("/nowhere") == {"message": "Invalid namespace"}
    late.join("/")
    recorder = DispatchRecorder(new)
    number = early.ask("/rooms/1", "say", "anybody?")
    assert recorder.next().outcome == "late"
    client = PacketClient(new)
    client.join("/rooms/1")
    assert client.call("/rooms/1", "say", "here") == "here"
    assert not early.is_acknowledged("/rooms/1", number)
    early.close()
    late.close()
    client.close()
    assert Room.event_log == [
        "connect",
        "connect",
        "transport close",
        "transport close",
    ]
    assert early_server.manager.rooms == {}
    assert early_server.environ == {}
    assert left_behind(new) == {}


@pytest.mark.parametrize("app_first", [False, True])
def test_a_second_init_app_serves_routes_too(app_first: bool) -> None:
    """Each builds a new server; the router is on each of them."""
    socketio = SocketIO(async_mode="threading", monitor_clients=False)
    app = Flask("twice")
    if app_first:
        socketio.init_app(app)
    router = MetaRouter([Room]).mount(socketio)
    for _ in range(2):
        socketio.init_app(app)
        site = Site(app, socketio, router)
        client = PacketClient(site)
        client.join("/rooms/1")
        assert client.refusal("/nowhere") == {"message": "Invalid namespace"}
        assert client.call("/rooms/1", "connect")["error"]["code"] == "reserved_event"
        client.close()
        assert left_behind(site) == {}
