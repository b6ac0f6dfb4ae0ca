"""The whiteboard: what its board answers, and two browsers that draw on it together."""

from __future__ import annotations

import math
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from examples.whiteboard import Board
from tests.support import requirements
from tests.support.browser import Tab, chromium
from tests.support.clients import JS
from tests.support.packet_client import PacketClient, inline_client
from tests.support.servers import ROOT
from tests.support.sites import Site, error, site

WHITEBOARD = ROOT / "examples" / "whiteboard.py"
SCRIPT = JS / "node_modules" / "socket.io-client" / "dist" / "socket.io.min.js"
RED, BLUE = "#e11d48", "#2563eb"
STROKE = {"points": [[0, 0], [800, 450.5]], "colour": RED, "width": 6}

Points = list[tuple[float, float]]


def test_it_has_less_than_150_lines() -> None:
    """The whiteboard, its page included, is read in a few minutes."""
    assert len(WHITEBOARD.read_text().splitlines()) < 150


# --- the board -----------------------------------------------------------------------


@pytest.fixture
def here() -> Site:
    """A server with boards."""
    return site(Board)


def _join(here: Site, pen: bool = True, name: str = "/boards/art") -> PacketClient:
    client = inline_client(here)
    client.join(name, {"pen": pen})
    return client


def test_a_stroke_is_shown_to_the_others_and_acknowledged(here: Site) -> None:
    """A stroke reaches the others on that board; the receipt says how many they are."""
    ann, bob, eve = _join(here), _join(here), _join(here, name="/boards/war")
    bob.received("/boards/art")
    told = ann.call("/boards/art", "draw", STROKE)
    assert told == {"number": 1, "seen_by": 1}
    assert bob.received("/boards/art") == [("stroke", STROKE)]
    assert "stroke" not in [event[0] for event in ann.received("/boards/art")]
    assert eve.received("/boards/war") == [("drawing", []), ("people", 1)]


def test_who_comes_later_gets_the_drawing(here: Site) -> None:
    """A newcomer gets what was drawn, and all get the number of people."""
    ann = _join(here)
    ann.call("/boards/art", "draw", STROKE)
    bob = _join(here)
    assert bob.received("/boards/art") == [("drawing", [STROKE]), ("people", 2)]
    bob.leave("/boards/art")
    people = [event for event in ann.received("/boards/art") if event[0] == "people"]
    assert people == [("people", 1), ("people", 2), ("people", 1)]


def test_the_drawing_is_gone_behind_the_last(here: Site) -> None:
    """A board is there as long as somebody looks at it."""
    ann = _join(here)
    ann.call("/boards/art", "draw", STROKE)
    ann.leave("/boards/art")
    assert _join(here).received("/boards/art")[0] == ("drawing", [])


def test_wiping_empties_it_for_all(here: Site) -> None:
    """A wiped board is empty for all, and for who comes later."""
    ann, bob = _join(here), _join(here)
    ann.call("/boards/art", "draw", STROKE)
    assert bob.call("/boards/art", "wipe") == ()
    assert ann.received("/boards/art")[-1] == ("drawing", [])
    assert _join(here).received("/boards/art")[0] == ("drawing", [])


@pytest.mark.parametrize("event", ["draw", "wipe"])
def test_who_only_watches_changes_nothing(here: Site, event: str) -> None:
    """The guard answers a client without a pen."""
    ann, eve = _join(here), _join(here, pen=False)
    ann.received("/boards/art")
    args = [STROKE] if event == "draw" else []
    told = eve.call("/boards/art", event, *args)
    assert told == error("forbidden", "You only watch.")
    assert ann.received("/boards/art") == []


@pytest.mark.parametrize("auth", [None, {"pen": "yes"}, "pen"])
def test_who_says_nothing_of_a_pen_is_refused(here: Site, auth: Any) -> None:
    """The connect handler's `auth` is typed."""
    told = inline_client(here).refusal("/boards/art", auth)
    assert told["data"]["code"] == "invalid_arguments"


@pytest.mark.parametrize(
    "change,path",
    [
        ({"points": [[0, 0]]}, "arguments[0].points"),
        ({"points": [[0, 0], [0, 901]]}, "arguments[0].points[1][1]"),
        ({"points": [[0, 0]] * 201}, "arguments[0].points"),
        ({"colour": "url(//evil)"}, "arguments[0].colour"),
        ({"width": 1000}, "arguments[0].width"),
    ],
)
def test_what_is_no_stroke_is_told_by_its_path(
    here: Site, change: dict[str, Any], path: str
) -> None:
    """A stroke is checked before anybody sees it."""
    told = _join(here).call("/boards/art", "draw", {**STROKE, **change})["error"]
    assert told["code"] == "invalid_arguments"
    assert [problem["path"] for problem in told["details"]] == [path]


