"""A connection whose packets reach no handler, one after the other, is ended."""

from __future__ import annotations

from typing import Any

import pytest
import websocket

from nsroute import RoutedNamespace, on
from nsroute.upstream.connects import MOST_REFUSED
from tests.conftest import Serve
from tests.support.hostile_sites import Chat
from tests.support.packet_client import PacketClient
from tests.support.raw_clients import RawPolling, RawWebSocket
from tests.support.server_configs import SERVER_CONFIGS, ServerConfig
from tests.support.servers import Server
from tests.support.sites import Site, left_behind

CHATS = "tests.support.hostile_sites:chats"
RAW: dict[str, Any] = {"websocket": RawWebSocket, "polling": RawPolling}
IN_ORDER = ServerConfig(async_handlers=False)
pytestmark = pytest.mark.usefixtures("quiet")

REFUSED = {
    "reserved": '2/chats/a,["connect",{}]',
    "invalid": "2/chats/a,[7]",
    "unrouted": "0/nowhere,",
}


def joined(site: Site) -> PacketClient:
    client = PacketClient(site)
    client.join("/chats/a")
    return client


@pytest.mark.parametrize("frame", REFUSED.values(), ids=REFUSED)
def test_a_connection_that_does_nothing_else_is_ended(frame: str) -> None:
    """Each is answered and recorded, up to the last."""
    site = IN_ORDER.site(Chat)
    client = joined(site)
    for _ in range(MOST_REFUSED):
        assert not client.socket.closed
        client.send_frame(frame)
    assert client.socket.closed
    assert left_behind(site) == {}


@pytest.mark.parametrize(
    "frame", ['2/chats/a,["say"]', "0/chats/b,"], ids=["event", "connect"]
)
def test_one_that_is_served_in_between_goes_on(frame: str) -> None:
    """Whatever else a client does lets the count begin anew."""
    site = IN_ORDER.site(Chat)
    client = joined(site)
    for refused in REFUSED.values():
        for _ in range(MOST_REFUSED - 2):
            client.send_frame(refused)
        client.send_frame(frame)
        client.send_frame("1/chats/b,")
    assert not client.socket.closed
    client.close()
    assert left_behind(site) == {}


def test_the_namespaces_of_one_connection_are_one_count() -> None:
    """Changing names is no way around it; another connection is not concerned."""
    site = IN_ORDER.site(Chat)
    client, other = joined(site), joined(site)
    client.join("/chats/b")
    for number in range(MOST_REFUSED // 2):
        client.send_frame(f"2/chats/{'ab'[number % 2]},[7]")
        client.send_frame(f"0/nowhere/{number},")
    assert client.socket.closed
    assert other.call("/chats/a", "say", "on") == ["on"]
    other.close()
    assert left_behind(site) == {}


def test_too_many_namespaces_are_counted_as_well() -> None:
    """The refusal comes before any middleware, like the others."""
    site = IN_ORDER.site(Chat, max_namespaces_per_client=1)
    client = joined(site)
    for number in range(MOST_REFUSED):
        assert not client.socket.closed
        client.send_frame(f"0/chats/{number},")
    assert client.socket.closed
    assert left_behind(site) == {}


class Alone(RoutedNamespace):
    @on("say")
    def say(self, text: str) -> str:
        return text


def test_what_stands_beside_the_router_counts_as_something_else() -> None:
    """Events of a namespace that stands alone are served, too."""
    site = IN_ORDER.site(Chat)
    site.socketio.on_namespace(Alone("/alone"))
    client = joined(site)
    client.join("/alone")
    for _ in range(3):
        for _ in range(MOST_REFUSED - 2):
            client.send_frame("0/nowhere,")
        assert client.call("/alone", "say", "on") == "on"
    client.close()
    assert left_behind(site) == {}


@pytest.mark.parametrize("config", SERVER_CONFIGS, ids=str)
def test_the_end_leaves_nothing_in_any_configuration(config: ServerConfig) -> None:
    """Whether the name is refused by the manager, the router or upstream."""
    site = config.site(Chat)
    client = PacketClient(site)
    sid = client.join("/chats/a")
    for number in range(MOST_REFUSED + 1):
        if client.socket.closed:
            break
        client.send_packet(0, f"/nowhere/{number}")
    assert client.socket.closed
    assert sid not in str(left_behind(site))
    assert left_behind(site) == {}


def test_a_refused_connect_is_nothing_else() -> None:
    """It passes middleware, so it does not count; nor does it begin the count anew."""
    site = IN_ORDER.site(Chat)
    client = joined(site)
    for _ in range(MOST_REFUSED):
        client.send_frame('0/chats/b,"refuse"')
        assert not client.socket.closed
        client.send_frame("0/nowhere,")
    assert client.socket.closed
    assert left_behind(site) == {}


def test_a_connection_that_is_gone_is_not_ended_again() -> None:
    """It closed by itself between its last packet and the count."""
    site = IN_ORDER.site(Chat)
    site.socketio.server.manager.close_connection("gone")
    assert left_behind(site) == {}


def ended(server: Server, raw: Any, frames: list[str]) -> None:
    """Send frames until the server ends the connection."""
    try:
        for frame in frames * MOST_REFUSED:
            raw.send(frame)
        server.records.wait("nsroute.connection_closed")
        # uWSGI hangs up no WebSocket (`tests/sockets/test_uwsgi.py`).
        while server.mode != "gevent_uwsgi" or isinstance(raw, RawPolling):
            raw.receive()
    except (OSError, websocket.WebSocketException):
        pass
    finally:
        if isinstance(raw, RawPolling):
            raw._session.close()
        else:
            raw._socket.shutdown()
    server.records.wait("nsroute.disconnect", count=1)
    server.empty()
    [record] = server.records.all("nsroute.connection_closed")
    assert record["code"] == "only_refused"
    assert record["level"] == "warning"


def test_the_end_over_the_wire(serve: Serve, mode: str, transport: str) -> None:
    """In each mode and by each transport; the record says which connection it was."""
    server = serve(CHATS, mode)
    raw = RAW[transport](server.url)
    raw.send("0/chats/a,")
    raw.receive()
    ended(server, raw, list(REFUSED.values()))
