"""A broadcast leaves out Engine.IO's log, where nobody reads it, and nothing else."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Any

import pytest
from engineio.packet import MESSAGE, Packet
from engineio.socket import Socket

from tests.support.event_log import Room
from tests.support.packet_client import PacketClient
from tests.support.server_configs import DEFAULT_CONFIG, SERVER_CONFIGS, ServerConfig
from tests.support.sites import left_behind

pytestmark = pytest.mark.usefixtures("quiet")
WHERE = "/rooms/1"


@pytest.fixture(autouse=True)
def _event_log() -> None:
    Room.event_log = []


@pytest.mark.parametrize("alive", [True, False])
def test_engineio_looks_at_the_ping_puts_into_the_queue_and_logs(alive: bool) -> None:
    """`Socket.send` calls nothing else; if it did, this double would not have it."""
    put: list[Any] = []
    logged: list[Any] = []
    double = SimpleNamespace(
        sid="1",
        check_ping_timeout=lambda: alive,
        queue=SimpleNamespace(put=put.append),
        server=SimpleNamespace(
            logger=SimpleNamespace(info=lambda *args: logged.append(args))
        ),
    )
    pkt = Packet(MESSAGE, "2")
    Socket.send(double, pkt)
    assert put == ([pkt] if alive else [])
    assert len(logged) == len(put)


@pytest.mark.parametrize("config", SERVER_CONFIGS, ids=str)
def test_everybody_hears_what_is_sent_to_all(config: ServerConfig) -> None:
    """But for who is gone, whom a look at the ping finds."""
    site = config.site(Room)
    clients = [PacketClient(site) for _ in range(4)]
    for client in clients:
        client.join(WHERE)
    gone = clients[1].socket
    gone.check_ping_timeout = lambda: False
    for number in range(3):
        site.socketio.emit("said", number, namespace=WHERE)
        site.socketio.emit("shown", b"%d" % number, namespace=WHERE)
    del gone.check_ping_timeout
    for client in clients:
        heard = [
            event for event in client.received(WHERE) if event[0] in ("said", "shown")
        ]
        expected = [
            event
            for number in range(3)
            for event in (("said", number), ("shown", b"%d" % number))
        ]
        assert heard == ([] if client.socket is gone else expected)
        client.close()
    assert left_behind(site) == {}


def test_what_is_sent_is_in_the_log_for_those_who_read_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """One line for each client, as Engine.IO writes them."""
    site = DEFAULT_CONFIG.site(Room)
    clients = [PacketClient(site) for _ in range(3)]
    for client in clients:
        client.join(WHERE)
    engine = site.socketio.server.eio
    with caplog.at_level(logging.INFO, logger=engine.logger.name):
        site.socketio.emit("said", namespace=WHERE)
    lines = [one for one in caplog.messages if "Sending packet" in one]
    sids = [client.eio_sid for client in clients]
    assert [line.partition(":")[0] for line in lines] == sids
    told: list[Any] = []
    engine.logger = SimpleNamespace(info=lambda _, sid, *rest: told.append(sid))
    site.socketio.emit("said", namespace=WHERE)
    assert told == sids  # whatever logger it is
    engine.logger = logging.getLogger("engineio.server")
    for client in clients:
        client.close()


def test_a_socket_of_another_class_sends_as_that_class_does() -> None:
    """What hardens a server has such sockets, each with bounds of its own."""
    site = DEFAULT_CONFIG.site(Room)
    sent: list[Any] = []

    class Counted(Socket):  # type: ignore[misc]
        def send(self, pkt: Any) -> None:
            sent.append(pkt.data)
            super().send(pkt)

    clients = [PacketClient(site) for _ in range(3)]
    for client in clients:
        client.join(WHERE)
    clients[0].socket.__class__ = clients[2].socket.__class__ = Counted
    site.socketio.emit("said", namespace=WHERE)
    assert sent == [f'2{WHERE},["said"]'] * 2
    for client in clients:
        assert ("said",) in client.received(WHERE)
        client.close()
