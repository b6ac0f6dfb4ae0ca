"""Plain `flask_socketio.Namespace` classes behind a route: served as they are."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import attrs
import pytest
from flask import request, session
from flask_socketio import (
    ConnectionRefusedError,
    Namespace,
    disconnect,
    emit,
    join_room,
    rooms,
)

from nsroute import EventError, Route, on
from tests.local import Tape, Wire, error, names, site

REASON = "client disconnect"


class Chat(Namespace):  # type: ignore[misc]
    """It was written for Flask-SocketIO and knows nothing of nsroute."""

    def __init__(self, namespace: str | None = None) -> None:
        super().__init__(namespace)
        self.said: list[str] = []

    def on_connect(self, auth: Any) -> Any:
        self.said.append(f"connect {auth}")
        session["user"] = auth
        join_room("everybody")
        return auth != "nobody"

    def on_say(self, text: str) -> str:
        self.said.append(text)
        self.emit("said", text)
        return f"{session['user']} said {text}"

    def on_kept(self) -> list[str]:
        return self.said

    def on_where(self) -> list[Any]:
        return [self.namespace, request.namespace, request.sid, sorted(rooms())]

    def on_typed(self, number: int, *more: bytes) -> list[Any]:
        return [number, *more]

    def on_tuple(self) -> tuple[int, int]:
        return 1, 2

    def on_nothing(self) -> None:
        pass

    def on_boom(self) -> None:
        raise RuntimeError("secret")

    def on_quit(self) -> None:
        disconnect()

    def on_disconnect(self, reason: str) -> None:
        self.emit("gone", reason)


def _chat(target: Any = Chat, namespace: str = "/chats/a", auth: Any = None) -> Wire:
    wire = Wire(site(Route("/chats/<name>", target)))
    wire.join(namespace, auth)
    return wire


def test_it_serves_dynamic_names_unchanged() -> None:
    """Its handlers get what Flask-SocketIO gives them, at each concrete name."""
    here = site(Route("/chats/<name>", Chat))
    ann, bob = Wire(here), Wire(here)
    ann.join("/chats/a", "ann")
    bob.join("/chats/a", "bob")
    ann.join("/chats/b", "ann")
    assert ann.call("/chats/a", "say", "hi") == "ann said hi"
    assert bob.heard("/chats/a") == [("said", "hi")]
    assert ann.call("/chats/b", "kept") == ["connect ann"]
    assert ann.call("/chats/a", "kept") == ["connect ann", "connect bob", "hi"]
    sid = ann.sids["/chats/a"]
    assert ann.call("/chats/a", "where") == [
        "/chats/a",
        "/chats/a",
        sid,
        sorted([sid, "everybody"]),
    ]


def test_its_object_lives_as_long_as_its_clients() -> None:
    """One object for each name, made for the first client, dropped behind the last."""
    here = site(Route("/chats/<name>", Chat))
    wire = Wire(here)
    wire.join("/chats/a")
    first = here.router.live["/chats/a"]
    assert isinstance(first, Chat)
    assert first.namespace == "/chats/a"
    wire.leave("/chats/a")
    assert here.router.live == {}
    wire.join("/chats/a")
    assert here.router.live["/chats/a"] is not first


def test_its_annotations_are_not_enforced() -> None:
    """What the client sends passes as it came, whatever the signature declares."""
    wire = _chat()
    assert wire.call("/chats/a", "typed", "text", 1) == ["text", 1]


def test_a_wrong_number_of_arguments_is_answered() -> None:
    """Too few arguments and too many are `invalid_arguments`; no handler runs."""
    wire = _chat()
    told = wire.call("/chats/a", "say")
    assert told["error"]["details"] == [
        {"path": "arguments", "message": "Expected 1 argument, got 0"}
    ]
    assert wire.call("/chats/a", "say", 1, 2)["error"]["code"] == "invalid_arguments"
    assert wire.call("/chats/a", "kept") == ["connect None"]


@pytest.mark.parametrize("event,told", [("tuple", (1, 2)), ("nothing", ())])
def test_its_results_are_acknowledged(event: str, told: Any) -> None:
    """A tuple is several arguments and nothing is none, as upstream."""
    assert _chat().call("/chats/a", event) == told


def test_it_refuses_as_it_did() -> None:
    """`return False` and `ConnectionRefusedError` refuse."""

    class Strict(Namespace):  # type: ignore[misc]
        def on_connect(self) -> None:
            raise ConnectionRefusedError("no", 3)

    here = site(Route("/chats/<name>", Chat), Route("/strict", Strict))
    wire = Wire(here)
    told = wire.refusal("/chats/a", "nobody")
    assert told == {"message": "Connection rejected by server"}
    assert wire.refusal("/strict") == {"message": "no", "data": 3}
    assert here.router.live == {}
    assert here.socketio.server.manager.rooms == {}


def test_it_disconnects_as_it_did() -> None:
    """`disconnect()` runs the disconnect handler at once, with upstream's reason."""
    here = site(Route("/chats/<name>", Chat))
    ann, bob = Wire(here), Wire(here)
    ann.join("/chats/a")
    bob.join("/chats/a")
    ann.emit("/chats/a", "quit")
    assert bob.heard("/chats/a") == [("gone", "server disconnect")]
    bob.leave("/chats/a")
    assert here.router.live == {}


