"""A server ends its connections itself, by steps of Engine.IO's own way."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from engineio import packet
from engineio.socket import Socket

from nsroute.live import draining
from nsroute.upstream.connections import REASON, REFUSAL, Connection, Connections
from tests.support.concurrency import run_beside, settle
from tests.support.packet_client import PacketClient
from tests.support.server_configs import DEFAULT_CONFIG
from tests.support.sites import Site, site

pytestmark = pytest.mark.usefixtures("quiet")

CLOSE = """\
    def close(self, wait=True, abort=False, reason=None):
        \"\"\"Close the socket connection.\"\"\"
        if not self.closed and not self.closing:
            self.closing = True
            self.server._trigger_event(
                'disconnect', self.sid,
                reason or self.server.reason.SERVER_DISCONNECT,
                run_async=False)
            if not abort:
                self.send(packet.Packet(packet.CLOSE))
            self.closed = True
            self.queue.put(None)
            if wait:
                self.queue.join()
"""
"""Upstream's steps, which `Connection` takes one by one."""


@pytest.fixture
def heard() -> list[str]:
    """What disconnect handlers got as the reason."""
    return []


@pytest.fixture
def here(heard: list[str]) -> Site:
    site = DEFAULT_CONFIG.app(namespaces=["/a"])
    site.socketio.on("disconnect", namespace="/a")(heard.append)
    return site


def opened(here: Site, eio_sid: str = "polls") -> Any:
    """Make an Engine.IO socket of a client that polls, and return it."""
    engine: Any = here.socketio.server.eio
    socket = Socket(engine, eio_sid)
    socket.last_ping = None
    socket.connected = True
    engine.sockets[eio_sid] = socket
    return socket


def test_a_connection_ends_in_the_steps_that_were_checked() -> None:
    """Another `close` may leave something behind here."""
    assert inspect.getsource(Socket.close) == CLOSE


def test_a_connection_is_ended_and_closed_once(here: Site, heard: list[str]) -> None:
    """First its disconnect handlers run, and then the client hears of it."""
    client = PacketClient(here)
    client.join("/a")
    connections = Connections(here.socketio.server)
    [connection] = connections.open()
    assert connection.eio_sid == client.eio_sid
    assert [connection.take(), connection.take()] == [True, False]
    assert connections.open() == []
    connection.end()
    client.drain()
    assert (heard, client.closed) == ([REASON], False)
    connection.close()
    client.drain()
    assert client.closed
    assert connection.is_gone
    assert not Connection(here.socketio.server.eio, client.socket).take()


def test_a_client_that_polls_gets_nothing_to_read_and_then_nothing_at_all(
    here: Site,
) -> None:
    """A CLOSE packet would keep python-socketio's client from connecting again."""
    socket = opened(here)
    [connection] = Connections(here.socketio.server).open()
    connection.take()
    connection.close()
    assert not connection.is_gone
    assert [one.packet_type for one in socket.poll()] == [packet.NOOP]
    assert socket.poll() == []
    assert socket.closed


def test_what_was_sent_to_a_connection_is_read_or_not(here: Site) -> None:
    """One that polls has read it when its request was answered."""
    socket = opened(here)
    [connection] = Connections(here.socketio.server).open()
    assert connection.is_read
    socket.send(packet.Packet(packet.MESSAGE, "2[]"))
    assert not connection.is_read
    socket.poll()
    assert connection.is_read


def test_a_drain_lets_a_client_poll_what_was_sent_before() -> None:
    """It waits for that, but not for one that does not come back."""
    drained = site()
    socket, lost = opened(drained, "polls"), opened(drained, "is lost")
    for one in (socket, lost):
        one.send(packet.Packet(packet.MESSAGE, "2[]"))
    wait = run_beside(drained, drained.router.drain)
    settle(drained, lambda: socket.closing and lost.closing)
    drained.socketio.sleep(10 * draining.INTERVAL)
    assert [one.packet_type for one in socket.poll()] == [packet.MESSAGE]
    assert not socket.closed
    wait()
    assert socket.closed
    assert lost.closed
    assert [one.packet_type for one in socket.poll()] == [packet.NOOP]


def test_new_connections_are_refused_in_the_handshake(here: Site) -> None:
    """Engine.IO answers 401 to what is neither None nor True."""
    Connections(here.socketio.server).refuse_new()
    with pytest.raises(ConnectionError, match=REFUSAL):
        PacketClient(here)
    answers: list[str] = []
    environ = {
        "REQUEST_METHOD": "GET",
        "QUERY_STRING": "EIO=4&transport=polling",
        "wsgi.url_scheme": "http",
    }
    here.socketio.server.handle_request(
        environ, lambda status, headers: answers.append(status)
    )
    assert answers == ["401 UNAUTHORIZED"]
    assert Connections(here.socketio.server).open() == []
