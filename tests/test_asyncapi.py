"""The AsyncAPI document says what a client may send, where, and what comes back."""

from __future__ import annotations

import json
import math
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import attrs
import pytest
from flask import Flask, abort, request
from flask_socketio import Namespace, SocketIO
from werkzeug.routing import BaseConverter

from nsroute import MetaRouter, Route, RoutedNamespace, Submount, on
from nsroute.asyncapi import asyncapi_document, asyncapi_view, write_document
from tests import requirements
from tests.cli_apps import new_app, run
from tests.clients import JS


@attrs.frozen
class Square:
    """A square of a board."""

    x: int
    y: int = 0


class HexConverter(BaseConverter):
    regex = "[0-9a-f]+"

    def to_python(self, value: str) -> int:
        return int(value, 16)

    def to_url(self, value: int) -> str:
        return f"{value:x}"


class Board(
    RoutedNamespace, namespace=["/boards/<int(max=99):board_id>", "/b{o}ards/t<team>"]
):
    """A board that several people move pieces on.

    It has squares.
    """

    @on("connect")
    def join(self, auth: dict[str, str]) -> None:
        """Let in who has a ticket."""

    @on("move")
    def move(self, piece: str, to: Square, fast: bool = False) -> tuple[bool, Square]:
        """Move a piece.

        The others are told.
        """
        return True, to

    @on("cursor:*")
    def cursor(self, event: str, *point: float) -> None: ...

    @on("error")
    def report(self, text): ...  # type: ignore[no-untyped-def]

    @on("disconnect")
    def leave(self) -> None: ...


class Plain(Namespace):
    def on_hello(self, name: str) -> int | None: ...


class Forwarding(Namespace):
    def trigger_event(self, event: str, *args: Any) -> Any: ...


def new_router(app: Flask) -> MetaRouter:
    routes = [
        Board,
        Route("/<any(red, blue):color>/<hex:id>", Plain, name="hex/<plain>"),
        Route("/<float(signed=True):f>/<uuid:u>", Plain),
        Route("/<string(length=3):a>/<string(maxlength=9):b>/x", Plain),
        Route("/files/<path:name>", Forwarding),
    ]
    router = MetaRouter(routes, converters={"hex": HexConverter})
    return router.mount(SocketIO(app, async_mode="threading"))


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    app = Flask("boards")
    return asyncapi_document(new_router(app), app)


