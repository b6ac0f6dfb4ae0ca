"""How a connection ends, and a client is disconnected: what it costs and raises."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from flask_socketio import disconnect
from socketio import packet

from nsroute import MetaRouter
from tests.support.event_log import Room
from tests.support.packet_client import PacketClient
from tests.support.server_configs import DEFAULT_CONFIG
from tests.support.sites import left_behind

pytestmark = pytest.mark.usefixtures("quiet")


@pytest.fixture(autouse=True)
def _diary() -> None:
    Room.event_log = []


def closing(namespaces: int) -> Counter[str]:
    """Count what upstream's manager is asked when one of many connections ends."""
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
    manager.get_namespaces = None
    client.close()
    assert len(manager.rooms) == namespaces
    return asked


def test_closing_a_connection_costs_what_its_own_namespaces_cost() -> None:
    """The work is the same whether the server has fifty namespaces or a thousand."""
    few, many = closing(50), closing(1000)
    assert few == many
    assert few["pre_disconnect"] == few["disconnect"] == 10


def test_a_connection_that_is_older_than_the_router_is_left_everywhere() -> None:
    """Nobody counted where it is, so all namespaces are asked, as upstream does."""
    site = DEFAULT_CONFIG.app(namespaces="*")
    client = PacketClient(site)
    client.send_frame("0/before,")
    assert client.next_packet().packet_type == packet.CONNECT
    site.router = MetaRouter([Room]).mount(site.socketio)
    client.join("/rooms/1")
    client.close()
    assert Room.event_log[-1] == "closed"
    assert left_behind(site) == {}


def test_what_a_disconnect_raises_for_reasons_of_its_own_comes_out() -> None:
    """A `KeyError` of a function handler is no sign of a client that has left."""
    site = DEFAULT_CONFIG.app()

    def failing(*_: Any) -> None:
        raise KeyError("the app's")

    site.socketio.on("disconnect", namespace="/a")(failing)
    site.socketio.on("out", namespace="/a")(disconnect)
    site.router = MetaRouter([Room]).mount(site.socketio)
    client = PacketClient(site)
    sid = client.join("/a")
    with pytest.raises(KeyError, match="the app's"):
        site.socketio.server.disconnect(sid, "/a")
    assert left_behind(site) == {"environ": 1}
    client.close()
    assert left_behind(site) == {}


def test_the_admin_uis_handler_of_the_end_finds_the_watch() -> None:
    """It calls the server's attribute, so the watch has to be there."""
    site = DEFAULT_CONFIG.site(Room)
    server: Any = site.socketio.server
    seen: list[str] = []

    def instrumented(eio_sid: str, reason: str) -> Any:
        seen.append(reason)
        return server._handle_eio_disconnect(eio_sid, reason)

    server.eio.on("disconnect", instrumented)
    client = PacketClient(site)
    client.join("/rooms/1")
    client.close()
    assert seen == ["transport close"]
    assert Room.event_log[-1] == "closed"
    assert left_behind(site) == {}


@pytest.mark.parametrize("error", [TypeError("a"), RuntimeError("a"), SystemExit(1)])
def test_what_a_handler_beside_the_router_raises_at_the_end_is_not_hidden(
    error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    """Engine.IO would take a `TypeError` for an old signature, and log its own."""
    site = DEFAULT_CONFIG.app()

    def failing(*_: Any) -> None:
        raise error

    site.socketio.on("disconnect", namespace="/a")(failing)
    site.router = MetaRouter([Room]).mount(site.socketio)
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
