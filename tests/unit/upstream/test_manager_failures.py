"""What raises beside the router, or in upstream itself, leaves no client anywhere."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from socketio import packet

from nsroute import MetaRouter
from tests.support.event_log import Room
from tests.support.manager_rooms import Moments, tables
from tests.support.packet_client import PacketClient
from tests.support.server_configs import DEFAULT_CONFIG
from tests.support.sites import Site, left_behind

pytestmark = pytest.mark.usefixtures("quiet")


@pytest.fixture(autouse=True)
def _event_log() -> None:
    Room.event_log = []


def app_with(handler: Any) -> Site:
    """Make a site on which a function takes the connects of `/a`."""
    site = DEFAULT_CONFIG.app(namespaces=["/a"])
    site.socketio.on("connect", namespace="/a")(handler)
    return site


def beside(handlers: dict[str, Any], *routes: Any) -> Site:
    """Make a site with functions that take the disconnects of some namespaces."""
    site = DEFAULT_CONFIG.app()
    for namespace, handler in handlers.items():
        site.socketio.on("disconnect", namespace=namespace)(handler)
    if routes:
        site.router = MetaRouter(routes).mount(site.socketio)
    return site


def raising(error: BaseException) -> Any:
    """Make a handler that raises."""

    def fail(*_: Any, **__: Any) -> None:
        raise error

    return fail


@pytest.mark.parametrize("error", [RuntimeError("a"), KeyError("a")])
def test_where_upstream_fails_to_connect_a_client_nothing_outlives_its_connection(
    error: Exception,
) -> None:
    """Upstream's own `connect` cannot be mended; the end of the connection can."""
    site = DEFAULT_CONFIG.site(Room)
    client = PacketClient(site)
    server: Any = site.socketio.server

    def fail(*_: Any) -> Any:
        raise error

    server._trigger_event = fail
    client.send_packet(packet.CONNECT, "/rooms/1")
    assert client.kinds("/rooms/1") == []
    del server._trigger_event
    client.close()
    assert Room.event_log == []
    assert left_behind(site) == {}


def test_what_the_app_serves_fails_as_it_did_before() -> None:
    """A function that raises in its connect leaves its client without an answer."""
    site = app_with(lambda: 1 / 0)
    moments, client = Moments(site), PacketClient(site)
    client.send_packet(packet.CONNECT, "/a")
    assert client.drain() == []
    assert moments.manager.pending_connect != {}
    client.close()
    assert tables(moments.manager) == {}


@pytest.mark.parametrize("error", [None, RuntimeError("a"), KeyError("a")])
def test_a_connect_beside_the_router_that_outlives_its_connection_leaves_nothing(
    error: Exception | None,
) -> None:
    """Upstream would count its client as connected, or as connecting, for ever."""

    def outlive() -> None:
        client.close()
        if error is not None:
            raise error

    site = app_with(outlive)
    manager, client = Moments(site).manager, PacketClient(site)
    client.send_packet(packet.CONNECT, "/a")
    assert tables(manager) == {}


def test_handlers_that_raise_keep_no_other_namespace() -> None:
    """Each is called once, and what the first raised is what is logged."""
    called: list[str] = []

    def fail(name: str) -> Any:
        def handler(*_: Any) -> None:
            called.append(name)
            raise RuntimeError(name)

        return handler

    site = beside({name: fail(name) for name in ("/a", "/b", "/c")}, Room)
    client = PacketClient(site)
    for name in ("/a", "/rooms/1", "/b", "/c"):
        client.join(name)
    with pytest.raises(RuntimeError, match="/a"):
        site.socketio.server._handle_eio_disconnect(client.eio_sid, "transport close")
    assert called == ["/a", "/b", "/c"]
    assert Room.event_log[-2:] == ["transport close", "closed"]
    assert left_behind(site) == {}
    client.close()


def test_where_upstream_fails_before_it_disconnects_anybody_all_leave() -> None:
    """It is not asked for ever; each client's disconnect is dispatched."""
    site = beside({}, Room)
    client = PacketClient(site)
    for number in range(3):
        client.join(f"/rooms/{number}")
    server: Any = site.socketio.server
    server._handle_disconnect = raising(RuntimeError("upstream"))
    with pytest.raises(RuntimeError, match="upstream"):
        server._handle_eio_disconnect(client.eio_sid, "transport error")
    counts = Counter(Room.event_log)
    assert counts["transport error"] == counts["closed"] == 3
    assert left_behind(site) == {}
    del server._handle_disconnect
    client.close()


@pytest.mark.parametrize("error", [TypeError("a"), RuntimeError("a"), SystemExit(1)])
def test_what_a_handler_beside_the_router_raises_at_the_end_is_not_hidden(
    error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    """Engine.IO would take a `TypeError` for an old signature, and log its own."""
    site = beside({"/a": raising(error)}, Room)
    client = PacketClient(site)
    client.join("/a")
    client.join("/rooms/1")
    client.close()
    (record,) = [r for r in caplog.records if r.name == "engineio.server"]
    assert record.exc_info is not None
    raised = record.exc_info[1]
    assert error in (raised, getattr(raised, "__cause__", None))
    assert Room.event_log[-1] == "closed"
    assert left_behind(site) == {}


def test_what_a_disconnect_raises_beside_the_router_comes_out() -> None:
    """Its client stays, as upstream has it, until its connection ends."""
    site = beside({"/a": raising(KeyError("the app's"))}, Room)
    client = PacketClient(site)
    sid = client.join("/a")
    with pytest.raises(KeyError, match="the app's"):
        site.socketio.server.disconnect(sid, "/a")
    assert left_behind(site)["pending_disconnect"] == 1
    client.close()
    assert left_behind(site) == {}


def test_a_client_that_cannot_be_removed_breaks_nothing() -> None:
    """Upstream's tables may have lost it already."""
    site = DEFAULT_CONFIG.app(namespaces=["/a"])
    manager: Any = Moments(site).manager
    manager.disconnect = raising(KeyError("/a"))
    manager.remove_client("sid", "/a")
