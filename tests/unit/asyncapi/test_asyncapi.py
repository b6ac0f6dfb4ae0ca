"""The AsyncAPI document says where a client may connect, and is written and served."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, abort, request
from flask_socketio import SocketIO

from nsroute import MetaRouter
from nsroute.asyncapi import asyncapi_document, asyncapi_view, write_document
from tests.support import requirements
from tests.support.asyncapi_app import Board, new_router
from tests.support.cli_apps import new_app, run
from tests.support.clients import JS


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
def test_the_official_parser_finds_no_error(document: dict[str, Any]) -> None:
    """AsyncAPI's own parser takes the document, with all in it."""
    assert validate(write_document(document)) == list(document["operations"])


def test_each_route_is_a_channel(document: dict[str, Any]) -> None:
    """A channel has the pattern as its address, under a key made of a name."""
    addresses = {
        key: channel["address"] for key, channel in document["channels"].items()
    }
    assert addresses == {
        "Board": "/boards/{board_id}",
        "Board-2": "/b%7B-o%7Dards/t{team}",
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


@pytest.fixture
def mounted() -> Iterator[Any]:
    app = Flask("boards")
    view = asyncapi_view(new_router(app), title="Boards")

    def guarded() -> Any:
        return view() if request.headers.get("X-Key") == "k" else abort(403)

    app.add_url_rule("/asyncapi.json", "json", guarded)
    app.add_url_rule("/open.json", "open", view)
    return app.test_client()


def test_the_document_can_be_served_behind_a_guard(mounted: Any) -> None:
    """The view serves the document to whom the user's own guard lets pass."""
    assert mounted.get("/asyncapi.json").status_code == 403
    response = mounted.get("/asyncapi.json", headers={"X-Key": "k"})
    media = "application/vnd.aai.asyncapi+json;version=3.0.0"
    assert response.content_type == media
    assert response.get_json(force=True)["info"]["title"] == "Boards"


def test_an_unchanged_document_is_not_sent_twice(mounted: Any) -> None:
    """The view answers a conditional request with 304."""
    etag = mounted.get("/open.json").headers["ETag"]
    again = mounted.get("/open.json", headers={"If-None-Match": etag})
    assert (again.status_code, again.data) == (304, b"")


def test_the_command_writes_the_document(tmp_path: Path) -> None:
    """`flask nsroute asyncapi` writes to a file or to the output."""
    file = tmp_path / "api.json"
    result = run(new_app(), "asyncapi", "-o", str(file))
    assert (result.exit_code, result.output) == (0, "")
    assert json.loads(file.read_text("utf-8"))["info"]["title"] == "tested"
    text = run(new_app(), "asyncapi", "--title", "T", "--api-version", "9").output
    assert json.loads(text)["info"] == {"title": "T", "version": "9"}
