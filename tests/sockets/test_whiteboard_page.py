"""The whiteboard's page: its types, and browsers that draw on it together."""

from __future__ import annotations

import base64
import hashlib
import math
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from examples import whiteboard
from nsroute.typescript import typescript_module
from tests.support import requirements
from tests.support.browser import Tab, chromium
from tests.support.clients import JS
from tests.support.servers import ROOT
from tests.support.sites import PATIENCE
from tests.support.typescript import Workbench, changed

WHITEBOARD = ROOT / "examples" / "whiteboard.py"
PAGE = WHITEBOARD.with_suffix(".html")
SCRIPT = JS / "node_modules" / "socket.io-client" / "dist" / "socket.io.min.js"
INKS = next(x for x in WHITEBOARD.read_text().splitlines() if x.startswith("Colour"))
RED, BLUE = "#e11d48", "#2563eb"

Points = list[tuple[float, float]]


CHECKED = {
    "allowJs": True,
    "checkJs": True,
    "lib": ["es2022", "dom", "dom.iterable"],
    "moduleDetection": "force",  # it has names that windows have, too
}


CHANGES = {
    "    seen_by: int": ("    seen: int", "'seen_by' does not exist"),
    "(self, count: int)": ("(self, count: str)", "'string'"),
    "def drawing(": ("def drawn(", "'\"drawing\"' is not assignable"),
    '@on("wipe"': ('@on("clear"', "No overload matches this call"),
    "    pen: bool": ("    brush: bool", "'pen' does not exist"),
    "list[Point], Meta": ("list[float], Meta", "is not assignable"),
}
"""What stands in Python, what may stand there, and what the compiler tells then."""


@pytest.mark.sockets
def test_the_page_is_typed_by_the_declarations_in_python(tmp_path: Path) -> None:
    """The compiler takes its script, strictly, and refuses it if Python has changed.

    It finds a field, an event or a type that is not as it was.
    """
    bench = Workbench(tmp_path, typescript_module(whiteboard.router))
    script = PAGE.read_text().rpartition("<script>")[2].removesuffix("</script>\n")
    bench.write("board.js", script)
    client = 'typeof import("socket.io-client").io'
    bench.write("globals.d.ts", f"declare const io: {client};")
    for number, (before, (after, _)) in enumerate(CHANGES.items()):
        changed_board = changed(WHITEBOARD, before, after, tmp_path)
        bench.write(f"api{number}.ts", typescript_module(changed_board.router))
        bench.write(f"board{number}.js", script.replace("api.js", f"api{number}.js"))
    files = [f"board{number}.js" for number in range(len(CHANGES))]
    found = bench.compile("board.js", *files, "globals.d.ts", **CHECKED)
    for file, (_, told) in zip(files, CHANGES.values(), strict=True):
        assert any(line.startswith(file) and told in line for line in found), found
    assert not [line for line in found if line.startswith("board.js")]


def test_nothing_is_written_twice() -> None:
    """The page has no limit, no colour of ink and no namespace that Python has."""
    for text in ("1600", "900", "2, 6, 40", "/boards/", *re.findall("#\\w{6}", INKS)):
        written = WHITEBOARD.read_text() + PAGE.read_text()
        assert written.count(text) == 1, text


@pytest.mark.sockets
def test_it_takes_the_client_library_from_its_cdn_unchanged() -> None:
    """The page names the hash of the library that the tests have."""
    requirements.node()
    [digest] = re.findall(r'integrity="sha384-([^"]+)"', PAGE.read_text())
    content = hashlib.sha384(SCRIPT.read_bytes()).digest()
    assert base64.b64encode(content).decode() == digest


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
        self.do("mousePressed", points[0])
        for point in points:
            self.do("mouseMoved", point)
        self.do("mouseReleased", points[-1])

    def do(self, kind: str, point: tuple[float, float]) -> None:
        """Move the mouse, or press or release its button."""
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
WATCH_ERRORS = """
var errors = [];
for (const event of ["error", "unhandledrejection"])
  addEventListener(event, (it) => errors.push(String(it.message ?? it.reason)));
"""
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
        ann, bob = (browser.open(url, WATCH_ERRORS) for browser in (one, two))
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
        _draw_while_the_connection_is_lost(ann)
        assert [tab.run("errors") for tab in (ann, bob)] == [[], []]


def _draw_while_the_connection_is_lost(tab: Tab) -> None:
    """Draw a line that goes on without a connection, and one that begins so."""
    hand = Hand(tab)
    hand.do("mousePressed", (300, 300))
    hand.do("mouseMoved", (400, 300))
    tab.run("void socket.disconnect()")
    tab.until("held === undefined")
    kept = tab.run("board.children.length")  # what the server has of it
    hand.do("mouseMoved", (500, 300))
    hand.do("mouseReleased", (500, 300))
    hand.draw([(100, 100), (200, 200)])
    assert tab.run("board.children.length") == kept
    assert tab.run("toast.value") == "The connection is lost."
    tab.run("void socket.connect()")
    tab.until("toast.value === ''")


@pytest.mark.sockets
def test_the_page_of_a_board_that_cannot_be_is_not_found() -> None:
    """A name that no packet can carry has no page."""
    with _serving() as url:
        assert requests.get(f"{url}?board=art", timeout=PATIENCE).status_code == 200
        assert requests.get(f"{url}?board=a,b", timeout=PATIENCE).status_code == 404


def _fits_a_phone(tab: Tab) -> None:
    """Let the page be 390 pixels wide: nothing is cut off, and none scrolls."""
    tab.ask(
        "Emulation.setDeviceMetricsOverride",
        width=390,
        height=844,
        deviceScaleFactor=1,
        mobile=True,
    )
    parts = "[document.body, title.parentElement, board, tools, ...tools.elements]"
    boxes = tab.run(f"{parts}.map((part) => part.getBoundingClientRect().toJSON())")
    assert len(boxes) == 12
    for box in boxes:
        assert 0 <= box["left"] < box["right"] <= 390, box
        assert 0 <= box["top"] < box["bottom"] <= 844, box
    assert tab.run("document.documentElement.scrollWidth") == 390


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
        _fits_a_phone(tab)
        assert tab.run("title.textContent") == "art"
        Hand(tab).draw([(100, 100), (200, 200)])
        tab.until("toast.value === 'You only watch.'")
        tab.until("board.children.length === 0")
