"""`RouterClient` joins namespaces and leaves them, and tells what it was told."""

from __future__ import annotations

import re
from typing import Any

import pytest

from nsroute.testing import (
    ConnectAnswer,
    NoAcknowledgement,
    Received,
    RouterClient,
    serve,
)
from tests.support.sites import Site, left_behind
from tests.support.testing_room import Room, new_app


@pytest.fixture
def client() -> RouterClient:
    return serve(Room, "/rooms/1")


@pytest.fixture
def joined(client: RouterClient) -> RouterClient:
    assert client.connect()
    client.received()
    return client


def test_a_connect_that_is_accepted_is_true(client: RouterClient) -> None:
    """`connect` gives a true answer that holds the client's sid."""
    answer = client.connect()
    assert answer
    assert answer == ConnectAnswer("/rooms/1", client.sid())
    assert str(answer) == "/rooms/1 accepted the client"
    assert client.sid() in client.router.live["/rooms/1"].clients


@pytest.mark.parametrize(
    "auth, message, data",
    [
        ("plain", "sign in first", {"tries": 3}),
        ("coded", "The room is full.", {"code": "full", "details": {"seats": 2}}),
    ],
)
def test_a_refusal_is_false_and_holds_what_was_said(
    client: RouterClient, auth: str, message: str, data: Any
) -> None:
    """`connect` gives a false answer with the refusal's message and data."""
    answer = client.connect(auth=auth)
    assert not answer
    assert answer == ConnectAnswer("/rooms/1", message=message, data=data)
    assert client.namespaces == ()


def test_what_follows_a_refused_connect_is_an_error_that_says_why() -> None:
    """The error of an event holds the message and the data of the refusal."""
    client = RouterClient(new_app()[0])
    client.connect("/rooms/1", "plain")
    refusal = re.escape("/rooms/1 refused the client: sign in first {'tries': 3}")
    with pytest.raises(RuntimeError, match=f"{refusal}$"):
        client.call("say")
    client.connect("/rooms/2", "coded")
    with pytest.raises(RuntimeError, match=r"The room is full\. \{'code': 'full'"):
        client.disconnect("/rooms/2")
    with pytest.raises(RuntimeError, match="say which"):
        client.emit("say")
    client.connect("/rooms/1")
    client.disconnect("/rooms/1")
    with pytest.raises(RuntimeError, match="is not in /rooms/1: connect it first"):
        client.emit("say", namespace="/rooms/1")


def test_an_unrouted_name_is_refused(client: RouterClient) -> None:
    """A name that no route matches is refused as on the wire."""
    answer = client.connect("/nowhere")
    assert answer == ConnectAnswer("/nowhere", message="Invalid namespace")


def test_a_second_connect_is_refused_and_the_first_stays(joined: RouterClient) -> None:
    """A client that connects twice is refused in upstream's words, and stays."""
    assert joined.connect() == ConnectAnswer("/rooms/1", message="Unable to connect")
    assert joined.call("return", "one") == 1


def test_a_refusal_behind_an_acceptance_counts() -> None:
    """With `always_connect` the answer is the refusal that follows the acceptance."""
    app, _ = new_app(always_connect=True)
    client = RouterClient(app)
    answer = client.connect("/rooms/1", "plain")
    assert answer == ConnectAnswer(
        "/rooms/1", message="sign in first", data={"tries": 3}
    )
    assert client.namespaces == ()


def test_a_server_that_does_not_answer_a_connect_is_an_error() -> None:
    """A connect that the server leaves without an answer is no refusal."""
    app, socketio = new_app()
    socketio.server._handle_connect = lambda *_: None
    with pytest.raises(NoAcknowledgement, match="'connect' was not acknowledged"):
        RouterClient(app).connect("/rooms/1")


@pytest.mark.parametrize("name", ["/a,b", "a", "*", "é/"])
def test_a_name_that_no_packet_carries_is_an_error(
    client: RouterClient, name: str
) -> None:
    """A name that would arrive as another, or not at all, is refused by the client."""
    with pytest.raises(ValueError, match="a packet cannot carry"):
        client.connect(name)


def test_the_query_of_a_name_is_lost(client: RouterClient) -> None:
    """What follows `?` in a name is cut on the way, as on the wire."""
    assert client.connect("/rooms/7?token=1") == ConnectAnswer(
        "/rooms/7", client.sid("/rooms/7")
    )


def test_the_namespace_may_be_left_out_while_there_is_one() -> None:
    """Without `namespace=` an event goes to the only one, else that is an error."""
    client = RouterClient(new_app()[0])
    with pytest.raises(RuntimeError, match="<RouterClient in no namespace>: say which"):
        client.emit("say")
    client.connect("/rooms/1")
    assert client.call("return", "one") == 1
    client.connect("/rooms/2")
    with pytest.raises(RuntimeError, match="in /rooms/1, /rooms/2>: say which"):
        client.disconnect()
    assert client.sid("/rooms/2") != client.sid("/rooms/1")


def test_disconnect_leaves_one_namespace(client: RouterClient) -> None:
    """A client that leaves one namespace stays in the others, and can come again."""
    client.connect("/rooms/1")
    client.connect("/rooms/2")
    room: Any = client.router.live["/rooms/1"]
    client.disconnect("/rooms/1")
    assert room.told == ["client disconnect"]
    assert client.namespaces == ("/rooms/2",)
    assert list(client.router.live) == ["/rooms/2"]
    assert client.connect("/rooms/1")


def test_close_ends_all_namespaces(client: RouterClient) -> None:
    """The end of a connection disconnects each of its namespaces, for that reason."""
    client.connect("/rooms/1")
    client.connect("/rooms/2")
    rooms: list[Any] = [client.router.live[f"/rooms/{i}"] for i in (1, 2)]
    client.close("ping timeout")
    assert [room.told for room in rooms] == [["ping timeout"], ["ping timeout"]]
    assert client.namespaces == ()
    client.close()
    assert client.connect(), "a closed client can connect again"


def test_a_closed_client_leaves_nothing_on_the_server() -> None:
    """Nothing of a client stays on the server once its `with` block is left."""
    app, socketio = new_app()
    with RouterClient(app) as client:
        client.connect("/rooms/1")
        client.connect("/nowhere")
        assert left_behind(Site(app, socketio, client.router))
    assert left_behind(Site(app, socketio, client.router)) == {}
    assert not socketio.server.eio.sockets


def test_the_server_can_disconnect_a_client(joined: RouterClient) -> None:
    """A client that the server disconnects is out, and has what came before that."""
    joined.connect("/rooms/2")
    joined.emit("say", "last", namespace="/rooms/1")
    joined.emit("throw out", False, namespace="/rooms/1")
    assert joined.namespaces == ("/rooms/2",)
    assert Received("/rooms/1", "said", ("last",)) in joined.received("/rooms/1")


def test_the_server_can_end_a_connection(joined: RouterClient) -> None:
    """A connection that the server ends is out of all namespaces."""
    joined.connect("/rooms/2")
    joined.emit("throw out", True, namespace="/rooms/1")
    assert joined.namespaces == ()
    assert not joined.router.live
    with pytest.raises(RuntimeError, match="is not in /rooms/1"):
        joined.emit("say")
