"""Events in order and bounded, over real connections."""

from __future__ import annotations

import pytest
import requests

from tests.conftest import Connect, Serve
from tests.support.ordered_sites import MAX_WORKERS
from tests.support.raw_clients import RawPolling, RawWebSocket
from tests.support.servers import Server, in_own_process

pytestmark = pytest.mark.sockets

DESKS = "tests.support.ordered_sites:desks"


@pytest.fixture
def server(serve: Serve, mode: str) -> Server:
    return serve(DESKS, mode)


def test_accepted_may_wait_for_its_client(
    server: Server, connect: Connect, transport: str, library: str
) -> None:
    """Its answer is read meanwhile; the client's first event comes after it."""
    ann = connect(server, library, transport, ["/desks/1"])
    assert ann.call("/desks/1", "number", 1) == [1]
    events = [one.event for one in ann.heard("/desks/1")]
    assert events.index("who?") < events.index("asked") < events.index("numbered")


@pytest.mark.parametrize("name", ["/desks/1", "/turns/1"])
def test_events_of_a_client_are_in_the_order_in_which_it_sent_them(
    server: Server, connect: Connect, transport: str, library: str, name: str
) -> None:
    """Although some take longer than those that follow."""
    ann = connect(server, library, transport, [name])
    many = 100 if transport == "websocket" else 15  # so many fit into one payload
    for number in range(many):
        ann.emit(name, "number", number)
    ann.wait(name, "numbered", count=many)
    numbered = [one.args for one in ann.heard(name, "numbered")]
    assert numbered == [(number,) for number in range(many)]


@pytest.mark.parametrize("name", ["/desks/1", "/turns/1"])
def test_a_handler_that_blocks_for_ever_holds_up_nobody_else(
    server: Server, transport: str, name: str
) -> None:
    """No other namespace, no other client, no acknowledgement, no ping."""
    client = RawWebSocket if transport == "websocket" else RawPolling
    ann, bob = client(server.url), client(server.url)
    other = "/desks/2"
    for one, joined in ((ann, name), (ann, other), (bob, other)):
        one.send(f"0{joined},")
        asked = one.receive_until(f"2{joined},")[-1]
        one.send(f"3{joined},{str(asked).split(',')[1].partition('[')[0]}[]")
        one.receive_until(f'2{joined},["asked"')
    ann.send(f'2{name},["block"]')
    ann.receive_until(f'2{name},["blocked"')
    for one in (ann, bob):
        one.send(f'2{other},7["number",7]')
        one.receive_until(f"3{other},7[7]")
        one.send(f'2{other},8["ask"]')
        asked = one.receive_until(f"2{other},")[-1]
        one.send(f'3{other},{str(asked).split(",")[1].partition("[")[0]}["me"]')
        one.receive_until(f'3{other},8[["me"]]')
    if name == "/desks/1":
        bob.send(f"0{name},")
        bob.receive_until(f"0{name},")
    for _ in range(3):  # a ping comes every half second
        for one in (ann, bob):
            one.receive_ping()
    for one in (ann, bob):
        one.close()


def test_a_namespace_does_one_thing_at_a_time(
    server: Server, connect: Connect, transport: str, library: str
) -> None:
    """Connects, events and disconnects of all its clients."""
    name = "/turns/9"
    peers = [connect(server, library, transport, [name]) for _ in range(3)]
    for _ in range(10):
        for one in peers:
            one.emit(name, "turn")
    peers.pop().close()
    late = connect(server, library, transport, [name])
    assert [one.call(name, "turn") for one in (*peers, late)] == [[0], [0], [0]]


@pytest.mark.long
def test_many_events_in_flight_take_few_threads(mode: str) -> None:
    """Ten thousand of a hundred clients: bounded, in order, and gone afterwards."""
    clients, each = 100, 100
    with in_own_process("tests.support.ordered_sites:crowds", mode) as server:
        peers = [RawWebSocket(server.url) for _ in range(clients)]
        for number, one in enumerate(peers):
            one.send(f"0/crowds/{number % 5},")
            one.receive()
        idle, _ = requests.get(f"{server.url}/threads", timeout=60).json()
        for turn in range(each):
            for number, one in enumerate(peers):
                one.send(f'2/crowds/{number % 5},{turn}["next",{turn}]')
        for number, one in enumerate(peers):
            for turn in range(each):
                assert one.receive() == f"3/crowds/{number % 5},{turn}[1]"
        _, most = requests.get(f"{server.url}/threads", timeout=60).json()
        assert most <= idle + MAX_WORKERS + 10
        for one in peers:
            one.close()
        server.empty()
