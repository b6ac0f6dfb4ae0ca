"""Nothing is sent to a connection that closes just now, and nobody else misses it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from nsroute import on
from nsroute.upstream.connects import send_whole_packets
from tests.support.event_log import Room
from tests.support.packet_client import PacketClient
from tests.support.server_configs import DEFAULT_CONFIG, SERVER_CONFIGS, ServerConfig
from tests.support.sites import left_behind

pytestmark = pytest.mark.usefixtures("quiet")
every_config = pytest.mark.parametrize("config", SERVER_CONFIGS, ids=str)


@pytest.fixture(autouse=True)
def _event_log() -> None:
    Room.event_log = []


@every_config
def test_all_that_is_sent_goes_through_the_method_that_is_wrapped(
    config: ServerConfig,
) -> None:
    """Looked up on the instance, so that a wrapper there is called."""
    site = config.site(Room)
    client = PacketClient(site)
    client.join("/rooms/1")
    sent: list[str] = []
    site.socketio.server.eio.send_packet = lambda sid, _: sent.append(sid)
    site.socketio.emit("a", namespace="/rooms/1")
    site.socketio.emit("a", namespace="/rooms/1", callback=sent.append)
    assert sent == [client.eio_sid] * 2
    del site.socketio.server.eio.send_packet
    client.close()


@every_config
def test_a_connection_that_closes_just_now_harms_nobody_else(
    config: ServerConfig,
) -> None:
    """Who emits gets its answer, and everybody else in the room what was emitted."""

    class Shouter(Room, namespace="/shouters/<int:number>"):
        @on("shout")
        def shout(self) -> str:
            self.emit("shouted")
            return "done"

    site = config.site(Shouter)
    clients = [PacketClient(site) for _ in range(4)]
    for client in clients:
        client.join("/shouters/1")
    closing = clients[1].socket
    look = closing.check_ping_timeout

    def close_and_look() -> Any:
        closing.closed = True
        return look()

    closing.check_ping_timeout = close_and_look
    assert clients[0].call("/shouters/1", "shout") == "done"
    for client in (clients[0], clients[2], clients[3]):
        assert ("shouted",) in client.received("/shouters/1")
    del closing.check_ping_timeout
    closing.closed = False
    for client in clients:
        client.close()
    assert left_behind(site) == {}


def test_a_double_without_a_way_of_sending_stays_as_it_is() -> None:
    """Tests of users may have one in the place of the Engine.IO server."""
    site = DEFAULT_CONFIG.app()
    site.socketio.server.eio = double = SimpleNamespace(send_packet=len)
    parts: Any = None
    send_whole_packets(site.socketio.server, parts)
    assert double.send_packet is len
