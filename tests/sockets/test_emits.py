"""Declared events over real connections, to clients of python-socketio."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import socketio

from tests.conftest import Serve
from tests.support.servers import Server
from tests.support.sites import PATIENCE

pytestmark = pytest.mark.sockets


class Guest:
    """A client in a room that answers what the server asks."""

    def __init__(self, server: Server, user: str, transport: str, answer: Any) -> None:
        self.session = requests.Session()
        self.client = socketio.Client(reconnection=False, http_session=self.session)
        self.said: queue.SimpleQueue[tuple[Any, ...]] = queue.SimpleQueue()
        self.client.on("said", self._hear, namespace="/rooms/42")
        self.client.on("are you sure?", lambda _: answer, namespace="/rooms/42")
        self.client.on("draw", lambda seed: seed + b"\x03", namespace="/rooms/42")
        self.client.connect(
            server.url,
            auth={"user": user},
            namespaces=["/rooms/42"],
            transports=[transport],
            wait_timeout=PATIENCE,
        )

    def _hear(self, *args: Any) -> None:
        self.said.put(args)

    def call(self, event: str, *args: Any) -> Any:
        return self.client.call(event, args, namespace="/rooms/42", timeout=PATIENCE)

    def close(self) -> None:
        self.client.disconnect()
        self.session.close()


@pytest.fixture
def guests(serve: Serve, mode: str, transport: str) -> Iterator[tuple[Guest, Guest]]:
    server = serve("tests.support.typescript_app:typescript_site", mode)
    ann = Guest(server, "ann", transport, (True, "quite"))
    bob = Guest(server, "bob", transport, "perhaps")
    yield ann, bob
    ann.close()
    bob.close()


def test_declared_events_reach_real_clients(guests: tuple[Guest, Guest]) -> None:
    """All arguments arrive, and answers are checked, binary ones too."""
    ann, bob = guests
    assert ann.call("say", {"text": "hello"}) == 47
    hello = {"text": "hello", "colour": "red", "inside": {"tags": ["a"]}}
    assert bob.said.get(timeout=PATIENCE) == (hello, "ann")
    assert ann.said.get(timeout=PATIENCE) == (hello, "ann")
    assert ann.call("ask me", "really?") == (True, "quite")
    assert ann.call("picture") == b"\x01\x02\x03"
    error = bob.call("ask me", "really?")["error"]
    assert error["code"] == "invalid_answer"
    told = "Expected `array` of length 2, got 1"
    assert error["details"] == [{"path": "answer", "message": told}]
