"""The test kit takes the declaration of an event in place of its name."""

from __future__ import annotations

import attrs
import pytest

from nsroute import RoutedNamespace, emits, on
from nsroute.testing import (
    RouterClient,
    assert_emitted,
    assert_not_emitted,
    serve,
)


@attrs.frozen
class Said:
    text: str
    loud: bool = False


class Room(RoutedNamespace, namespace="/rooms/<int:room_id>"):
    @emits("some one said")
    def said(self, said: Said, times: int = 1) -> None: ...

    @emits
    def confirm(self, question: str) -> bool: ...

    @on("say")
    def say(self, text: str) -> bool:
        self.said(Said(text))
        return self.confirm.call(self.sid)("really?")

    @on("say later")
    def say_later(self, text: str) -> None:
        self.socketio.start_background_task(self.said, Said(text), times=2)


@pytest.fixture
def client() -> RouterClient:
    client = serve(Room, "/rooms/1")
    client.connect()
    client.reply(Room.confirm, lambda question: question == "really?")
    assert client.call("say", "hello") is True
    return client


def test_a_declared_event_is_asserted(client: RouterClient) -> None:
    """Arguments are typed objects, and defaults may be left out."""
    assert_not_emitted(client, Room.said, Said("bye"))
    found = assert_emitted(client, Room.said, Said("hello"))
    assert found.args == ({"text": "hello", "loud": False}, 1)
    assert_not_emitted(client, Room.said)
    assert_emitted(client, Room.confirm)


def test_what_was_received_instead_is_told(client: RouterClient) -> None:
    """A failure shows the arguments as they arrive."""
    with pytest.raises(AssertionError) as caught:
        assert_emitted(client, Room.said, Said("hello"), 2)
    told = str(caught.value)
    assert "the client has not received some one said({" in told
    assert "'text': 'hello'" in told
    with pytest.raises(TypeError, match=r"Room\.said\(said.*too many"):
        assert_emitted(client, Room.said, Said("hello"), 1, 2)


def test_a_background_task_sends_a_declared_event(client: RouterClient) -> None:
    """A bound event is called like any function, from wherever it is kept."""
    client.call("say later", "hello")
    found = assert_emitted(client, Room.said, Said("hello"), 2, within=20)
    assert found.args[1] == 2
