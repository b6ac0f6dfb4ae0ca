"""Where a CONNECT fails, or outlives its connection: the client hears, none stays."""

from __future__ import annotations

from typing import Any

import pytest
from socketio import packet

from nsroute import MetaRouter
from tests.support.event_log import Room
from tests.support.packet_client import PacketClient
from tests.support.server_configs import DEFAULT_CONFIG, SERVER_CONFIGS, ServerConfig
from tests.support.sites import left_behind

pytestmark = pytest.mark.usefixtures("quiet")
every_config = pytest.mark.parametrize("config", SERVER_CONFIGS, ids=str)


@pytest.fixture(autouse=True)
def _diary() -> None:
    Room.event_log = []


def test_a_connect_after_the_end_of_its_connection_is_nothing() -> None:
    """One polling payload may hold both."""
    site = DEFAULT_CONFIG.site(Room)
    client = PacketClient(site)
    client.close()
    site.socketio.server._handle_eio_message(client.eio_sid, "0/rooms/1,")
    assert Room.event_log == []
    assert left_behind(site) == {}


def failing_once(target: Any, name: str, error: BaseException) -> None:
    """Let a method fail the first time it is called."""
    method = getattr(target, name)

    def fail(*_: Any, **__: Any) -> Any:
        setattr(target, name, method)
        raise error

    setattr(target, name, fail)


@every_config
def test_where_upstream_fails_to_let_a_client_in_it_is_told_so(
    config: ServerConfig,
) -> None:
    """After the handler let it in: it was in, and is put out again."""
    site = config.site(Room)
    client = PacketClient(site)
    failing_once(site.socketio.server.manager, "connect", KeyError("/rooms/1"))
    client.send_packet(packet.CONNECT, "/rooms/1")
    assert client.kinds("/rooms/1")[-1] == packet.DISCONNECT
    # With `always_connect` upstream fails before the handler is asked.
    last = [] if config.always_connect else ["transport close", "closed"]
    assert Room.event_log[-2:] == last
    assert left_behind(site) == {"environ": 1}
    client.join("/rooms/1")
    client.close()
    assert left_behind(site) == {}


@every_config
def test_where_upstream_fails_before_the_handler_the_client_is_refused(
    config: ServerConfig,
) -> None:
    """It gets an answer, and nothing of it stays."""
    site = config.site(Room)
    client = PacketClient(site)
    failing_once(site.socketio.server, "_trigger_event", RuntimeError("upstream"))
    client.send_packet(packet.CONNECT, "/rooms/1")
    refused = packet.DISCONNECT if config.always_connect else packet.CONNECT_ERROR
    assert client.kinds("/rooms/1")[-1] == refused
    assert Room.event_log == []
    assert left_behind(site) == {"environ": 1}
    client.join("/rooms/1")
    client.close()
    assert left_behind(site) == {}


@every_config
@pytest.mark.parametrize("error", [KeyError("gone"), RuntimeError("gone")])
def test_where_it_fails_because_the_connection_has_ended_nothing_stays(
    config: ServerConfig, error: Exception
) -> None:
    """Whoever is told then does not hear it."""
    site = config.site(Room)
    client = PacketClient(site)
    server: Any = site.socketio.server

    def end(*_: Any, **__: Any) -> Any:
        del server._trigger_event
        client.close()
        raise error

    server._trigger_event = end
    client.send_packet(packet.CONNECT, "/rooms/1")
    assert Room.event_log == []
    assert left_behind(site) == {}


def test_what_the_app_serves_fails_as_it_did_before() -> None:
    """A function that raises in its connect leaves its client to upstream."""
    site = DEFAULT_CONFIG.app()

    def failing() -> None:
        raise RuntimeError("the app's")

    site.socketio.on("connect", namespace="/a")(failing)
    site.router = MetaRouter([Room]).mount(site.socketio)
    client = PacketClient(site)
    client.send_packet(packet.CONNECT, "/a")
    assert client.drain() == []
    assert site.socketio.server.manager.pending_connect != {}
    client.close()


@pytest.mark.parametrize("error", [None, RuntimeError("a"), KeyError("a")])
def test_a_connect_beside_the_router_that_outlives_its_connection_leaves_no_ghost(
    error: Exception | None,
) -> None:
    """Upstream would count it as connected, or as connecting, for ever."""
    site = DEFAULT_CONFIG.app()
    clients: list[PacketClient] = []

    def outlive() -> None:
        clients[0].close()
        if error is not None:
            raise error

    site.socketio.on("connect", namespace="/a")(outlive)
    site.router = MetaRouter([Room]).mount(site.socketio)
    clients.append(PacketClient(site))
    clients[0].send_packet(packet.CONNECT, "/a")
    assert left_behind(site) == {}


def test_a_client_whose_sid_upstream_takes_for_a_connections_is_put_out() -> None:
    """Its tables had lost the client between its answer and its entry."""
    site = DEFAULT_CONFIG.site(Room)
    client = PacketClient(site)
    manager: Any = site.socketio.server.manager
    connect = manager.connect

    def lost(sid: str, namespace: str) -> Any:
        manager.connect = connect
        manager.disconnect(sid, namespace)
        return connect(sid, namespace)

    manager.connect = lost
    client.send_packet(packet.CONNECT, "/rooms/1")
    assert client.kinds("/rooms/1")[-1] == packet.DISCONNECT
    assert Room.event_log[-2:] == ["transport close", "closed"]
    assert left_behind(site) == {"environ": 1}
    client.close()
    assert left_behind(site) == {}