def validate(text: str) -> list[str]:
    """Ask the official parser; give the operations that it found."""
    requirements.node("@asyncapi/parser")
    done = subprocess.run(
        ["node", str(JS / "asyncapi.mjs")],
        input=text,
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    errors = [one for one in found["diagnostics"] if one["severity"] == 0]
    assert errors == []
    operations: list[str] = found["operations"]
    return operations


@pytest.mark.sockets
@pytest.mark.parametrize("syntax", ["json", "yaml"])
def test_the_official_parser_finds_no_error(
    document: dict[str, Any], syntax: Any
) -> None:
    """AsyncAPI's own parser takes the document as JSON and as YAML, with all in it."""
    assert validate(write_document(document, syntax)) == list(document["operations"])


def test_each_route_is_a_channel(document: dict[str, Any]) -> None:
    """A channel has the pattern as its address, under a key made of a name."""
    addresses = {
        key: channel["address"] for key, channel in document["channels"].items()
    }
    assert addresses == {
        "Board": "/boards/{board_id}",
        "Board-2": "/b%7Bo%7Dards/t{team}",
        "Forwarding": "/files/{name}",
        "hex_plain": "/{color}/{id}",
        "Plain": "/{f}/{u}",
        "Plain-2": "/{a}/{b}/x",
    }
    board = document["channels"]["Board"]
    assert board["title"] == "Board"
    assert board["summary"] == "A board that several people move pieces on."
    assert board["description"] == "It has squares."
    assert board["x-pattern"] == "/boards/<int(max=99):board_id>"


@pytest.mark.parametrize(
    "channel, name, schema",
    [
        ("Board", "board_id", {"type": "integer", "minimum": 0, "maximum": 99}),
        ("Board-2", "team", {"type": "string", "minLength": 1}),
        ("Forwarding", "name", {"type": "string", "minLength": 1}),
        ("hex_plain", "color", {"type": "string", "enum": ["red", "blue"]}),
        ("hex_plain", "id", {"type": "string", "pattern": "^(?:[0-9a-f]+)$"}),
        ("Plain", "f", {"type": "number"}),
        ("Plain", "u", {"type": "string", "format": "uuid"}),
        ("Plain-2", "a", {"type": "string", "minLength": 3, "maxLength": 3}),
        ("Plain-2", "b", {"type": "string", "minLength": 1, "maxLength": 9}),
    ],
)
def test_a_converter_is_a_schema(
    document: dict[str, Any], channel: str, name: str, schema: dict[str, Any]
) -> None:
    """A parameter has the schema of its converter, in an extension."""
    parameter = document["channels"][channel]["parameters"][name]
    assert parameter["x-schema"] == schema
    assert parameter.get("enum") == schema.get("enum")


def test_a_parameter_is_described(document: dict[str, Any]) -> None:
    """A parameter says in words what it takes, and names its converter."""
    board_id = document["channels"]["Board"]["parameters"]["board_id"]
    assert board_id["description"] == "A whole number from 0 to 99."
    assert board_id["x-converter"] == "int"


def test_each_event_is_an_operation(document: dict[str, Any]) -> None:
    """An operation for each event that a client may send, and one for the connect."""
    operations = [name for name in document["operations"] if name.startswith("Board.")]
    assert operations == [
        "Board.connect",
        "Board.move",
        "Board.error-2",
        "Board.cursor",
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
    assert messages["any"]["title"] == "Any other event"
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


def test_the_server_is_that_of_the_configuration(document: dict[str, Any]) -> None:
    """Host, scheme and path come from the app's configuration and its `SocketIO`."""
    default = document["servers"]["default"]
    assert (default["host"], default["protocol"]) == ("localhost:5000", "ws")
    assert default["pathname"] == "/socket.io/"
    app = Flask("boards")
    app.config.update(
        SERVER_NAME="example.com:8443",
        PREFERRED_URL_SCHEME="https",
        APPLICATION_ROOT="/app/",
        API_TITLE="Boards",
        API_VERSION="2.1",
    )
    router = MetaRouter([Board]).mount(SocketIO(app, async_mode="threading", path="ws"))
    found = asyncapi_document(router, app)
    default = found["servers"]["default"]
    assert (default["host"], default["protocol"]) == ("example.com:8443", "wss")
    assert default["pathname"] == "/app/ws/"
    assert found["info"] == {"title": "Boards", "version": "2.1"}


def test_what_is_said_explicitly_wins() -> None:
    """Title, version, description and servers can be given."""
    app = Flask("boards")
    servers = {"live": {"host": "example.com", "protocol": "wss"}}
    found = asyncapi_document(
        new_router(app), app, title="T", version="1", description="D", servers=servers
    )
    assert found["info"] == {"title": "T", "version": "1", "description": "D"}
    assert found["servers"] == servers


def test_an_event_that_a_function_takes_is_left_out() -> None:
    """What never reaches a route is not in the document."""
    app = Flask("boards")
    router = new_router(app)

    @app.extensions["socketio"].on("move", namespace="*")
    def take(*args: Any) -> None: ...

    assert "Board.move" not in asyncapi_document(router, app)["operations"]


@pytest.fixture
def mounted() -> Iterator[Any]:
    app = Flask("boards")
    view = asyncapi_view(new_router(app), title="Boards")

    def guarded() -> Any:
        return view() if request.headers.get("X-Key") == "k" else abort(403)

    app.add_url_rule("/asyncapi.json", "json", guarded)
    router = app.extensions["socketio"].server.namespace_handlers["*"]
    app.add_url_rule(
        "/asyncapi.yaml", "yaml", asyncapi_view(router, syntax="yaml", title="Boards")
    )
    return app.test_client()


def test_the_document_can_be_served_behind_a_guard(mounted: Any) -> None:
    """The view serves the document to whom the user's own guard lets pass."""
    assert mounted.get("/asyncapi.json").status_code == 403
    response = mounted.get("/asyncapi.json", headers={"X-Key": "k"})
    media = "application/vnd.aai.asyncapi+json;version=3.0.0"
    assert response.content_type == media
    assert response.get_json(force=True)["info"]["title"] == "Boards"
    text = mounted.get("/asyncapi.yaml").text
    assert text.startswith('asyncapi: "3.0.0"\ninfo:\n  title: "Boards"\n')


def test_an_unchanged_document_is_not_sent_twice(mounted: Any) -> None:
    """The view answers a conditional request with 304."""
    etag = mounted.get("/asyncapi.yaml").headers["ETag"]
    again = mounted.get("/asyncapi.yaml", headers={"If-None-Match": etag})
    assert (again.status_code, again.data) == (304, b"")


def test_the_command_writes_the_document(tmp_path: Path) -> None:
    """`flask nsroute asyncapi` writes to a file or to the output, as JSON or YAML."""
    file = tmp_path / "api.json"
    result = run(new_app(), "asyncapi", "-o", str(file))
    assert (result.exit_code, result.output) == (0, "")
    assert json.loads(file.read_text("utf-8"))["info"]["title"] == "tested"
    args = ("asyncapi", "--format", "yaml", "--title", "T", "--api-version", "9")
    text = run(new_app(), *args).output
    assert text.startswith('asyncapi: "3.0.0"\ninfo:\n  title: "T"\n  version: "9"\n')


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
