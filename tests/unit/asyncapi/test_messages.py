"""The AsyncAPI document says what a client may send, and what comes back."""

from __future__ import annotations

import json
import math
from typing import Annotated, Any, NamedTuple

import pytest
from flask import Flask
from flask_socketio import SocketIO

from nsroute import MetaRouter, RoutedNamespace, Submount, on
from nsroute.asyncapi import asyncapi_document
from tests.support.asyncapi_app import Board, new_router


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    app = Flask("boards")
    return asyncapi_document(new_router(app), app)


def test_each_event_is_an_operation(document: dict[str, Any]) -> None:
    """An operation for each event that a client may send, and one for the connect."""
    operations = [name for name in document["operations"] if name.startswith("Board.")]
    assert operations == [
        "Board.connect",
        "Board.move",
        "Board.error-2",
        "Board.cursor",
        "Board.moved",
        "Board.are_you_sure",
        "Board.loose",
    ]
    assert document["operations"]["Board.move"] == {
        "action": "receive",
        "channel": {"$ref": "#/channels/Board"},
        "summary": "Move a piece.",
        "description": "The others are told.",
        "messages": [{"$ref": "#/channels/Board/messages/move"}],
        "reply": {
            "channel": {"$ref": "#/channels/Board"},
            "messages": [
                {"$ref": "#/channels/Board/messages/move.acknowledgement"},
                {"$ref": "#/channels/Board/messages/error"},
            ],
        },
        "x-handler": "Board.move",
        "x-middleware": [],
    }


def test_a_message_is_the_array_of_its_arguments(document: dict[str, Any]) -> None:
    """A message has the types of the arguments, in their order, and how many."""
    messages = document["channels"]["Board"]["messages"]
    assert messages["move"]["name"] == "move"
    assert messages["move"]["summary"] == "Move a piece."
    assert messages["move"]["payload"] == {
        "type": "array",
        "items": [
            {"title": "piece", "type": "string"},
            {"title": "to", "allOf": [{"$ref": "#/components/schemas/Square"}]},
            {"title": "fast", "type": "boolean", "default": False},
        ],
        "additionalItems": False,
        "minItems": 2,
        "maxItems": 3,
    }
    assert messages["cursor"]["name"] == "cursor:*"
    assert messages["cursor"]["payload"] == {
        "type": "array",
        "items": {"type": "number"},
    }
    assert messages["error-2"]["name"] == "error"
    assert messages["error-2"]["payload"]["items"] == [{"title": "text"}]


def test_an_acknowledgement_is_the_array_of_its_values(
    document: dict[str, Any],
) -> None:
    """A reply has the types of what the handler returns; a tuple is several values."""
    messages = document["channels"]["Board"]["messages"]
    assert messages["move.acknowledgement"]["payload"] == {
        "type": "array",
        "items": [{"type": "boolean"}, {"$ref": "#/components/schemas/Square"}],
        "additionalItems": False,
        "minItems": 2,
        "maxItems": 2,
    }
    nothing = messages["cursor.acknowledgement"]["payload"]
    assert nothing == {"type": "array", "maxItems": 0}
    assert messages["error-2.acknowledgement"]["payload"] == {"type": "array"}
    plain = document["channels"]["Plain"]["messages"]["hello.acknowledgement"]
    assert plain["payload"] == {
        "type": "array",
        "items": [{"anyOf": [{"type": "integer"}, {"type": "null"}]}],
        "additionalItems": False,
        "maxItems": 1,
    }


class Pair(NamedTuple):
    x: int
    y: str


class Replying(RoutedNamespace, namespace="/replying"):
    @on("named")
    def named(self) -> Pair: ...

    @on("annotated")
    def annotated(self) -> Annotated[tuple[int, str], "a pair"]: ...

    @on("bare")
    def bare(self) -> tuple: ...  # type: ignore[type-arg]

    @on("union")
    def union(self) -> tuple[int, str] | None: ...

    @on("any")
    def any(self) -> Any: ...

    @on("many")
    def many(self) -> tuple[int, ...]: ...

    @on("unlimited")
    def unlimited(self, limit: float = math.inf, least: float = math.nan) -> None: ...


def test_a_result_that_may_be_a_tuple_is_any_number_of_values() -> None:
    """A named tuple is one too: python-socketio sends each of its parts."""
    app = Flask("boards")
    router = MetaRouter([Replying]).mount(SocketIO(app, async_mode="threading"))
    written = asyncapi_document(router, app)
    messages = written["channels"]["Replying"]["messages"]
    payloads = {
        name: messages[f"{name}.acknowledgement"]["payload"]
        for name in ("named", "annotated", "bare", "union", "any", "many")
    }
    pair = {
        "type": "array",
        "items": [{"type": "integer"}, {"type": "string"}],
        "additionalItems": False,
        "minItems": 2,
        "maxItems": 2,
    }
    assert payloads == {
        "named": pair,
        "annotated": pair,
        **{name: {"type": "array"} for name in ("bare", "union", "any")},
        "many": {"type": "array", "items": {"type": "integer"}},
    }
    json.dumps(written, allow_nan=False)


