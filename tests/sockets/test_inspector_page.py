"""The inspector's page in a real browser, with real clients on the other side."""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from flask import request

from nsroute.inspector import Inspector
from tests.conftest import Connect, Serve
from tests.support import apps_inspector
from tests.support.apps import rooms
from tests.support.browser import Tab
from tests.support.clients import Peer
from tests.support.inspector_tab import LIVE, Open, contains, fill, look_up, text
from tests.support.servers import Server
from tests.support.sites import Site

pytest_plugins = ["tests.support.inspector_fixtures"]
pytestmark = pytest.mark.sockets

EVIL_NAME = "/chats/<img src=x onerror=\"problems.push('name')\">"
EVIL_EVENT = "<script>problems.push('event')</script>"


def test_a_dispatch_shows_within_two_seconds(
    serve: Serve, connect: Connect, open_page: Open, mode: str
) -> None:
    """What a client sends is on the page two seconds later, with its outcome."""
    server = serve("tests.support.apps_inspector:collaboration", mode)
    page = open_page(server)
    ann = connect(server, "python", "websocket", ["/boards/7"], {"user": "ann"})
    sent = time.monotonic()
    ann.emit("/boards/7", "move", 3, "readonly")
    page.until(contains("#stream tbody", "forbidden"))
    assert time.monotonic() - sent < 2
    first = text(page, "#stream tbody tr")
    for shown in "rejected", "/boards/7", "move", "Board.move", "only look":
        assert shown in first


def test_the_routes_show_figures(page: Tab, join: Callable[..., Peer]) -> None:
    """A route shows count, rate, shares, durations, a chart and its last error."""
    ann = join("/boards/7")
    ann.call("/boards/7", "move", 3, "nowhere")
    page.until(contains("#routes tbody", "LookupError: no column 'nowhere'"))
    row = "#routes tr:nth-child(3 of .group)"
    cells = page.run(
        f"[...document.querySelectorAll('{row} td')].map(c => c.innerText)"
    )
    assert cells[1] == "2"
    assert cells[3:5] == ["50 %", "0 %"]
    assert all(float(duration) > 0 for duration in cells[5:8])
    page.until(f"document.querySelector('{row} svg title')")
    told = page.run(f"document.querySelector('{row} svg title').textContent")
    assert told.startswith("Last minute: 1 ok, 0 declined, 1 errors")


def test_a_route_unfolds_into_its_events(page: Tab, join: Callable[..., Peer]) -> None:
    """A route's button shows each event with handler, middleware and figures."""
    ann = join("/boards/7")
    ann.call("/boards/7", "move", 3, "done")
    page.until(contains("#routes tr:nth-child(3 of .group)", "2"))
    page.run(
        "document.querySelector('#routes tr:nth-child(3 of .group) .fold').click()"
    )
    move = text(page, "#routes tr:nth-child(5 of :not([hidden]))")
    for shown in "move", "Board.move", "signed_in, may_write", "0 %":
        assert shown in move
    folds = "[...document.querySelectorAll('.fold')].map(f => f.ariaExpanded)"
    assert page.run(folds) == ["false", "false", "true", "false"]
    page.run("document.querySelector('#unfold').click()")
    assert set(page.run(folds)) == {"true"}
    page.run("document.querySelector('#unfold').click()")
    assert set(page.run(folds)) == {"false"}


def test_a_newcomer_gets_an_answer(page: Tab, join: Callable[..., Peer]) -> None:
    """Where `/boards/7` `move` goes, who may send it, how fast, and the last error."""
    ann = join("/boards/7")
    ann.call("/boards/7", "move", 3, "nowhere")
    look_up(page, "/boards/7", "move")
    page.until(contains("#verdict", "goes to Board.move"))
    page.until(contains("#answer", "LookupError"))
    told = text(page, "#answer")
    for shown in (
        "/boards/<int:board_id>",
        "board_id = 7",
        "Board.move(card: Any, column: Any) -> str",
        "signed_in",
        "may_write",
        "To get in, a client passes connect: signed_in, Board.join",
        "1 dispatched, 100 % errors",
    ):
        assert shown in told
    duration = r"\d\.\d\d|\d\d\.\d|\d{3,}"  # the longer, the fewer decimals
    assert re.search(f"p95 ({duration}) ms", text(page, "#answer"))


def test_what_the_server_sends_is_shown(page: Tab) -> None:
    """A look-up of a name shows the events that its class declares."""
    look_up(page, "/boards/7", "")
    page.until(contains("#verdict", "/boards/7 is served, with 4 events"))
    told = text(page, "#answer")
    assert "→ moved sent by Board.moved(card: str, column: str) -> None" in told
    assert "A card is in another column." in told
    look_up(page, "/boards/7", "moved")
    page.until(contains("#answer", "It is an event that the server sends: Board.moved"))


def test_a_refused_name_is_told_its_cure(page: Tab) -> None:
    """A name that no route matches shows those near it, and tries them on a click."""
    look_up(page, "/boards/07", "move")
    page.until(contains("#verdict", "/boards/07 is refused"))
    assert "it is written '/boards/7'" in text(page, "#answer")
    page.run("document.querySelector('#answer button').click()")
    page.until(contains("#verdict", "/boards/7 move goes to Board.move"))
    look_up(page, "/boards/7", "mov")
    page.until(contains("#answer", "Did you mean 'move'?"))


