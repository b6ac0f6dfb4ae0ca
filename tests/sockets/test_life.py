"""Lingers, seats and timers over real connections, in all async modes."""

from __future__ import annotations

import pytest

from tests.conftest import Connect, Serve
from tests.support.servers import Server

pytestmark = pytest.mark.sockets


@pytest.fixture
def server(serve: Serve, mode: str) -> Server:
    return serve("tests.support.living_sites:lounges", mode)


def test_who_comes_back_finds_the_object_as_it_was(
    server: Server, connect: Connect, transport: str, library: str
) -> None:
    """It has ticked on meanwhile."""
    name, last = "/lounges/1", 0
    for visits in (1, 2, 3):
        client = connect(server, library, transport, [name])
        client.wait(name, "tick", count=3)
        ticks = [one.args[0] for one in client.heard(name, "tick")]
        assert ticks == [*range(ticks[0], ticks[0] + len(ticks))]
        assert ticks[0] > last
        assert client.call(name, "visits") == [visits]
        last = ticks[-1]
        client.close()


def test_an_object_ends_when_nobody_comes_back(
    server: Server, connect: Connect, transport: str, library: str
) -> None:
    """What `closed` emits then arrives; the next client gets a new object."""
    name = "/booths/1"
    lobby = connect(server, library, transport, ["/lobby"])
    for number in (1, 2):
        client = connect(server, library, transport, [name])
        assert client.call(name, "visits") == [1]
        client.close()
        lobby.wait("/lobby", "closed", count=number)


def test_the_third_client_of_two_seats_is_told_that_it_is_full(
    server: Server, connect: Connect, transport: str, library: str
) -> None:
    """A client of socket.io gets the code with its `connect_error`."""
    name = "/lounges/2"
    first, _ = (connect(server, library, transport, [name]) for _ in range(2))
    third = connect(server, library, transport, [name])
    refused = third.wait(name, "connect_error")
    assert "'code': 'full'" in str(refused.args)
    first.close()
