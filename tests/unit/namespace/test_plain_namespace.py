"""Plain `flask_socketio.Namespace` classes behind a route: served as they are."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import attrs
import pytest
from flask import session
from flask_socketio import Namespace, disconnect

from nsroute import EventError, Route, on
from tests.support.packet_client import inline_client
from tests.support.plain_chat import Chat, join_chat
from tests.support.sites import error, site


def test_it_serves_dynamic_names_unchanged() -> None:
    """Its handlers get what Flask-SocketIO gives them, at each concrete name."""
    here = site(Route("/chats/<name>", Chat))
    ann, bob = inline_client(here), inline_client(here)
    ann.join("/chats/a", "ann")
    bob.join("/chats/a", "bob")
    ann.join("/chats/b", "ann")
    assert ann.call("/chats/a", "say", "hi") == "ann said hi"
    assert bob.received("/chats/a") == [("said", "hi")]
    assert ann.call("/chats/b", "kept") == ["connect ann"]
    assert ann.call("/chats/a", "kept") == ["connect ann", "connect bob", "hi"]
    sid = ann.sids["/chats/a"]
    assert ann.call("/chats/a", "where") == [
        "/chats/a",
        "/chats/a",
        sid,
        sorted([sid, "everybody"]),
    ]


def test_its_annotations_are_not_enforced() -> None:
    """What the client sends passes as it came, whatever the signature declares."""
    client = join_chat()
    assert client.call("/chats/a", "typed", "text", 1) == ["text", 1]


def test_a_wrong_number_of_arguments_is_answered() -> None:
    """Too few arguments and too many are `invalid_arguments`; no handler runs."""
    client = join_chat()
    told = client.call("/chats/a", "say")
    assert told["error"]["details"] == [
        {"path": "arguments", "message": "Expected 1 argument, got 0"}
    ]
    assert client.call("/chats/a", "say", 1, 2)["error"]["code"] == "invalid_arguments"
    assert client.call("/chats/a", "kept") == ["connect None"]


@pytest.mark.parametrize("event,told", [("tuple", (1, 2)), ("nothing", ())])
def test_its_results_are_acknowledged(event: str, told: Any) -> None:
    """A tuple is several arguments and nothing is none, as upstream."""
    assert join_chat().call("/chats/a", event) == told


def test_an_error_is_an_internal_error() -> None:
    """What nobody handles is answered, where upstream would answer nothing."""
    told = join_chat().call("/chats/a", "boom")
    assert told == error("internal_error", "internal error")


def test_an_unknown_event_is_answered() -> None:
    """An event without handler is `unhandled_event`, where upstream answers `[]`."""
    assert join_chat().call("/chats/a", "sing")["error"]["code"] == "unhandled_event"


def test_it_may_answer_with_event_error() -> None:
    """A plain class may raise `EventError` like any other."""

    class Modern(Namespace):  # type: ignore[misc]
        def on_say(self) -> None:
            raise EventError("full", "No seats.")

    told = join_chat(Modern).call("/chats/a", "say")
    assert told == error("full", "No seats.")


def test_it_may_return_typed_objects() -> None:
    """What a plain class returns is turned into what the wire can carry, too."""

    @attrs.define
    class Point:
        x: int

    class Modern(Namespace):  # type: ignore[misc]
        def on_point(self) -> Point:
            return Point(1)

    assert join_chat(Modern).call("/chats/a", "point") == {"x": 1}


def test_it_may_have_routes_by_on() -> None:
    """`on` works on a plain class behind a route, beside its methods."""

    class Modern(Chat):
        @on("cursor:*")
        def cursor(self, event: str, x: int) -> list[Any]:
            return [event, x]

    client = join_chat(Modern, auth="ann")
    assert client.call("/chats/a", "cursor:move", "3") == ["cursor:move", "3"]
    assert client.call("/chats/a", "say", "hi") == "ann said hi"


def _authenticated(function: Callable[..., Any]) -> Callable[..., Any]:
    """The usual decorator, as Flask-SocketIO's documentation has it."""

    @functools.wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        if session.get("user") is None:
            return disconnect()
        return function(*args, **kwargs)

    return wrapped


def test_decorated_handlers_work() -> None:
    """`@authenticated_only`, the usual way, keeps working."""

    class Guarded(Chat):
        @_authenticated
        def on_secret(self) -> str:
            return "secret"

    client = join_chat(Guarded, auth="ann")
    assert client.call("/chats/a", "secret") == "secret"
    client.join("/chats/b")  # it shares the session, whose user is None from now on
    client.emit("/chats/a", "secret")
    assert client.call("/chats/b", "kept") == ["connect None"]
