"""The game: what its seats are, and two browsers that play it, one of which reloads."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from examples.game import HEIGHT, RATE, Game
from nsroute.testing import RouterClient
from tests.support import requirements
from tests.support.browser import chromium
from tests.support.clients import JS
from tests.support.servers import ROOT
from tests.support.sites import Site, site

GAME = ROOT / "examples" / "game.py"
SCRIPT = JS / "node_modules" / "socket.io-client" / "dist" / "socket.io.min.js"
ANN, BOB, EVE = "token of ann", "token of bob", "token of eve"


def test_it_has_150_lines_at_most() -> None:
    """The game, its page included, is read in a few minutes."""
    assert len(GAME.read_text().splitlines()) <= 150


@pytest.fixture
def here() -> Site:
    return site(Game)


def player(here: Site, token: str) -> RouterClient:
    client = RouterClient(here.app, namespace="/games/one")
    assert client.connect(auth={"token": token}).accepted
    return client


def states(client: RouterClient) -> list[Any]:
    """Return what the ticks have told the client."""
    return [one.args[0] for one in client.received() if one.event == "state"]


def test_there_are_two_seats(here: Site) -> None:
    """Each player is told its own; a third is told that they are taken."""
    ann, bob = player(here, ANN), player(here, BOB)
    assert [one.received()[0].args for one in (ann, bob)] == [(0,), (1,)]
    eve = ann.another().connect(auth={"token": EVE})
    assert eve.message == "Both seats are taken."


def test_the_ball_rolls_while_both_are_there(here: Site) -> None:
    """Twenty times in a second all are told where it is."""
    ann = player(here, ANN)
    ann.advance(1)
    alone = states(ann)
    assert len(alone) == RATE
    assert {str(ball) for ball, *_ in alone} == {str(alone[0][0])}
    bob = player(here, BOB)
    bob.emit("move", 77)
    ann.advance(1)
    both = states(ann)
    assert len({str(ball) for ball, *_ in both}) == RATE
    assert both[-1][1] == [HEIGHT / 2, 77]
    assert both[-1][3] == [0, 1]


def test_who_reloads_keeps_the_seat(here: Site) -> None:
    """The score, too, also when both are away for a while."""
    ann, bob = player(here, ANN), player(here, BOB)
    ann.advance(60)
    before = states(ann)[-1]
    assert sum(before[2]) > 0
    ann.close()
    bob.close()
    bob.advance(29)
    bob, ann = player(here, BOB), player(here, ANN)
    assert [one.received()[0].args for one in (ann, bob)] == [(0,), (1,)]
    ann.advance(1 / RATE)
    assert states(ann)[-1][2] == before[2]


def test_the_game_is_over_when_nobody_has_come_back(here: Site) -> None:
    """Then the seats are anybody's."""
    ann, _ = player(here, ANN), player(here, BOB).close()
    ann.close()
    ann.advance(30)
    assert player(here, EVE).received()[0].args == (0,)


@contextmanager
def _serving() -> Iterator[str]:
    """Run the game on a free port; give its address."""
    command = [sys.executable, str(GAME), "--port", "0", "--client", str(SCRIPT)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            found = re.search(r"http://\S+", process.stdout.readline())
            assert found, "the game told no address"
            yield found[0]
        finally:
            process.terminate()


@pytest.mark.sockets
def test_two_browsers_play_and_one_reloads(tmp_path: Path) -> None:
    """The ball rolls in both; a reload keeps seat and score, a third browser waits."""
    requirements.node()
    program = requirements.chromium()
    rolls = "ball.getAttribute('cx') !== null && out.value === ''"
    with (
        _serving() as url,
        chromium(program) as one,
        chromium(program) as two,
        chromium(program) as three,
    ):
        ann = one.open(url)
        ann.until("out.value === 'Waiting for the other player'")
        assert ann.run("seat") == 0
        bob = two.open(url)
        for tab in (ann, bob):
            tab.until(rolls)
        eve = three.open(url)
        eve.until("out.value === 'Both seats are taken.'")
        ann.until("score.textContent !== '0 : 0'")
        ann.run("aim = 60")
        bob.until("paddles[0].getAttribute('y') === '10'")
        ann.screenshot(tmp_path / "game.png")
        assert (tmp_path / "game.png").stat().st_size > 5_000
        ann.reload()
        ann.until(f"typeof seat === 'number' && {rolls}")
        assert ann.run("seat") == 0
        assert ann.run("score.textContent") != "0 : 0"
        assert ann.run("paddles[0].getAttribute('y')") == "10"
