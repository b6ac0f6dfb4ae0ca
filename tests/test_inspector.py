"""The inspector as HTTP shows it: who may see it, and what it tells."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import flask
import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_socketio import Namespace, SocketIO

from nsroute import MetaRouter, MountError, MountWarning, Route, dispatched
from nsroute.inspector import Inspector
from nsroute.inspector.views import SHOWN
from nsroute.testing import RouterClient
from tests import apps_inspector
from tests.servers import Site

PATHS = ["", "table", "news", "lookup?namespace=/lobby", "static/inspector.js"]


def yes() -> bool:
    return True


def site_with(authorize: Callable[[], object]) -> FlaskClient:
    """Give a client of an application whose inspector asks a function."""
    app = Flask("site")
    socketio = SocketIO(app, async_mode="threading")
    router = MetaRouter([apps_inspector.Lobby]).mount(socketio)
    app.register_blueprint(Inspector(router, authorize=authorize))
    app.testing = True
    return app.test_client()


@pytest.fixture
def site() -> Site:
    return apps_inspector.collaboration("threading")


@pytest.fixture
def http(site: Site) -> FlaskClient:
    return site.app.test_client()


@pytest.fixture
def client(site: Site) -> RouterClient:
    return RouterClient(site.app, site.socketio)


async def later() -> bool:
    return True


@pytest.mark.parametrize(
    "authorize, reason",
    [
        (None, "has no authorize="),
        (True, "True is no function"),
        (later, "is a coroutine function"),
        (lambda user: user, "is called without arguments"),
    ],
    ids=["nothing", "no function", "coroutine", "arguments"],
)
def test_it_is_not_mounted_without_a_guard(authorize: Any, reason: str) -> None:
    """Without a function that can say no there is no inspector, and the error cures."""
    with pytest.raises(MountError, match=reason) as caught:
        Inspector(MetaRouter([]), authorize=authorize)
    assert "Inspector(router, authorize=is_admin)" in str(caught.value)


def test_it_takes_no_guard_for_granted() -> None:
    """`Inspector(router)` alone is an error too."""
    with pytest.raises(MountError, match="has no authorize="):
        Inspector(MetaRouter([]))


def test_it_needs_a_router() -> None:
    """What is no router is refused by its name."""
    with pytest.raises(MountError, match="'app' is no MetaRouter"):
        Inspector("app", authorize=yes)  # type: ignore[arg-type]


def test_a_guard_may_be_a_builtin() -> None:
    """A function whose signature cannot be read is taken as it is."""
    assert site_with(dict).get("/nsroute/").status_code == 403


@pytest.mark.parametrize("path", PATHS)
def test_everything_is_guarded(path: str) -> None:
    """A false answer is 403: for the page, for what it asks, for its files."""
    assert site_with(lambda: None).get(f"/nsroute/{path}").status_code == 403


@pytest.mark.parametrize("path", PATHS)
def test_whom_the_guard_lets_in_sees_everything(path: str) -> None:
    """A true answer lets pass: the page, what it asks, its files."""
    response = site_with(lambda: "ann").get(f"/nsroute/{path}")
    assert response.status_code == 200
    response.close()


def test_nobody_who_is_turned_away_makes_it_count(
    site: Site, http: FlaskClient
) -> None:
    """A refused request does not connect the inspector to the router."""
    http.get("/nsroute/news?deny=1")
    assert not list(dispatched.receivers_for(site.router))


@pytest.mark.parametrize(
    "answer, status",
    [
        (lambda: flask.redirect("/login"), 302),
        (lambda: ("sign in", 401), 401),
        (lambda: flask.abort(404), 404),
    ],
    ids=["redirect", "tuple", "abort"],
)
def test_a_guard_may_answer_itself(answer: Callable[[], object], status: int) -> None:
    """A redirect, a tuple or an abort of the guard's is what the browser gets."""
    assert site_with(answer).get("/nsroute/news").status_code == status


