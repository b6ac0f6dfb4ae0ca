"""`RouterClient` sends events and receives them, and returns when that is done."""

from __future__ import annotations

from typing import Any

import pytest

from nsroute.testing import NoAcknowledgement, Received, RouterClient, serve
from tests.support.testing_room import Room, new_app


@pytest.fixture
def client() -> RouterClient:
    return serve(Room, "/rooms/1")


@pytest.fixture
def joined(client: RouterClient) -> RouterClient:
    assert client.connect()
    client.received()
    return client


def test_events_go_to_the_only_namespace_that_it_is_in(client: RouterClient) -> None:
    """That may be another one than `serve` was given."""
    assert client.connect("/rooms/2")
    assert client.call("say", "x") == client.call("say", "x", namespace="/rooms/2")
    assert client.connect("/rooms/3")
    with pytest.raises(RuntimeError, match="is not in /rooms/1"):
        client.call("say", "x")


@pytest.mark.parametrize(
    "kind, value",
    [("none", None), ("no", None), ("one", 1), ("two", (1, 2)), ("list", [1, 2])],
)
def test_an_acknowledgement_is_what_a_callback_gets(
    joined: RouterClient, kind: str, value: Any
) -> None:
    """`call` gives None for no values or None, the value, or a tuple of several."""
    found = joined.call("return", kind)
    assert found == value
    assert type(found) is type(value)


def test_what_nobody_acknowledges_is_an_error() -> None:
    """`call` raises where a client would wait for an acknowledgement in vain."""
    app, socketio = new_app()

    @socketio.on("known", namespace="/plain")
    def known() -> None: ...

    client = RouterClient(app)
    assert client.connect("/plain")
    with pytest.raises(NoAcknowledgement, match="'other' was not") as caught:
        client.call("other")
    assert (caught.value.namespace, caught.value.event) == ("/plain", "other")


def test_emit_sends_without_asking_for_an_acknowledgement(joined: RouterClient) -> None:
    """`emit` sends an event, and what comes of it can be received once."""
    joined.emit("say", "hello", {"a": [1]})
    assert joined.received() == [Received("/rooms/1", "said", ("hello", {"a": [1]}))]
    assert joined.received() == []


def test_received_takes_from_one_namespace_if_told_so(client: RouterClient) -> None:
    """`received` leaves what came from other namespaces."""
    client.connect("/rooms/1")
    client.connect("/rooms/2")
    assert client.received("/rooms/2") == [Received("/rooms/2", "welcome", (2,))]
    assert client.received() == [Received("/rooms/1", "welcome", (1,))]


def test_binary_goes_both_ways(joined: RouterClient) -> None:
    """Bytes arrive as bytes in arguments, events, acknowledgements and replies."""
    joined.call("say", b"\x00\xff", [b"a"])
    assert joined.received()[0].args == (b"\x00\xff", [b"a"])
    joined.reply("question", lambda asked: asked + b"!")
    assert joined.call("ask", b"?") == b"?!"


def test_an_event_without_arguments_is_received(joined: RouterClient) -> None:
    """An event that carries nothing, even a `message`, has no arguments."""
    joined.router.live["/rooms/1"].emit("message")
    assert joined.received() == [Received("/rooms/1", "message")]


def test_a_reply_is_what_the_server_waits_for(joined: RouterClient) -> None:
    """The server's `call` gets what `reply` answers, one value or several."""
    joined.reply("question", lambda number: number + 1)
    assert joined.call("ask", 41) == 42
    joined.reply("question", lambda number: (number, "twice"))
    assert joined.call("ask", 5) == (5, "twice")


def test_callbacks_are_called_if_there_is_a_reply(joined: RouterClient) -> None:
    """An `emit` with a callback hears of a reply, and of nothing without one."""
    room: Any = joined.router.live["/rooms/1"]
    joined.emit("ask later")
    assert room.told == []
    joined.reply("question", lambda: "yes")
    joined.emit("ask later")
    assert room.told == [("yes",)]


def test_names_and_events_are_sent_as_they_are(joined: RouterClient) -> None:
    """Even reserved and malformed event names can be sent, to test against them."""
    for event, code in (("connect", "reserved_event"), (5, "invalid_event")):
        answer = joined.call(event, "x")  # type: ignore[arg-type]
        assert answer["error"]["code"] == code


def test_what_a_handler_raises_comes_out_while_testing(joined: RouterClient) -> None:
    """An exception that nobody handled is raised by `call`, as Flask's client does."""
    with pytest.raises(ValueError, match="a bug"):
        joined.call("fail")


def test_what_a_handler_raises_can_be_answered() -> None:
    """With `PROPAGATE_EXCEPTIONS` false, `call` gives what a client would be told."""
    client = serve(Room, "/rooms/1", config={"PROPAGATE_EXCEPTIONS": False})
    client.connect()
    assert client.call("fail")["error"]["code"] == "internal_error"


def test_clients_hear_each_other(joined: RouterClient) -> None:
    """What one client makes the server emit, all clients there receive."""
    other = joined.another()
    other.connect()
    other.emit("say", "hi")
    assert joined.received() == [Received("/rooms/1", "said", ("hi",))]
