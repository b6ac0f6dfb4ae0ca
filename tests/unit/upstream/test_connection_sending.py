"""What is sent to a connection that closes just now is lost, and nothing else."""

from __future__ import annotations

import inspect
from typing import Any

import engineio
import pytest
from engineio import packet as eio_packet
from engineio.exceptions import SocketIsClosedError

from nsroute import MetaRouter, on
from nsroute.upstream import sending
from tests.support.event_log import Room
from tests.support.packet_client import PacketClient
from tests.support.server_configs import DEFAULT_CONFIG, SERVER_CONFIGS, ServerConfig
from tests.support.sites import left_behind

pytestmark = pytest.mark.usefixtures("quiet")
every_config = pytest.mark.parametrize("config", SERVER_CONFIGS, ids=str)


@pytest.fixture(autouse=True)
def _diary() -> None:
    Room.event_log = []


def test_engineio_raises_where_a_connection_closes_between_look_and_send() -> None:
    """Out of `emit`, and what comes after it in the room is not sent."""
    site = DEFAULT_CONFIG.app()
    client = PacketClient(site)
    client.socket.closed = True
    with pytest.raises(SocketIsClosedError) as raised:
        client.socket.send(eio_packet.Packet(eio_packet.NOOP))
    assert raised.value.args == ()
    parameters = inspect.signature(engineio.Server.send_packet).parameters
    assert list(parameters) == sending.EXPECTED


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
    looked = site.socketio.server.eio._get_socket

    def close_after_looking(sid: str) -> Any:
        found = looked(sid)
        if sid == clients[1].eio_sid:
            found.closed = True
        return found

    site.socketio.server.eio._get_socket = close_after_looking
    assert clients[0].call("/shouters/1", "shout") == "done"
    for client in (clients[0], clients[2], clients[3]):
        assert ("shouted",) in client.received("/shouters/1")
    clients[1].socket.closed = False
    for client in clients:
        client.close()
    assert left_behind(site) == {}


@pytest.mark.parametrize("how", ["another signature", "another class"])
def test_a_way_of_sending_that_is_not_as_expected_stays_as_it_is(
    how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Clients are served all the same."""
    site = DEFAULT_CONFIG.app()
    engine: Any = site.socketio.server.eio
    if how == "another class":

        class Own(type(engine)):  # type: ignore[misc]
            def send_packet(self, sid: str, pkt: object) -> None:
                super().send_packet(sid, pkt)

        engine.__class__ = Own
    else:
        monkeypatch.setattr(sending, "EXPECTED", ["other"])
    site.router = MetaRouter([Room]).mount(site.socketio)
    assert "send_packet" not in vars(engine)
    client = PacketClient(site)
    client.join("/rooms/1")
    assert client.call("/rooms/1", "say", "a") == "a"
    client.close()
    assert left_behind(site) == {}
