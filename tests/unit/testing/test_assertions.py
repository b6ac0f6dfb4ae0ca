"""Assertions of what a client is told: they pass, or else say what it was told."""

from __future__ import annotations

from typing import Any

import pytest
from flask import request
from flask_socketio import ConnectionRefusedError

from nsroute import EventError, RoutedNamespace, on
from nsroute.testing import (
    Received,
    RouterClient,
    assert_accepted,
    assert_emitted,
    assert_not_emitted,
    assert_refused,
    serve,
)


class Room(RoutedNamespace, namespace="/rooms/<int:room_id>"):
    @on("connect")
    def join(self, auth: Any) -> None:
        if auth == "plain":
            raise ConnectionRefusedError("sign in first", {"tries": 3})
        if auth == "coded":
            raise EventError("full")
        if auth == "mute":
            raise ConnectionRefusedError

    @on("say")
    def say(self, text: str) -> None:
        self.emit("said", text)

    @on("say later")
    def say_later(self, text: str) -> None:
        self.socketio.start_background_task(self.emit, "said", text, to=request.sid)


@pytest.fixture
def client() -> RouterClient:
    client = serve(Room, "/rooms/1")
    client.connect()
    return client


def test_an_acceptance_is_asserted(client: RouterClient) -> None:
    """`assert_accepted` gives the sid, or says how the client was refused."""
    answer = client.connect("/rooms/2")
    assert assert_accepted(answer) == client.sid("/rooms/2")
    for auth, told in (
        ("plain", "/rooms/3 refused the client: sign in first {'tries': 3}"),
        ("coded", "/rooms/3 refused the client {'code': 'full'}"),
        ("mute", "/rooms/3 refused the client: Connection rejected by server"),
    ):
        with pytest.raises(AssertionError) as caught:
            assert_accepted(client.connect("/rooms/3", auth))
        assert str(caught.value) == told


def test_a_refusal_is_asserted(client: RouterClient) -> None:
    """`assert_refused` gives the data of a refusal that is as expected."""
    plain = client.connect("/rooms/2", "plain")
    assert assert_refused(plain) == {"tries": 3}
    assert_refused(plain, "sign in first", data={"tries": 3})
    coded = client.connect("/rooms/2", "coded")
    assert assert_refused(coded, "", code="full") == {"code": "full"}
    mute = client.connect("/rooms/2", "mute")
    assert assert_refused(mute, data=None) is None


def test_another_refusal_is_told(client: RouterClient) -> None:
    """A failure says what of a refusal is not as expected."""
    plain = client.connect("/rooms/2", "plain")
    with pytest.raises(AssertionError) as caught:
        assert_refused(plain, "go away", code="full", data=None)
    assert str(caught.value) == (
        "/rooms/2 refused the client: sign in first {'tries': 3}; its message is not "
        "'go away'; its code is not 'full'; its data is not None"
    )
    with pytest.raises(AssertionError, match="/rooms/2 accepted the client"):
        assert_refused(client.connect("/rooms/2"))


def test_an_emitted_event_is_taken(client: RouterClient) -> None:
    """`assert_emitted` takes the first event that fits out of what was received."""
    client.call("say", "one")
    client.call("say", "two")
    assert assert_emitted(client, "said", "two") == Received(
        "/rooms/1", "said", ("two",)
    )
    assert assert_emitted(client, "said", namespace="/rooms/1").args == ("one",)
    with pytest.raises(AssertionError) as caught:
        assert_emitted(client, "said")
    assert (
        str(caught.value) == "the client has not received any 'said'; there is nothing"
    )


def test_another_event_is_told(client: RouterClient) -> None:
    """A failure lists what was received instead, and no more than twenty."""
    client.call("say", "one")
    with pytest.raises(AssertionError) as caught:
        assert_emitted(client, "said", "two", namespace="/rooms/2")
    assert str(caught.value).splitlines() == [
        "the client has not received said('two') in /rooms/2; there is:",
        "  said('one') in /rooms/1",
    ]
    for _ in range(20):
        client.call("say", "again")
    with pytest.raises(AssertionError, match=r"… and 1 more$"):
        assert_emitted(client, "sung")


def test_the_nearest_event_is_suggested(client: RouterClient) -> None:
    """A failure asks whether the name of an event that was emitted is meant."""
    client.call("say", "one")
    with pytest.raises(AssertionError) as caught:
        assert_emitted(client, "sayd")
    assert str(caught.value).splitlines() == [
        "the client has not received any 'sayd' (did you mean 'said'?); there is:",
        "  said('one') in /rooms/1",
    ]
    with pytest.raises(AssertionError, match=r"\('two'\); there is:"):
        assert_emitted(client, "said", "two")


def test_an_event_of_a_background_task_is_waited_for(client: RouterClient) -> None:
    """With `within`, an event may come later."""
    client.call("say", "not this one")
    client.call("say later", "this one")
    assert_emitted(client, "said", "this one", within=20)


def test_an_event_that_does_not_come_is_not_waited_for_any_longer(
    client: RouterClient,
) -> None:
    """With `within`, the failure comes when the time is over."""
    with pytest.raises(AssertionError, match="has not received any 'said'"):
        assert_emitted(client, "said", within=0.01)


def test_an_event_that_should_not_be_is_told(client: RouterClient) -> None:
    """`assert_not_emitted` passes if none fits, and takes nothing out."""
    client.call("say", "one")
    assert_not_emitted(client, "sung")
    assert_not_emitted(client, "said", "two")
    assert_not_emitted(client, "said", namespace="/rooms/2")
    with pytest.raises(AssertionError) as caught:
        assert_not_emitted(client, "said")
    assert str(caught.value).splitlines() == [
        "the client has received said('one') in /rooms/1; there is:",
        "  said('one') in /rooms/1",
    ]
    assert len(client.received()) == 1


def test_a_refused_client_is_told_to_be_one(client: RouterClient) -> None:
    """What it was refused for is why it has received nothing."""
    refused = client.another()
    refused.connect("/rooms/1", auth="plain")
    assert [str(one) for one in refused.refusals] == [
        "/rooms/1 refused the client: sign in first {'tries': 3}"
    ]
    with pytest.raises(AssertionError) as caught:
        assert_emitted(refused, "said")
    assert str(caught.value) == (
        "the client has not received any 'said'; /rooms/1 refused the client: sign in "
        "first {'tries': 3}; there is nothing"
    )
    nowhere = RouterClient(client.app)
    nowhere.connect("/rooms/1", auth="plain")
    nowhere.connect("/rooms/2", auth="coded")
    told = "say which with namespace=…; /rooms/1 refused the client: sign in first"
    with pytest.raises(RuntimeError, match=told):
        nowhere.call("say")
