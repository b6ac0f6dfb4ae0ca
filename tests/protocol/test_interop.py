"""Real clients on real servers reach the right class."""

from __future__ import annotations

import uuid

import pytest

from tests.conftest import Connect, Serve
from tests.support.raw_clients import RawWebSocket

ROOMS = "tests.support.apps:rooms"


def test_a_room_is_heard_by_its_clients_alone(
    serve: Serve, connect: Connect, mode: str, transport: str, library: str
) -> None:
    """Two clients in one room hear each other; a client in another hears neither."""
    server = serve(ROOMS, mode)
    ann = connect(server, library, transport, ["/rooms/1"])
    bob = connect(server, library, transport, ["/rooms/1"])
    eve = connect(server, library, transport, ["/rooms/2"])
    assert ann.call("/rooms/1", "say", "from ann") == ["room 1"]
    assert bob.call("/rooms/1", "say", "from bob") == ["room 1"]
    for peer in (ann, bob):
        peer.wait("/rooms/1", "said", count=2)
        said = {heard.args for heard in peer.heard("/rooms/1", "said")}
        assert said == {("from ann",), ("from bob",)}
    assert eve.call("/rooms/2", "say", "from eve") == ["room 2"]
    eve.wait("/rooms/2", "said")
    assert [heard.args for heard in eve.heard("/rooms/2", "said")] == [("from eve",)]


def _fifty_namespaces() -> dict[str, list[object]]:
    users = [str(uuid.UUID(int=n)) for n in range(12)]
    named: dict[str, list[object]] = {}
    named |= {f"/boards/b{n}": ["Board", f"/boards/b{n}", f"b{n}"] for n in range(13)}
    named |= {f"/files/a/{n}": ["Files", f"/files/a/{n}", f"a/{n}"] for n in range(13)}
    named |= {f"/users/{u}/inbox": ["User", f"/users/{u}/inbox", u] for u in users}
    named |= {f"/rooms/{n}": ["Room", f"/rooms/{n}", n] for n in range(12)}
    return named


def test_fifty_namespaces_of_one_connection_keep_apart(
    serve: Serve, connect: Connect, mode: str, library: str
) -> None:
    """One connection joins 50 namespaces of four classes; each event finds its own."""
    server = serve("tests.support.apps:four_classes", mode)
    expected = _fifty_namespaces()
    peer = connect(server, library, "websocket", list(expected))
    answers = {name: peer.call(name, "where")[0] for name in expected}
    assert answers == expected
    assert server.state()["live"] == sorted(expected)
    peer.close()
    server.records.wait("nsroute.disconnect", count=50, outcome="ok")
    server.empty()


@pytest.mark.parametrize("name", ["/nowhere", "/rooms/042", "/rooms/42/"])
def test_an_unrouted_name_is_refused_and_leaves_nothing(
    serve: Serve, connect: Connect, mode: str, library: str, name: str
) -> None:
    """An unrouted name is refused in Socket.IO's words, recorded, and forgotten."""
    server = serve(ROOMS, mode)
    peer = connect(server, library, "websocket", ["/rooms/42", name])
    refusal = peer.wait(name, "connect_error").args[0]
    assert refusal["message"] == "Invalid namespace"
    [record] = server.records.wait("nsroute.unrouted")
    assert record["namespace"] == name
    assert record["outcome"] == "unrouted"
    assert record["level"] == "warning"
    state = server.settle(lambda state: state["rooms"] == {"/rooms/42": 1})
    assert state["pending_connect"] == 0
    assert state["live"] == ["/rooms/42"]
    assert peer.call("/rooms/42", "say", "still here") == ["room 42"]


def test_the_packet_of_a_refusal_is_that_of_a_socketio_server(
    serve: Serve, mode: str
) -> None:
    """The refusal of an unrouted name is a CONNECT_ERROR with the message alone."""
    client = RawWebSocket(serve(ROOMS, mode).url)
    client.send('0/nowhere,{"token":1}')
    assert client.receive() == '4/nowhere,{"message":"Invalid namespace"}'
    client.close()


def test_what_accepted_emits_comes_after_the_clients_connect(
    serve: Serve, connect: Connect, mode: str, transport: str, library: str
) -> None:
    """A client's first event after its connect is what `accepted` emitted to it."""
    server = serve(ROOMS, mode)
    names = {f"/rooms/{room}": room for room in range(1, 8)}
    for _ in range(2):
        peer = connect(server, library, transport, list(names))
        for name, room in names.items():
            peer.wait(name, "welcome")
            heard = [(heard.event, heard.args) for heard in peer.heard(name)]
            assert heard == [("connect", ()), ("welcome", (room,))]