def test_a_route_without_clients_is_told(page: Tab, server: Server) -> None:
    """Where a function takes the connects, no event goes to the class."""
    assert server.site is not None
    socketio = server.site.socketio
    socketio.on_event("connect", lambda *_: None, namespace="/boards/13")
    look_up(page, "/boards/13", "move")
    page.until(contains("#verdict", "but a function takes its connects"))


def test_strangers_inject_nothing(page: Tab, join: Callable[..., Peer]) -> None:
    """Markup in a namespace and in an event name is shown as text wherever it is."""
    eve = join(EVIL_NAME)
    eve.emit(EVIL_NAME, EVIL_EVENT)
    page.until(contains("#stream tbody", EVIL_EVENT))
    page.until(contains("#live tbody", EVIL_NAME))
    page.run("document.querySelector('#stream tbody button').click()")
    page.until(contains("#verdict", f"{EVIL_NAME} {EVIL_EVENT} goes to Chat.anything"))
    look_up(page, EVIL_NAME.upper(), EVIL_EVENT)
    page.until(contains("#verdict", "is refused"))
    made = "document.querySelectorAll('img, main script, iframe, [onerror]').length"
    assert page.run(made) == 0
    assert page.run("problems") == []


def test_the_stream_is_filtered(page: Tab, join: Callable[..., Peer]) -> None:
    """The stream shows what fits the pattern, the event and the outcome chosen."""
    ann = join("/boards/7", "/chats/ops")
    ann.call("/boards/7", "move", 1, "done")
    ann.call("/boards/7", "move", 1, "readonly")
    ann.call("/boards/7", "cursor:up", 1, 2)
    ann.call("/chats/ops", "hello")
    page.until("stream.tBodies[0].rows.length === 6")
    events = "[...stream.tBodies[0].rows].map(row => row.cells[3].textContent)"
    fill(page, "#filter [name=pattern]", "=/boards/<int:board_id>")
    assert page.run(events) == ["cursor:up", "move", "move", "connect"]
    fill(page, "#filter [name=event]", "mov")
    assert page.run(events) == ["move", "move"]
    fill(page, "#filter [name=outcome]", "rejected")
    assert page.run(events) == ["move"]
    assert text(page, "#stream-note") == "1 shown of 6 kept."


def test_the_stream_is_paused(page: Tab, join: Callable[..., Peer]) -> None:
    """While the stream is paused it stands still, counts what comes, and goes on."""
    ann = join("/chats/ops")
    page.until("stream.tBodies[0].rows.length === 1")
    page.run("pause.click()")
    ann.call("/chats/ops", "hello")
    page.until(contains("#stream-note", "paused, 1 more came"))
    assert page.run("stream.tBodies[0].rows.length") == 1
    page.run("pause.click()")
    assert page.run("stream.tBodies[0].rows.length") == 2


def test_five_hundred_rooms_stay_usable(page: Tab, join: Callable[..., Peer]) -> None:
    """Of 500 live rooms the first 200 are shown with the total; a filter finds one."""
    join(*[f"/chats/room-{number}" for number in range(500)])
    page.until(contains("#live-note", "500 with 500 clients"))
    page.until("live.tBodies[0].rows.length === 200")
    fill(page, "#live-filter [name=live]", "room-499")
    page.until("live.tBodies[0].rows.length === 1")
    assert "1 of 500" in text(page, "#live-note")
    page.run("live.tBodies[0].rows[0].querySelector('button').click()")
    page.until(contains("#verdict", "/chats/room-499 is served"))


def test_it_tells_who_may_not_look_any_more(serve: Serve, open_page: Open) -> None:
    """Once the guard says no, the page says so, and what it shows stands still."""
    may_look = [True]

    def closing(mode: str) -> Site:
        site = rooms(mode)
        guarded = Inspector(site.router, authorize=lambda: may_look[0])
        site.app.register_blueprint(guarded)
        return site

    tab = open_page(serve(closing))
    may_look[0] = False
    tab.until(contains("#state", "You may not look any more"))
    may_look[0] = True
    tab.until(LIVE)


def test_it_tells_processes_apart(
    page: Tab, server: Server, join: Callable[..., Peer]
) -> None:
    """Where another process answers, the page begins anew and says that it did."""
    join("/boards/7", "/boards/8")
    page.until("stream.tBodies[0].rows.length === 2")
    assert server.site is not None
    views = server.site.app.view_functions
    another = apps_inspector.collaboration("threading").app

    def answer() -> Any:
        with another.test_request_context(request.full_path):
            told = another.view_functions["nsroute_inspector.news"]().json
        return {**told, "pid": 1}

    one = views["nsroute_inspector.news"]
    views["nsroute_inspector.news"] = answer
    page.until(contains("#process", "process 1 · counting since"))
    assert page.run("stream.tBodies[0].rows.length") == 0
    assert page.run("notice.hidden"), "it may have been started anew"
    turns = itertools.cycle([one, answer])

    def answer_by_turns() -> Any:
        return next(turns)()

    views["nsroute_inspector.news"] = answer_by_turns
    page.until("!notice.hidden")
    assert "process 1)" in text(page, "#notice")
