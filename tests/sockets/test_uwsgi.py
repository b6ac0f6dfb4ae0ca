"""What is true of `gevent_uwsgi` mode alone; all else is tested there as in any mode.

It takes a `uwsgi` on the path, and `NSROUTE_MODES=gevent_uwsgi`, as in CI.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from websocket import WebSocketTimeoutException

from tests.conftest import Serve
from tests.support.raw_clients import RawWebSocket
from tests.support.servers import MODES, Server

MODE = "gevent_uwsgi"

pytestmark = [
    pytest.mark.sockets,
    pytest.mark.skipif(MODE not in MODES, reason="it takes NSROUTE_MODES=gevent_uwsgi"),
]


@pytest.fixture
def server(serve: Serve) -> Server:
    """Serve chats in a uWSGI."""
    return serve("tests.support.hostile_sites:chats_impatient", MODE)


@pytest.fixture
def raw(server: Server) -> Iterator[RawWebSocket]:
    """Join one of the chats."""
    connected = RawWebSocket(server.url)
    connected.send("0/chats/a,")
    connected.receive_until("0/chats/a,")
    yield connected
    connected._socket.shutdown()


def test_a_binary_frame_that_uwsgi_takes_for_text_ends_its_connection_in_time(
    server: Server, raw: RawWebSocket
) -> None:
    """One that begins with a byte of 0x30 or more; others arrive."""
    say = '51-/chats/a,1["say",{"_placeholder":true,"num":0}]'
    raw.send(say, b"\x2fthat is data")
    raw.receive_until("61-/chats/a,1[")
    assert raw.receive() == b"\x2fthat is data"
    raw.send(say, b"\x30 is text there")
    server.records.wait("nsroute.disconnect", count=1)
    server.empty()


def test_uwsgi_hangs_up_no_websocket(server: Server, raw: RawWebSocket) -> None:
    """The client that was ended, here by itself, is gone; its socket stays open."""
    raw._socket.send("1")
    server.records.wait("nsroute.disconnect", count=1)
    server.empty()
    raw._socket.settimeout(1.0)
    with pytest.raises(WebSocketTimeoutException):
        raw.receive_until("nothing more comes, and no end")
