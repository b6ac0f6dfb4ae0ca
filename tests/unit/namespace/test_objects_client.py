"""`client`: a dict for each client of a live object, wherever one is being served."""

from __future__ import annotations

from typing import Any

import pytest
from flask import request
from flask_socketio import disconnect

from nsroute import RoutedNamespace, on
from tests.support.namespace_room import Room
from tests.support.packet_client import inline_client
from tests.support.sites import site


@pytest.fixture(autouse=True)
def _forget() -> None:
    Room.made = []


def test_each_client_has_a_dict_of_its_own() -> None:
    """`client` is kept from connect to disconnect, for each client and namespace."""
    here = site(Room)
    ann, bob = inline_client(here), inline_client(here)
    ann.join("/rooms/1", "ann")
    bob.join("/rooms/1", "bob")
    ann.join("/rooms/2", "ann in two")
    assert ann.call("/rooms/1", "whoami") == ["ann", ann.sids["/rooms/1"]]
    assert bob.call("/rooms/1", "whoami") == ["bob", bob.sids["/rooms/1"]]
    assert ann.call("/rooms/2", "whoami")[0] == "ann in two"
    bob.leave("/rooms/1")
    assert Room.made[0].steps[-1] == "part bob 1"
    bob.join("/rooms/1", "bob again")
    assert bob.call("/rooms/1", "whoami")[0] == "bob again"


def test_without_a_dispatch_there_is_no_client() -> None:
    """Outside of a dispatch `client` says that nobody is served, and where."""
    here = site(Room)
    inline_client(here).join("/rooms/1")
    (room,) = Room.made
    with pytest.raises(RuntimeError, match="no client of /rooms/1 is being served"):
        _ = room.client
    with (
        here.app.test_request_context(),
        pytest.raises(RuntimeError, match="no client"),
    ):
        _ = room.client


def test_the_client_of_another_object_is_not_ones_own() -> None:
    """In a dispatch of one object, another has no client to tell of."""
    problems: list[str] = []

    class Nosy(RoutedNamespace, namespace="/nosy"):
        @on("look")
        def look(self, other: str) -> None:
            try:
                _ = here.router.live[other].client
            except RuntimeError as problem:
                problems.append(str(problem))

    here = site(Room, Nosy)
    client = inline_client(here)
    client.join("/rooms/1")
    client.join("/nosy")
    client.call("/nosy", "look", "/rooms/1")
    assert problems == ["no client of /rooms/1 is being served here"]


def test_a_nested_dispatch_has_its_own_client() -> None:
    """A client that is disconnected inside another's dispatch is the one served."""
    heard: list[Any] = []

    class Host(RoutedNamespace, namespace="/host"):
        @on("connect")
        def join(self, auth: str) -> None:
            self.client["name"] = auth

        @on("kick")
        def kick(self, sid: str) -> str:
            disconnect(sid)
            heard.append((self.client["name"], request.sid))
            return str(self.client["name"])

        @on("disconnect")
        def part(self) -> None:
            heard.append((self.client["name"], request.sid))

    here = site(Host)
    ann, bob = inline_client(here), inline_client(here)
    ann.join("/host", "ann")
    bob.join("/host", "bob")
    assert ann.call("/host", "kick", bob.sids["/host"]) == "ann"
    assert heard == [("bob", bob.sids["/host"]), ("ann", ann.sids["/host"])]


def test_a_callback_has_the_client_of_the_emit() -> None:
    """A callback of an emit knows `client`, as it knows `request.sid`."""
    heard: list[Any] = []

    class Asker(RoutedNamespace, namespace="/asker"):
        @on("go")
        def go(self) -> None:
            self.client["n"] = 1
            self.emit("ask", callback=self.answered, to=request.sid)

        def answered(self, answer: str) -> None:
            heard.append((answer, self.client["n"]))

    client = inline_client(site(Asker))
    client.replies["ask"] = lambda: "yes"
    client.join("/asker")
    client.call("/asker", "go")
    assert heard == [("yes", 1)]


def test_there_is_a_client_in_init() -> None:
    """`client`, `params` and `lock` are there while the object is made."""
    seen: list[Any] = []

    class Early(RoutedNamespace, namespace="/early/<n>"):
        def __init__(self, namespace: str) -> None:
            self.client["early"] = True
            seen.append(dict(self.params))
            with self.lock:
                super().__init__(namespace)

        @on("look")
        def look(self) -> dict[str, Any]:
            return self.client

    client = inline_client(site(Early))
    client.join("/early/bird")
    assert seen == [{"n": "bird"}]
    assert client.call("/early/bird", "look") == {"early": True}
