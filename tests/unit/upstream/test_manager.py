"""How the client manager ends clients and connections: once, and all of them."""

from __future__ import annotations

import inspect
import threading
from collections import Counter
from typing import Any

import pytest
import socketio
from socketio import packet
from socketio.pubsub_manager import PubSubManager

from nsroute import MetaRouter
from tests.support.event_log import Room
from tests.support.manager_rooms import Bus, Moments, tables
from tests.support.packet_client import PacketClient
from tests.support.server_configs import DEFAULT_CONFIG, SERVER_CONFIGS, ServerConfig
from tests.support.sites import Site, left_behind

pytestmark = pytest.mark.usefixtures("quiet")
every_config = pytest.mark.parametrize("config", SERVER_CONFIGS, ids=str)

CHECKED = {
    (socketio.Manager, "_generate_ack_id"): ["sid", "callback"],
    (socketio.Manager, "basic_close_room"): ["room", "namespace"],
    (socketio.Manager, "basic_disconnect"): ["sid", "namespace", "kwargs"],
    (socketio.Manager, "basic_leave_room"): ["sid", "namespace", "room"],
    (socketio.Manager, "can_disconnect"): ["sid", "namespace"],
    (socketio.Manager, "disconnect"): ["sid", "namespace", "kwargs"],
    (socketio.Manager, "get_namespaces"): [],
    (socketio.Manager, "get_participants"): ["namespace", "room"],
    (socketio.Manager, "get_rooms"): ["sid", "namespace"],
    (socketio.Manager, "pre_disconnect"): ["sid", "namespace"],
    (socketio.Manager, "trigger_callback"): ["sid", "id", "data"],
    (PubSubManager, "_handle_disconnect"): ["message"],
    (PubSubManager, "can_disconnect"): ["sid", "namespace"],
    (PubSubManager, "disconnect"): ["sid", "namespace", "kwargs"],
    (socketio.Server, "_handle_eio_disconnect"): ["eio_sid", "reason"],
    (socketio.Server, "_send_packet"): ["eio_sid", "pkt"],
}
"""What is overridden or called, with its parameters."""


@pytest.fixture(autouse=True)
def _event_log() -> None:
    Room.event_log = []


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
    site = DEFAULT_CONFIG.app(client_manager=Bus())
    manager: Any = Moments(site).manager
    handled: list[Any] = []
    manager._handle_disconnect = handled.append
    site.socketio.server.disconnect("elsewhere", "/a")
    assert handled == manager.published
    assert handled[0]["sid"] == "elsewhere"
    assert handled[0]["namespace"] == "/a"


def test_upstream_has_the_faults_that_are_mended() -> None:
    """A room is made for a client that is in none; id 0 takes the counter away."""
    site = DEFAULT_CONFIG.app(namespaces=["/a"])
    manager: Any = site.socketio.server.manager
    client = PacketClient(site)
    sid = client.join("/a")
    with pytest.raises(KeyError):
        manager.basic_enter_room("gone", "/a", "late")
    assert manager.rooms["/a"]["late"] == {}
    manager._generate_ack_id(sid, print)
    with pytest.raises(TypeError):
        manager.trigger_callback(sid, 0, [])
    with pytest.raises(KeyError):
        manager._generate_ack_id(sid, print)


def beside(handlers: dict[str, Any], *routes: Any) -> Site:
    """Make a site with functions that take the disconnects of some namespaces."""
    site = DEFAULT_CONFIG.app()
    for namespace, handler in handlers.items():
        site.socketio.on("disconnect", namespace=namespace)(handler)
    if routes:
        site.router = MetaRouter(routes).mount(site.socketio)
    return site


# --- a client is disconnected


@every_config
def test_a_disconnect_is_noted_once_and_only_for_clients_who_are_in(
    config: ServerConfig,
) -> None:
    """Two threads at once leave one note, a late one none."""
    site = config.site(Room)
    client = PacketClient(site)
    sid = client.join("/rooms/1")
    manager: Any = site.socketio.server.manager
    assert manager.pre_disconnect(sid, "/rooms/1") == client.eio_sid
    assert manager.pre_disconnect(sid, "/rooms/1") == client.eio_sid
    assert manager.pending_disconnect == {"/rooms/1": [sid]}
    manager.remove_client(sid, "/rooms/1")
    assert manager.pre_disconnect(sid, "/rooms/1") is None
    assert manager.eio_sid_from_sid(sid, "/rooms/1") is None
    assert manager.pending_disconnect == {}
    client.close()
    assert left_behind(site) == {}


def test_a_disconnect_is_upstreams_own_in_the_thread_that_began_it() -> None:
    """An event of that name that another thread brings is a packet's."""
    site = DEFAULT_CONFIG.app(namespaces=["/a"])
    manager, client = Moments(site).manager, PacketClient(site)
    sid = client.join("/a")
    seen: list[bool] = []

    def ask() -> None:
        seen.append(manager.is_disconnecting(sid, "/a"))

    ask()
    manager.pre_disconnect(sid, "/a")
    ask()
    other = threading.Thread(target=ask)
    other.start()
    other.join()
    manager.remove_client(sid, "/a")
    ask()
    assert seen == [False, True, False, False]
    client.close()


