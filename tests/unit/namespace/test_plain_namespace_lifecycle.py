"""Clients of plain classes behind a route come and go as without a router."""

from __future__ import annotations

from typing import Any

import pytest
from flask_socketio import ConnectionRefusedError, Namespace

from nsroute import Route
from tests.support.packet_client import inline_client
from tests.support.plain_chat import Chat, join_chat
from tests.support.sites import left_behind, site

REASON = "client disconnect"


def test_its_object_lives_as_long_as_its_clients() -> None:
    """One object for each name, made for the first client, dropped behind the last."""
    here = site(Route("/chats/<name>", Chat))
    client = inline_client(here)
    client.join("/chats/a")
    first = here.router.live["/chats/a"]
    assert isinstance(first, Chat)
    assert first.namespace == "/chats/a"
    client.leave("/chats/a")
    assert here.router.live == {}
    client.join("/chats/a")
    assert here.router.live["/chats/a"] is not first


def test_it_refuses_as_it_did() -> None:
    """`return False` and `ConnectionRefusedError` refuse."""

    class Strict(Namespace):  # type: ignore[misc]
        def on_connect(self) -> None:
            raise ConnectionRefusedError("no", 3)

    here = site(Route("/chats/<name>", Chat), Route("/strict", Strict))
    client = inline_client(here)
    told = client.refusal("/chats/a", "nobody")
    assert told == {"message": "Connection rejected by server"}
    assert client.refusal("/strict") == {"message": "no", "data": 3}
    assert here.router.live == {}
    assert left_behind(here) == {"environ": 1}


def test_it_disconnects_as_it_did() -> None:
    """`disconnect()` runs the disconnect handler at once, with upstream's reason."""
    here = site(Route("/chats/<name>", Chat))
    ann, bob = inline_client(here), inline_client(here)
    ann.join("/chats/a")
    bob.join("/chats/a")
    ann.emit("/chats/a", "quit")
    assert bob.received("/chats/a") == [("gone", "server disconnect")]
    bob.leave("/chats/a")
    assert here.router.live == {}


@pytest.mark.parametrize("name", ["connect", "disconnect"])
def test_no_client_runs_its_lifecycle_handlers(name: str) -> None:
    """An event named like the lifecycle does not reach `on_connect` and its like."""
    client = join_chat()
    told = client.call("/chats/a", name, {"admin": True})
    assert told["error"]["code"] == "reserved_event"
    assert client.call("/chats/a", "kept") == ["connect None"]


@pytest.mark.parametrize(
    "body,heard",
    [
        ("def on_connect(self): self.heard.append(())", [()]),
        ("def on_connect(self, auth): self.heard.append(auth)", ["auth"]),
        ("def on_connect(self, auth=1): self.heard.append(auth)", ["auth"]),
        ("def on_connect(self, *args): self.heard.append(args)", [("auth",)]),
        ("def on_disconnect(self): self.heard.append(())", [()]),
        ("def on_disconnect(self, reason): self.heard.append(reason)", [REASON]),
        ("def on_disconnect(self, *args): self.heard.append(args)", [(REASON,)]),
    ],
)
def test_lifecycle_handlers_take_what_they_declare(body: str, heard: list[Any]) -> None:
    """`connect` takes nothing or `auth`, `disconnect` nothing or `reason`; once."""
    scope: dict[str, Any] = {}
    exec(body, scope)
    members = {name: value for name, value in scope.items() if name.startswith("on_")}
    target = type("Any", (Namespace,), {**members, "heard": []})
    client = join_chat(target, auth="auth")
    client.leave("/chats/a")
    assert target.heard == heard


def test_a_handler_that_raises_a_type_error_runs_once() -> None:
    """Nothing is called twice to find out what it takes."""
    calls: list[str] = []

    class Twice(Namespace):  # type: ignore[misc]
        def on_connect(self, auth: Any = None) -> None:
            calls.append("connect")
            raise TypeError("inside")

        def on_disconnect(self, reason: Any = None) -> None:
            raise AssertionError("it was never in")

    client = inline_client(site(Route("/twice", Twice)))
    assert client.refusal("/twice") == {"message": "internal error"}
    assert calls == ["connect"]
