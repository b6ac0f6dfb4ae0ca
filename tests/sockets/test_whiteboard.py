"""The whiteboard: what its board answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from examples.whiteboard import Board
from tests.support.packet_client import PacketClient, inline_client
from tests.support.servers import ROOT
from tests.support.sites import Site, error, site

WHITEBOARD = ROOT / "examples" / "whiteboard.py"
STROKE = {"points": [[0, 0], [800, 450.5]], "colour": "#e11d48", "width": 6}


@pytest.mark.parametrize("file", [WHITEBOARD, WHITEBOARD.with_suffix(".html")])
def test_it_has_150_lines_at_most(file: Path) -> None:
    """The whiteboard is read in a few minutes, and so is its page."""
    assert len(file.read_text().splitlines()) <= 150


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
