"""Where a name and an event lead, as the inspector tells who asks."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_socketio import Namespace, SocketIO

from nsroute import MetaRouter, Route
from nsroute.inspector import Inspector
from nsroute.testing import RouterClient

pytest_plugins = ["tests.support.inspector_fixtures"]


def yes() -> bool:
    return True


def lookup(http: FlaskClient, name: str, event: str = "") -> dict[str, Any]:
    """Ask where a name and an event lead."""
    query = {"namespace": name, "event": event}
    answer: dict[str, Any] = http.get("/nsroute/lookup", query_string=query).json
    return answer


def test_a_newcomer_finds_out_about_an_event(
    http: FlaskClient, client: RouterClient
) -> None:
    """Where an event goes, who may send it, how fast it is, what was said last."""
    http.get("/nsroute/news")
    client.connect("/boards/7", {"user": "ann"})
    client.call("move", 3, "done")
    client.call("move", 3, "nowhere")
    found = lookup(http, "/boards/7", "move")
    assert (found["found"], found["pattern"]) == (True, "/boards/<int:board_id>")
    assert found["params"] == [["board_id", "7"]]
    [move] = found["handlers"]
    assert move["handler"] == "Board.move"
    assert move["signature"] == "(card: Any, column: Any) -> str"
    assert move["doc"] == "Move a card to another column."
    assert [layer["title"] for layer in move["middleware"]] == [
        "signed_in",
        "may_write",
    ]
    assert found["connect"]["handler"] == "Board.join"
    assert (move["metrics"]["ok"], move["metrics"]["error"]) == (1, 1)
    assert move["metrics"]["p50"] > 0
    assert move["metrics"]["last_error"]["error"].startswith("LookupError: no column")


def test_a_lookup_shows_what_the_class_sends(http: FlaskClient) -> None:
    """Without an event, declared events are told with signature and docstring."""
    [moved] = lookup(http, "/boards/7")["sends"]
    assert (moved["event"], moved["handler"]) == ("moved", "Board.moved")
    assert moved["signature"] == "(card: str, column: str) -> None"
    assert moved["doc"] == "A card is in another column."
    found = lookup(http, "/boards/7", "moved")
    assert (found["sends"], found["handlers"]) == ([], [])
    assert found["hint"] == "it is an event that the server sends: Board.moved"


def test_a_lookup_without_an_event_shows_them_all(http: FlaskClient) -> None:
    """A namespace alone is answered with all its events."""
    found = lookup(http, "/boards/7")
    assert [one["event"] for one in found["handlers"]] == [
        "connect",
        "move",
        "cursor:*",
        "disconnect",
    ]
    assert (found["connect"], found["class"]["title"]) == (None, "Board")


def test_a_lookup_tells_the_prefix_that_takes_an_event(http: FlaskClient) -> None:
    """An event that a prefix takes leads to its handler."""
    [cursor] = lookup(http, "/boards/7", "cursor:up")["handlers"]
    assert (cursor["event"], cursor["handler"]) == ("cursor:*", "Board.cursor")


def test_a_lookup_tells_that_nothing_handles_an_event(http: FlaskClient) -> None:
    """An event that no handler takes is said to be none, with the nearest."""
    found = lookup(http, "/boards/7", "mov")
    assert (found["served"], found["found"], found["handlers"]) == (True, False, [])
    assert found["hint"] == "did you mean 'move'?"


def test_a_lookup_tells_why_a_name_is_refused(http: FlaskClient) -> None:
    """A name that almost matches is answered with the routes near it and the cure."""
    found = lookup(http, "/boards/07", "move")
    assert (found["served"], found["pattern"]) == (False, None)
    assert found["near"][0] == {
        "pattern": "/boards/<int:board_id>",
        "reason": "it is written '/boards/7'",
        "name": "/boards/7",
    }


def test_a_lookup_tells_of_exact_namespaces() -> None:
    """A name that an exact class serves leads to it, past the routes."""
    app = Flask("site")
    socketio = SocketIO(app, async_mode="threading")

    class Exact(Namespace):
        def on_hello(self) -> None: ...

    socketio.on_namespace(Exact("/exact"))
    router = MetaRouter([Route("/<name>", Exact)]).mount(socketio)
    app.register_blueprint(Inspector(router, authorize=yes))
    found = lookup(app.test_client(), "/exact", "hello")
    assert (found["pattern"], found["metrics"]) == (None, None)
    assert found["handlers"][0]["kind"] == "namespace"


@pytest.mark.parametrize("name", ["", "x" * 5000, "/\ud800", "/a\x00b", "*"], ids=ascii)
def test_a_lookup_bears_with_any_name(http: FlaskClient, name: str) -> None:
    """Whatever name is looked up, there is an answer, and not a long one."""
    found = lookup(http, name.encode("utf-8", "replace").decode(), "\x00")
    assert (found["served"], len(found["namespace"]) <= 200) == (False, True)