class User:
    def is_admin(self) -> bool:
        return False


@pytest.mark.parametrize(
    "answer", [lambda: User().is_admin, lambda: yes], ids=["method", "function"]
)
def test_a_function_is_no_answer(answer: Callable[[], object]) -> None:
    """Who forgets to call a method lets nobody in by it."""
    with pytest.raises(TypeError, match="says neither yes nor no"):
        site_with(answer).get("/nsroute/")


def test_a_coroutine_is_no_answer() -> None:
    """A guard that gives a coroutine, which is true, lets nobody in."""
    made = later()
    with pytest.raises(TypeError, match="says neither yes nor no"):
        site_with(lambda: made).get("/nsroute/")
    made.close()


@pytest.mark.parametrize("path", [*PATHS, "news?deny=1"])
def test_a_browser_may_load_nothing_from_elsewhere(
    http: FlaskClient, path: str
) -> None:
    """Every answer, a refusal too, has a strict policy and is kept nowhere."""
    response = http.get(f"/nsroute/{path}")
    policy = dict(
        part.split(" ", 1)
        for part in response.headers["Content-Security-Policy"].split("; ")
    )
    assert set(policy.values()) == {"'self'", "'none'"}
    assert {name for name, source in policy.items() if source == "'none'"} == {
        "default-src",
        "base-uri",
        "form-action",
        "frame-ancestors",
    }
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["Cache-Control"] == "no-store"
    response.close()


def test_the_page_needs_nothing_but_its_own_files(http: FlaskClient) -> None:
    """The page has no script and no style inside, and no address of another host."""
    page = http.get("/nsroute/").text
    assert "style=" not in page
    assert "://" not in page
    assert page.count("<script") == page.count('src="/nsroute/static/')


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
    with pytest.raises(MountError, match=r"call router\.mount\(socketio\)"):
        app.test_client().get("/nsroute/table")
    assert app.test_client().get("/nsroute/news").json["live"]["total"] == 0


def test_the_table_stands_in_the_order_it_is_tried(http: FlaskClient) -> None:
    """Routes come with class, events, handlers and middleware, as they are tried."""
    groups = http.get("/nsroute/table").json["groups"]
    assert [(group["pattern"], group["class"]) for group in groups] == [
        ("/lobby", "Lobby"),
        ("/lobby/<any(de, en, fr):language>", "Lobby"),
        ("/boards/<int:board_id>", "Board"),
        ("/chats/<string:name>", "Chat"),
    ]
    events = {one["event"]: one for one in groups[2]["events"]}
    assert list(events) == ["connect", "move", "cursor:*", "disconnect"]
    assert events["move"]["handler"] == "Board.move"
    assert events["move"]["middleware"] == ["signed_in", "may_write"]


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
    assert groups[0]["before"] == ["/lobby"]
    assert "on '/lobby'" in groups[2]["events"][1]["taken_by"]
    found = app.test_client().get("/nsroute/lookup?namespace=/lobby&event=who").json
    assert found["handlers"][0]["kind"] == "function"
    assert found["handlers"][0]["figures"] is None


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
    assert (move["figures"]["ok"], move["figures"]["error"]) == (1, 1)
    assert move["figures"]["p50"] > 0
    assert move["figures"]["last_error"]["error"].startswith("LookupError: no column")


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
    assert (found["pattern"], found["figures"]) == (None, None)
    assert found["handlers"][0]["kind"] == "namespace"


@pytest.mark.parametrize("name", ["", "x" * 5000, "/\ud800", "/a\x00b", "*"], ids=ascii)
def test_a_lookup_bears_with_any_name(http: FlaskClient, name: str) -> None:
    """Whatever name is looked up, there is an answer, and not a long one."""
    found = lookup(http, name.encode("utf-8", "replace").decode(), "\x00")
    assert (found["served"], len(found["namespace"]) <= 200) == (False, True)