def test_who_draws_too_fast_is_told(here: Site) -> None:
    """The rate limit answers what is more than forty strokes in a second."""
    ann = _join(here)
    told = [ann.call("/boards/art", "draw", STROKE) for _ in range(200)]
    codes = [one["error"]["code"] for one in told if "error" in one]
    assert set(codes) == {"rate_limited"}


def test_a_full_board_is_told(here: Site) -> None:
    """The error handler answers when no more strokes fit."""
    ann = _join(here)
    here.router.live["/boards/art"].strokes.extend([STROKE] * 10_000)
    told = ann.call("/boards/art", "draw", STROKE)
    assert told == error("board_full", "The board is full: wipe it first.")


# --- the page ------------------------------------------------------------------------


@contextmanager
def _serving(*options: str) -> Iterator[str]:
    """Run the whiteboard on a free port; give its address."""
    command = [sys.executable, str(WHITEBOARD), "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            found = re.search(r"http://\S+", process.stdout.readline())
            assert found, "the whiteboard told no address"
            yield found[0]
        finally:
            process.terminate()


class Hand:
    """A mouse on the page of a tab."""

    def __init__(self, tab: Tab) -> None:
        self.tab = tab
        box = "(({ x, y, width, height }) => [x, y, width, height])"
        self.box = tab.run(f"{box}(board.getBoundingClientRect())")

    def draw(self, points: Points, colour: str = BLUE, width: int = 6) -> None:
        """Draw a line, in the board's own coordinates."""
        self.tab.run(f"tools.ink.value = {colour!r}; tools.width.value = {width}")
        self._do("mousePressed", points[0])
        for point in points:
            self._do("mouseMoved", point)
        self._do("mouseReleased", points[-1])

    def _do(self, kind: str, point: tuple[float, float]) -> None:
        left, top, width, height = self.box
        self.tab.ask(
            "Input.dispatchMouseEvent",
            type=kind,
            x=left + point[0] / 1600 * width,
            y=top + point[1] / 900 * height,
            button="left",
            clickCount=1,
        )


WAVE: Points = [(200 + x * 10, 450 + 200 * math.sin(x / 9)) for x in range(110)]
CIRCLE: Points = [
    (800 + 250 * math.cos(a / 15), 450 + 250 * math.sin(a / 15)) for a in range(95)
]


@pytest.mark.sockets
def test_two_browsers_draw_together(tmp_path: Path) -> None:
    """What is drawn in one browser shows in the other, and both end up the same."""
    requirements.node()
    program = requirements.chromium()
    with (
        _serving("--client", str(SCRIPT)) as url,
        chromium(program) as one,
        chromium(program) as two,
    ):
        ann, bob = one.open(url), two.open(url)
        for tab in (ann, bob):
            tab.until("people.textContent === '2 people'")
        Hand(ann).draw(WAVE, RED, 10)
        Hand(bob).draw(CIRCLE, BLUE, 18)
        for tab in (ann, bob):
            tab.until("status.textContent.includes('seen by 1')")
        drawn = bob.run("board.children.length")
        assert drawn > 2
        ann.until(f"board.children.length === {drawn}")
        for tab in (ann, bob):
            colours = "new Set([...board.children].map(line => line.style.stroke))"
            assert tab.run(f"{colours}.size") == 2
            assert tab.run("toast.value") == ""
        ann.screenshot(tmp_path / "board.png")
        assert (tmp_path / "board.png").stat().st_size > 5_000
        bob.run("tools.requestSubmit()")
        ann.until("board.children.length === 0")


@pytest.mark.sockets
def test_a_page_that_only_watches_shows_why_it_cannot_draw() -> None:
    """Without a pen a line vanishes again, and the page says why."""
    requirements.node()
    with (
        _serving("--client", str(SCRIPT)) as url,
        chromium(requirements.chromium()) as browser,
    ):
        tab = browser.open(f"{url}?board=art&watch")
        tab.until("people.textContent === 'just you'")
        assert tab.run("title.textContent") == "art"
        Hand(tab).draw([(100, 100), (200, 200)])
        tab.until("toast.value === 'You only watch.'")
        tab.until("board.children.length === 0")
