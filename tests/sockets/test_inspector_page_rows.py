"""The rows that the inspector's page comes with, in a browser: taken over, or alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.browser import Browser, Tab
from tests.support.clients import Peer
from tests.support.inspector_tab import LIVE, WATCH, contains, text
from tests.support.servers import Server

pytest_plugins = ["tests.support.inspector_fixtures"]
pytestmark = pytest.mark.sockets

ROWS = "[...document.querySelectorAll('#routes tbody tr, #live tbody tr')]"
KEEP = f"""
document.addEventListener("readystatechange", () => {{
  if (document.readyState !== "interactive") return;
  window.came = {ROWS};
  window.said = came.map((row) => row.cells[0].textContent);
}});
"""
GROUPS = 4
EVENTS = 2 + 2 + 5 + 2
STATIC = f"""{ROWS}.map((row) => [...row.querySelectorAll(".what, .through")]
  .map((part) => part.outerHTML.replace(/>\\s+</g, "><")).join(row.className))"""
VISIBLE = f"{ROWS}.filter((row) => row.checkVisibility()).length"


@pytest.fixture
def load(browser: Browser, server: Server) -> Iterator[Callable[..., Tab]]:
    """Load the page, whether or not its script will run."""
    tabs: list[Tab] = []

    def start(script: str = "", **options: Any) -> Tab:
        tabs.append(browser.open(f"{server.url}/nsroute/", script, **options))
        return tabs[-1]

    yield start
    for tab in tabs:
        tab.ask("Page.close")


def test_the_script_takes_the_rows_over(
    load: Callable[..., Tab], join: Callable[..., Peer]
) -> None:
    """The first news change no row and add none: figures come into those there are."""
    ann = join("/boards/7")
    page = load(WATCH + KEEP)
    page.until(LIVE)
    assert page.run("came.length") == GROUPS + EVENTS + 1
    same = f"{ROWS}.every((row, place) => row === came[place])"
    texts = f"{ROWS}.map((row) => row.cells[0].textContent)"
    assert page.run(f"{ROWS}.length") == page.run("came.length")
    assert page.run(same)
    assert page.run(texts) == page.run("said")
    ann.call("/boards/7", "move", 3, "done")
    page.until(contains("#routes tr:nth-child(3 of .group)", "0 %"))
    assert page.run(f"{ROWS}.length") == page.run("came.length")
    assert page.run(same)
    page.run("document.querySelector('#live .link').click()")
    page.until(contains("#verdict", "/boards/7 is served"))
    assert page.run("problems") == []


def test_the_script_makes_the_same_rows(
    load: Callable[..., Tab], server: Server, join: Callable[..., Peer]
) -> None:
    """What comes later gets rows just like those that the page would come with."""
    assert server.site is not None
    page = load(WATCH)
    page.until(LIVE)
    join("/boards/7")
    server.site.socketio.on_event("hello", lambda: None, namespace="/greetings")
    views = server.site.app.view_functions
    news = views["nsroute_inspector.news"]
    views["nsroute_inspector.news"] = lambda: {**news().json, "token": "another"}
    page.until(contains("#routes tbody", "/greetings"))
    page.until(contains("#live tbody", "/boards/7"))
    views["nsroute_inspector.news"] = news
    later = load(WATCH)
    later.until(LIVE)
    for tab in page, later:
        tab.run("unfold.click()")
    assert page.run(STATIC) == later.run(STATIC)
    assert "hello" in page.run(STATIC)[1]


def test_a_route_unfolds_before_the_first_news(
    load: Callable[..., Tab], server: Server
) -> None:
    """Buttons of the page fold and unfold its rows while the server is silent."""
    assert server.site is not None
    server.site.app.view_functions["nsroute_inspector.news"] = lambda: ("", 500)
    page = load(WATCH)
    page.until(contains("#state", "No news"))
    assert page.run(VISIBLE) == GROUPS
    page.run("document.querySelector('#routes .fold').click()")
    assert page.run(VISIBLE) == GROUPS + 2
    page.run("unfold.click()")
    assert page.run(VISIBLE) == GROUPS + EVENTS


def test_the_routes_show_where_the_script_is_blocked(
    load: Callable[..., Tab], server: Server
) -> None:
    """Where the script does not load, the routes with their events are there."""
    assert server.site is not None
    views = server.site.app.view_functions
    send = views["nsroute_inspector.static"]

    def block(filename: str) -> Any:
        return ("", 404) if filename.endswith(".js") else send(filename=filename)

    views["nsroute_inspector.static"] = block
    page = load()
    assert page.run(VISIBLE) == GROUPS
    board = text(page, "#routes tr:nth-child(3 of .group)")
    for shown in "/boards/<int:board_id>", "Board", "move  cursor:*":
        assert shown in board


def test_the_page_is_whole_without_javascript(
    load: Callable[..., Tab], join: Callable[..., Peer]
) -> None:
    """Without JavaScript all routes are unfolded, and what needs it is away."""
    join("/boards/7")
    page = load(scripts=False)
    assert page.run(VISIBLE) == GROUPS + EVENTS + 1
    assert "Without JavaScript" in text(page, "body noscript")
    move = text(page, "#routes tr.event:nth-child(3 of [data-group*=boards])")
    for shown in "move", "Board.move", "through signed_in, may_write":
        assert shown in move
    assert "/boards/7" in text(page, "#live tbody")
    shown = "[...document.querySelectorAll('form, #unfold, #state')]"
    assert page.run(f"{shown}.every((one) => !one.checkVisibility())")