@pytest.mark.parametrize("queue", [False, True])
def test_a_disconnect_of_a_client_that_is_not_in_yet_is_postponed(queue: bool) -> None:
    """Its registry disconnects it later, whoever asks, another process too."""
    options = {"client_manager": Bus()} if queue else {}
    site = DEFAULT_CONFIG.app(namespaces=["/a"], **options)
    moments, client = Moments(site), PacketClient(site)
    manager: Any = moments.manager
    sid = client.join("/a")
    moments.is_postponed = True
    site.socketio.server.disconnect(sid, "/a")
    if queue:
        manager._handle_disconnect({"sid": sid, "namespace": "/a"})
        manager._handle_disconnect({})
    assert client.kinds("/a") == [packet.CONNECT]
    assert manager.is_connected(sid, "/a")
    moments.is_postponed = False
    if queue:
        manager._handle_disconnect({"sid": sid, "namespace": "/a"})
    else:
        site.socketio.server.disconnect(sid, "/a")
    assert client.kinds("/a") == [packet.CONNECT, packet.DISCONNECT]
    client.close()
    assert tables(manager) == {}


def test_a_client_that_is_gone_may_be_removed_and_told_so() -> None:
    """Neither does anything, nor raises."""
    site = DEFAULT_CONFIG.app(namespaces=["/a"])
    manager, client = Moments(site).manager, PacketClient(site)
    client.join("/a")
    manager.remove_client("unknown", "/a")
    manager.remove_client("unknown", "/nowhere")
    manager.send_disconnect(client.eio_sid, "/a")
    assert client.kinds("/a") == [packet.CONNECT, packet.DISCONNECT]
    manager.server._binary_packet[client.eio_sid] = None
    client.close()
    manager.server._send_packet = None
    manager.send_disconnect(client.eio_sid, "/a")
    manager.drop_session(client.eio_sid, "/a")
    assert tables(manager) == manager.server._binary_packet == {}


def test_what_save_session_kept_of_a_namespace_is_dropped() -> None:
    """And nothing of another one."""
    site = DEFAULT_CONFIG.app(namespaces=["/a", "/b"])
    manager, client = Moments(site).manager, PacketClient(site)
    server: Any = site.socketio.server
    for name in ("/a", "/b"):
        server.save_session(client.join(name), {"kept": name}, name)
    manager.drop_session(client.eio_sid, "/a")
    assert server.get_session(client.sids["/a"], "/a") == {}
    assert server.get_session(client.sids["/b"], "/b") == {"kept": "/b"}
    client.close()


# --- a connection ends


def closing(namespaces: int) -> Counter[str]:
    """Count what upstream asks its manager when one of many connections ends."""
    site = DEFAULT_CONFIG.site(Room)
    crowd = [PacketClient(site) for _ in range(namespaces // 50)]
    for number in range(namespaces):
        crowd[number % len(crowd)].join(f"/rooms/{number + 10}")
    client = PacketClient(site)
    for number in range(10):
        client.join(f"/rooms/{number}")
    manager: Any = site.socketio.server.manager
    asked: Counter[str] = Counter()
    for name in ("sid_from_eio_sid", "is_connected", "pre_disconnect", "disconnect"):
        method = getattr(manager, name)

        def count(*args: Any, name: str = name, method: Any = method, **kw: Any) -> Any:
            asked[name] += 1
            return method(*args, **kw)

        setattr(manager, name, count)
    client.close()
    assert len(manager.rooms) == len(manager.get_namespaces()) == namespaces
    return asked


def test_closing_a_connection_costs_what_its_own_namespaces_cost() -> None:
    """The work is the same whether the server has fifty namespaces or a thousand."""
    few, many = closing(50), closing(1000)
    assert few == many
    assert few["pre_disconnect"] == few["disconnect"] == 10


def test_a_handler_may_ask_for_all_namespaces_while_its_connection_ends() -> None:
    """Only upstream's own question is answered for that connection alone."""
    asked: list[list[str]] = []

    def ask(*_: Any) -> None:
        asked.append(sorted(site.socketio.server.manager.get_namespaces()))

    site = beside({"/a": ask}, Room)
    client, other = PacketClient(site), PacketClient(site)
    client.join("/a")
    other.join("/rooms/1")
    client.close()
    assert asked == [["/a", "/rooms/1"]]
    other.close()


@every_config
@pytest.mark.parametrize("order", ["before", "after"])
def test_the_admin_uis_handler_of_the_end_finds_the_mixins(
    config: ServerConfig, order: str
) -> None:
    """It calls the server's attribute, whether it was set before the mount or after."""
    site = config.app()
    server: Any = site.socketio.server
    seen: list[str] = []

    def instrumented(eio_sid: str, reason: str) -> Any:
        seen.append(reason)
        return server._handle_eio_disconnect(eio_sid, reason)

    if order == "before":
        server.eio.on("disconnect", instrumented)
    site.router = MetaRouter([Room]).mount(site.socketio)
    if order == "after":
        server.eio.on("disconnect", instrumented)
    client = PacketClient(site)
    client.join("/rooms/1")
    client.close()
    assert seen == ["transport close"]
    assert Room.event_log[-1] == "closed"
    assert left_behind(site) == {}