def test_a_class_whose_connects_a_function_takes_is_left_out() -> None:
    """It has no clients, so nothing can be sent to it."""
    app = Flask("boards")
    socketio = SocketIO(app, async_mode="threading")
    router = MetaRouter([Replying]).mount(socketio)
    socketio.on_event("connect", lambda *_: None, namespace="*")
    written = asyncapi_document(router, app)
    assert (written["channels"], written["operations"]) == ({}, {})


def test_an_error_may_come_instead(document: dict[str, Any]) -> None:
    """The envelope of errors is an alternative reply of every event."""
    message = document["channels"]["Board"]["messages"]["error"]
    assert message == {"$ref": "#/components/messages/Error"}
    payload = document["components"]["messages"]["Error"]["payload"]
    assert payload["items"] == [{"$ref": "#/components/schemas/nsroute.Error"}]
    error = document["components"]["schemas"]["nsroute.Error"]
    assert error["required"] == ["error"]
    assert error["properties"]["error"]["required"] == ["code", "message"]


def test_a_connect_carries_auth_and_may_be_refused(document: dict[str, Any]) -> None:
    """The payload of a connect is `auth`; its reply is the refusal, if any."""
    messages = document["channels"]["Board"]["messages"]
    assert messages["connect"]["payload"] == {
        "title": "auth",
        "type": "object",
        "additionalProperties": {"type": "string"},
    }
    operation = document["operations"]["Board.connect"]
    assert operation["summary"] == "Let in who has a ticket."
    assert operation["reply"]["messages"] == [
        {"$ref": "#/channels/Board/messages/connect_error"}
    ]
    plain = document["channels"]["Plain"]["messages"]["connect"]
    assert plain["payload"] == {}
    assert document["operations"]["Plain.connect"]["x-handler"] is None


def test_a_class_that_takes_everything_says_nothing_of_it(
    document: dict[str, Any],
) -> None:
    """A class with a `trigger_event` of its own takes any event with anything."""
    messages = document["channels"]["Forwarding"]["messages"]
    assert messages["any"]["name"] == "*"
    assert messages["any"]["payload"] == {"type": "array"}
    assert messages["any.acknowledgement"]["payload"] == {"type": "array"}


def test_the_types_are_components(document: dict[str, Any]) -> None:
    """A class that messages hold is described once."""
    assert document["components"]["schemas"]["Square"] == {
        "title": "Square",
        "description": "A square of a board.",
        "type": "object",
        "properties": {
            "x": {"type": "integer"},
            "y": {"type": "integer", "default": 0},
        },
        "required": ["x"],
    }


def test_an_event_that_a_function_takes_is_left_out() -> None:
    """What never reaches a route is not in the document."""
    app = Flask("boards")
    router = new_router(app)

    @app.extensions["socketio"].on("move", namespace="*")
    def take(*args: Any) -> None: ...

    assert "Board.move" not in asyncapi_document(router, app)["operations"]


def test_middleware_is_named_in_the_order_it_wraps() -> None:
    """Who may send an event is at least named."""

    def first(dispatch: Any, proceed: Any) -> Any: ...
    def second(dispatch: Any, proceed: Any) -> Any: ...

    app = Flask("boards")
    routes = Submount("/x", [Board], middleware=[second])
    router = MetaRouter([routes], middleware=[first])
    router.mount(SocketIO(app, async_mode="threading"))
    operation = asyncapi_document(router, app)["operations"]["Board.move"]
    named = [name.rpartition(".")[2] for name in operation["x-middleware"]]
    assert named == ["first", "second"]


def test_a_declared_event_is_sent(document: dict[str, Any]) -> None:
    """What `emits` declares is an operation that sends, with all its arguments."""
    assert document["operations"]["Board.moved"] == {
        "action": "send",
        "channel": {"$ref": "#/channels/Board"},
        "summary": "A piece was moved.",
        "description": "To all but its player.",
        "messages": [{"$ref": "#/channels/Board/messages/moved"}],
        "x-declared-by": "Board.moved",
    }
    message = document["channels"]["Board"]["messages"]["moved"]
    assert (message["name"], message["summary"]) == ("moved", "A piece was moved.")
    assert message["payload"] == {
        "type": "array",
        "items": [
            {"title": "piece", "type": "string"},
            {"title": "to", "allOf": [{"$ref": "#/components/schemas/Square"}]},
            {"title": "fast", "type": "boolean", "default": False},
        ],
        "additionalItems": False,
        "minItems": 3,
        "maxItems": 3,
    }


def test_what_a_client_answers_is_the_reply(document: dict[str, Any]) -> None:
    """The return annotation is the reply; without one it may be anything."""
    operations = document["operations"]
    messages = document["channels"]["Board"]["messages"]
    where = "#/channels/Board/messages"
    assert messages["are_you_sure"]["name"] == "are you sure?"
    assert operations["Board.are_you_sure"]["reply"] == {
        "channel": {"$ref": "#/channels/Board"},
        "messages": [{"$ref": f"{where}/are_you_sure.answer"}],
    }
    assert messages["are_you_sure.answer"]["payload"] == {
        "type": "array",
        "items": [{"type": "boolean"}, {"type": "string"}],
        "additionalItems": False,
        "minItems": 2,
        "maxItems": 2,
    }
    assert messages["loose"]["payload"] == {"type": "array", "items": {}}
    assert messages["loose.answer"]["payload"] == {"type": "array"}
