"""Who may see the inspector, and what the browsers of those who do may load."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flask
import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_socketio import SocketIO

from nsroute import MetaRouter, MountError, dispatched
from nsroute.inspector import Inspector
from tests.support import apps_inspector
from tests.support.sites import Site

pytest_plugins = ["tests.support.inspector_fixtures"]

PATHS = ["", "table", "news", "lookup?namespace=/lobby", "static/inspector.js"]


def yes() -> bool:
    return True


def site_with(authorize: Callable[[], object]) -> FlaskClient:
    """Return a client of an application whose inspector asks a function."""
    app = Flask("site")
    socketio = SocketIO(app, async_mode="threading")
    router = MetaRouter([apps_inspector.Lobby]).mount(socketio)
    app.register_blueprint(Inspector(router, authorize=authorize))
    app.testing = True
    return app.test_client()


async def later() -> bool:
    return True


class Later:
    async def __call__(self) -> bool:
        return True


@pytest.mark.parametrize(
    "authorize",
    [None, True, later, Later(), lambda user: user],
    ids=["nothing", "no function", "coroutine", "object", "arguments"],
)
def test_it_is_not_mounted_without_a_guard(authorize: Any) -> None:
    """Without a function that can say no there is no inspector, and the error cures."""
    with pytest.raises(MountError, match="is no function that returns whether") as got:
        Inspector(MetaRouter([]), authorize=authorize)
    assert f"authorize={authorize!r}" in str(got.value)
    assert "Inspector(router, authorize=is_admin)" in str(got.value)


def test_it_takes_no_guard_for_granted() -> None:
    """`Inspector(router)` alone is an error too."""
    with pytest.raises(MountError, match="authorize=None is no function"):
        Inspector(MetaRouter([]))


def test_a_guard_may_be_a_builtin() -> None:
    """A function whose signature cannot be read is taken as it is."""
    assert site_with(dict).get("/nsroute/").status_code == 403


@pytest.mark.parametrize("path", PATHS)
def test_everything_is_guarded(path: str) -> None:
    """A false answer is 403: for the page, for what it asks, for its files."""
    assert site_with(lambda: None).get(f"/nsroute/{path}").status_code == 403


@pytest.mark.parametrize("path", PATHS)
def test_whom_the_guard_lets_in_sees_everything(path: str) -> None:
    """True lets pass: the page, what it asks, its files."""
    response = site_with(yes).get(f"/nsroute/{path}")
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
    "answer",
    [User().is_admin, yes, User(), "ann", b"ann", 1, {"user": "ann"}, ["admin"]],
    ids=lambda answer: type(answer).__name__,
)
def test_nothing_but_true_lets_anybody_in(answer: object) -> None:
    """Whoever forgets to call a method, or returns the user, opens nothing by it."""
    with pytest.raises(TypeError, match="only True lets anybody in"):
        site_with(lambda: answer).get("/nsroute/")


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
