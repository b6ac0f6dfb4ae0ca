"""What the inspector's page holds before any script has run."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_socketio import SocketIO

from nsroute import MetaRouter, Route, RoutedNamespace, dispatched, on
from nsroute.inspector import Inspector
from nsroute.inspector.content import SHOWN, live_namespaces
from nsroute.inspector.processes import NOBODY
from nsroute.testing import RouterClient
from tests.support.sites import Site

pytest_plugins = ["tests.support.inspector_fixtures"]

EVIL_NAME = "/chats/\"><img src=x onerror='alert(1)'>"


class Room(RoutedNamespace):
    """Several rooms."""

    @on("say")
    def say(self, text: str) -> None:
        """Say something."""


class Page(HTMLParser):
    """The rows of the page's tables as text, by the table's id; templates aside."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: dict[str, list[list[str]]] = {}
        self.tags: set[str] = set()
        self._table = ""
        self._is_inside = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag == "table":
            self._table = dict(attrs)["id"] or ""
            self.rows[self._table] = []
        elif tag == "tr" and self._table:
            self.rows[self._table].append([])
        self._is_inside = tag in {"td", "span", "button"} and bool(self._table)

    def handle_endtag(self, tag: str) -> None:
        if tag == "table":
            self._table = ""
        self._is_inside = False

    def handle_data(self, data: str) -> None:
        if self._is_inside:
            self.rows[self._table][-1].append(data)


def page_of(router: MetaRouter, socketio: SocketIO, app: Flask) -> str:
    """Return the page of a router that is mounted here."""
    inspector = Inspector(router.mount(socketio), authorize=lambda: True)
    app.register_blueprint(inspector)
    app.testing = True
    return app.test_client().get("/nsroute/").text


def test_the_page_holds_the_routes() -> None:
    """Pattern, class and name of a route, its events, handlers and middleware."""
    app = Flask("site")
    socketio = SocketIO(app, async_mode="threading")
    route = Route("/rooms/<int:room_id>", Room, name="room")
    html = page_of(MetaRouter([route]), socketio, app)
    assert "/rooms/&lt;int:room_id&gt;" in html
    assert "<int:" not in html
    nothing = ["–"] * 7
    _, *rows = Page(html).rows["routes"]
    assert rows == [
        ["/rooms/<int:room_id>", "Room (named room)", "connect  say", *nothing],
        ["connect", "lets everyone in", *nothing, "no middleware"],
        ["say", "Room.say", *nothing, "no middleware"],
    ]


def test_the_page_and_the_table_say_the_same(http: FlaskClient) -> None:
    """The rows of the page have the keys and the texts that the script fills in."""
    groups = http.get("/nsroute/table").json["groups"]
    _, *rows = Page(http.get("/nsroute/").text).rows["routes"]
    lines = [
        shown
        for group in groups
        for shown in (
            [group["pattern"], group["about"], group["summary"]],
            *([one["event"], one["handler"]] for one in group["events"]),
        )
    ]
    assert [row[: len(line)] for row, line in zip(rows, lines, strict=True)] == lines


def test_the_page_holds_who_is_where(http: FlaskClient, client: RouterClient) -> None:
    """Live namespaces stand in the page with pattern, clients and age."""
    assert "Nobody is connected." in http.get("/nsroute/").text
    client.connect("/boards/7", {"user": "ann"})
    client.connect("/lobby")
    client.another().connect("/lobby")
    html = http.get("/nsroute/").text
    _, first, second = Page(html).rows["live"]
    assert first[:3] == ["/lobby", "/lobby", "2"]
    assert second[:3] == ["/boards/7", "/boards/<int:board_id>", "1"]
    assert "2 with 3 clients, most clients first." in html


def test_a_hostile_name_is_text(http: FlaskClient, client: RouterClient) -> None:
    """Markup and quotes in the name of a namespace make no element."""
    before = Page(http.get("/nsroute/").text).tags
    client.connect(EVIL_NAME)
    html = http.get("/nsroute/").text
    page = Page(html)
    assert page.tags == before
    assert "<img" not in html
    assert "<img src=x onerror=" in page.rows["live"][1][0]


def test_a_name_that_no_text_holds_is_shown() -> None:
    """Half a surrogate pair, in what the application declares, is escaped."""
    app = Flask("site")
    socketio = SocketIO(app, async_mode="threading")
    socketio.on_event("\ud800", lambda: None, namespace="/half")
    _, group, *_ = Page(page_of(MetaRouter([]), socketio, app)).rows["routes"]
    assert group[:3] == ["/half", "(function)", "\\ud800"]


def test_the_page_holds_the_first_names_only(
    http: FlaskClient, client: RouterClient
) -> None:
    """Of very many live namespaces the page holds as many as are shown."""
    for number in range(SHOWN + 1):
        client.connect(f"/chats/c{number}")
    html = http.get("/nsroute/").text
    assert len(Page(html).rows["live"]) == 1 + SHOWN
    assert f"first; {SHOWN} are shown." in html


def test_the_page_alone_makes_nothing_count(site: Site, http: FlaskClient) -> None:
    """Who loads the page and has no script for it costs no dispatch anything."""
    http.get("/nsroute/")
    assert not list(dispatched.receivers_for(site.router))


@pytest.mark.parametrize(
    "seconds, shown",
    [
        (-1, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (172799, "47 h"),
        (172800, "2 d"),
    ],
)
def test_an_age_is_short(
    site: Site, client: RouterClient, seconds: float, shown: str
) -> None:
    """The age of a namespace is told in the unit that one wants to read."""
    client.connect("/lobby")
    [lobby] = site.router.live.overview()
    [row] = live_namespaces(site.router, NOBODY, "", lobby.since + seconds)["shown"]
    assert row["age"] == shown


def test_a_filter_says_what_it_leaves(site: Site, client: RouterClient) -> None:
    """Where names are filtered, the note tells how many fit and how many there are."""
    client.connect("/lobby")
    client.connect("/chats/ops")
    note = live_namespaces(site.router, NOBODY, "ops", 0)["note"]
    assert note == "1 of 2 with 2 clients, most clients first."