def test_an_error_is_an_internal_error() -> None:
    """What nobody handles is answered, where upstream would answer nothing."""
    told = _chat().call("/chats/a", "boom")
    assert told == error("internal_error", "internal error")


def test_an_unknown_event_is_answered() -> None:
    """An event without handler is `unhandled_event`, where upstream answers `[]`."""
    assert _chat().call("/chats/a", "sing")["error"]["code"] == "unhandled_event"


def test_it_may_answer_with_event_error() -> None:
    """A plain class may raise `EventError` like any other."""

    class Modern(Namespace):  # type: ignore[misc]
        def on_say(self) -> None:
            raise EventError("full", "No seats.")

    told = _chat(Modern).call("/chats/a", "say")
    assert told == error("full", "No seats.")


def test_it_may_return_typed_objects() -> None:
    """What a plain class returns is turned into what the wire can carry, too."""

    @attrs.define
    class Point:
        x: int

    class Modern(Namespace):  # type: ignore[misc]
        def on_point(self) -> Point:
            return Point(1)

    assert _chat(Modern).call("/chats/a", "point") == {"x": 1}


def test_it_may_have_routes_by_on() -> None:
    """`on` works on a plain class behind a route, beside its methods."""

    class Modern(Chat):
        @on("cursor:*")
        def cursor(self, event: str, x: int) -> list[Any]:
            return [event, x]

    wire = _chat(Modern, auth="ann")
    assert wire.call("/chats/a", "cursor:move", "3") == ["cursor:move", "3"]
    assert wire.call("/chats/a", "say", "hi") == "ann said hi"


@pytest.mark.parametrize("name", ["connect", "disconnect"])
def test_no_client_runs_its_lifecycle_handlers(name: str) -> None:
    """An event named like the lifecycle does not reach `on_connect` and its like."""
    wire = _chat()
    told = wire.call("/chats/a", name, {"admin": True})
    assert told["error"]["code"] == "reserved_event"
    assert wire.call("/chats/a", "kept") == ["connect None"]


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

    wire = _chat(Guarded, auth="ann")
    assert wire.call("/chats/a", "secret") == "secret"
    wire.join("/chats/b")  # it shares the session, whose user is None from now on
    wire.emit("/chats/a", "secret")
    assert wire.call("/chats/b", "kept") == ["connect None"]


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
    wire = _chat(target, auth="auth")
    wire.leave("/chats/a")
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

    wire = Wire(site(Route("/twice", Twice)))
    assert wire.refusal("/twice") == {"message": "internal error"}
    assert calls == ["connect"]


# --- a class that overrides trigger_event --------------------------------------------


class Everything(Namespace):  # type: ignore[misc]
    """It takes all events in one method, and answers with them."""

    def trigger_event(self, event: str, *args: Any) -> Any:
        if event == "connect":
            emit("connected", [len(args), args[0] == request.sid, args[2]])
            return args[2] != "nobody"
        if event == "boom":
            raise RuntimeError("secret")
        return [event, *args]


def test_everything_goes_to_an_override() -> None:
    """An overridden `trigger_event` gets all events, with upstream's arguments."""
    here = site(Route("/chats/<name>", Everything))
    tape = Tape(here.router)
    wire = Wire(here)
    sid = wire.join("/chats/a", "ann")
    assert wire.heard("/chats/a") == [("connected", [3, True, "ann"])]
    assert wire.call("/chats/a", "say", 1, b"2") == ["say", sid, 1, b"2"]
    assert wire.call("/chats/a", "boom")["error"]["code"] == "internal_error"
    wire.leave("/chats/a")
    assert [(d.event, d.outcome) for d in tape.all] == [
        ("connect", "ok"),
        ("say", "ok"),
        ("boom", "error"),
        ("disconnect", "ok"),
    ]
    assert {d.target for d in tape.all} == {"Everything.trigger_event"}
    assert tape.last.args == ("client disconnect",)


def test_an_override_refuses() -> None:
    """What an override returns for a connect decides, and no auth is None."""
    here = site(Route("/chats/<name>", Everything))
    wire = Wire(here)
    wire.refusal("/chats/a", "nobody")
    assert here.router.live == {}
    wire.join("/chats/a")
    assert names(wire.heard("/chats/a")) == ["connected", "connected"]


def test_an_override_is_spared_made_up_lifecycle_events() -> None:
    """An override never gets a connect or a disconnect that a client made up."""
    wire = _chat(Everything)
    for name in ("connect", "disconnect"):
        told = wire.call("/chats/a", name, {"admin": True})
        assert told["error"]["code"] == "reserved_event"
