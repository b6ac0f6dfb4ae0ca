"""The inspector as HTTP shows it: where it stands, its table and its news."""

from __future__ import annotations

import os
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_socketio import Namespace, SocketIO

from nsroute import MetaRouter, MountError, MountWarning
from nsroute.inspector import Inspector
from nsroute.inspector.content import SHOWN
from nsroute.live import NamespaceInfo
from nsroute.testing import RouterClient
from tests.support import apps_inspector
from tests.support.sites import Site

pytest_plugins = ["tests.support.inspector_fixtures"]


def yes() -> bool:
    return True


def test_it_stands_where_it_is_put(site: Site) -> None:
    """Several inspectors stand side by side, each under its own name and prefix."""
    other = Inspector(site.router, authorize=yes, name="other", url_prefix="/ops/")
    site.app.register_blueprint(other)
    assert 'data-news="/ops/news"' in site.app.test_client().get("/ops/").text


def test_an_unmounted_router_is_said_to_be_so() -> None:
    """The inspector of a router that stands nowhere tells what to call."""
    app = Flask("site")
    app.testing = True
    app.register_blueprint(Inspector(MetaRouter([]), authorize=yes))
    for path in "", "table":
        with pytest.raises(MountError, match=r"call router\.mount\(socketio\)"):
            app.test_client().get(f"/nsroute/{path}")
    assert app.test_client().get("/nsroute/news").json["live"]["total"] == 0


def test_the_table_stands_in_the_order_it_is_tried(http: FlaskClient) -> None:
    """Routes come with class, events, handlers and middleware, as they are tried."""
    groups = http.get("/nsroute/table").json["groups"]
    assert [(group["pattern"], group["about"]) for group in groups] == [
        ("/lobby", "Lobby"),
        ("/lobby/<any(de, en, fr):language>", "Lobby"),
        ("/boards/<int:board_id>", "Board"),
        ("/chats/<string:name>", "Chat"),
    ]
    events = {one["event"]: one for one in groups[2]["events"]}
    assert list(events) == ["connect", "move", "cursor:*", "disconnect", "→ moved"]
    assert groups[2]["summary"] == "  ".join(events)
    sent = {one: events["→ moved"][one] for one in ("handler", "target", "through")}
    told = {"handler": "Board.moved", "target": None, "through": "sent by the server"}
    assert sent == told
    assert events["move"]["handler"] == "Board.move"
    assert events["move"]["through"] == "through signed_in, may_write"


def test_the_table_shows_what_stands_before_the_routes() -> None:
    """Functions and exact namespaces come first, with what they take away."""
    app = Flask("site")
    socketio = SocketIO(app, async_mode="threading")

    class Exact(Namespace):
        def on_hello(self) -> None: ...

    def who() -> None: ...

    socketio.on_namespace(Exact("/exact"))
    socketio.on_event("who", who, namespace="/lobby")
    with pytest.warns(MountWarning, match="takes this event away"):
        router = MetaRouter([apps_inspector.Lobby]).mount(socketio)
    app.register_blueprint(Inspector(router, authorize=yes))
    groups = app.test_client().get("/nsroute/table").json["groups"]
    assert [(group["kind"], group["pattern"]) for group in groups[:3]] == [
        ("function", "/lobby"),
        ("namespace", "/exact"),
        ("route", "/lobby"),
    ]
    assert groups[0]["warning"] == "takes from /lobby"
    assert "on '/lobby' takes it" in groups[2]["events"][1]["warning"]
    found = app.test_client().get("/nsroute/lookup?namespace=/lobby&event=who").json
    assert found["handlers"][0]["kind"] == "function"
    assert found["handlers"][0]["metrics"] is None


def test_news_tell_of_one_process(http: FlaskClient) -> None:
    """News say which process tells them, and since when it counts."""
    news = http.get("/nsroute/news").json
    assert news["pid"] == os.getpid()
    assert news["host"]
    assert news["since"] <= news["now"]


def test_news_tell_of_dispatches(http: FlaskClient, client: RouterClient) -> None:
    """A dispatch is told with its outcome, its handler and what was said."""
    http.get("/nsroute/news")
    client.connect("/boards/7", {"user": "ann"})
    client.call("move", 3, "readonly")
    [join, move] = http.get("/nsroute/news").json["dispatches"]
    assert (join["kind"], join["outcome"], join["target"]) == (
        "connect",
        "ok",
        "Board.join",
    )
    assert (move["namespace"], move["event"]) == ("/boards/7", "move")
    assert (move["outcome"], move["code"]) == ("rejected", "forbidden")
    assert move["error"] == "You may only look at this board."
    assert "args" not in move


def test_news_bear_with_any_query(http: FlaskClient) -> None:
    """A `since` that is no number counts as none."""
    assert http.get("/nsroute/news?since=x&token=%00").json["seq"] == 0


def test_news_tell_who_is_where(http: FlaskClient, client: RouterClient) -> None:
    """Live namespaces come with pattern, clients and age, most clients first."""
    client.connect("/boards/7", {"user": "ann"})
    client.connect("/lobby")
    client.another().connect("/lobby")
    news = http.get("/nsroute/news").json
    live = news["live"]
    assert (live["total"], live["clients"], live["fitting"]) == (2, 3, 2)
    assert [(one["namespace"], one["clients"]) for one in live["shown"]] == [
        ("/lobby", 2),
        ("/boards/7", 1),
    ]
    assert live["shown"][1]["pattern"] == "/boards/<int:board_id>"
    assert live["shown"][0]["since"] <= news["now"]
    client.disconnect("/lobby")


def test_live_namespaces_are_filtered(http: FlaskClient, client: RouterClient) -> None:
    """Of many live namespaces the first are shown, and those that contain a text."""
    for number in range(SHOWN + 50):
        client.connect(f"/chats/c{number}")
    live = http.get("/nsroute/news").json["live"]
    assert (live["total"], len(live["shown"])) == (SHOWN + 50, SHOWN)
    live = http.get("/nsroute/news?live=c10").json["live"]
    assert (live["total"], live["fitting"]) == (SHOWN + 50, 11)


def test_a_poll_makes_rows_only_for_what_it_shows(
    http: FlaskClient, client: RouterClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of very many live namespaces no more rows are made than are shown."""
    for number in range(2 * SHOWN):
        client.connect(f"/chats/c{number}")
    made: list[NamespaceInfo] = []

    def make(*fields: Any) -> NamespaceInfo:
        made.append(NamespaceInfo(*fields))
        return made[-1]

    monkeypatch.setattr("nsroute.live.views.NamespaceInfo", make)
    for query in "", "?live=c":
        made.clear()
        assert http.get(f"/nsroute/news{query}").json["live"]["total"] == 2 * SHOWN
        assert len(made) == SHOWN
