"""Take the pictures of README and the documentation, by a headless Chromium.

`python -m tests.support.pictures` makes `docs/_static/whiteboard.png`, the whiteboard
of `examples` in two browsers that draw on it, and `docs/_static/card.png`, which is
shown where somebody links to the documentation.
"""

from __future__ import annotations

import base64
import math
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from string import Template
from tempfile import TemporaryDirectory

from tests.support.browser import Browser, Tab, chromium
from tests.support.clients import JS
from tests.support.servers import ROOT

STATIC = ROOT / "docs" / "_static"
SCRIPT = JS / "node_modules" / "socket.io-client" / "dist" / "socket.io.min.js"
WIDTH, HEIGHT = 640, 440
Points = list[tuple[float, float]]

WINDOWS = """<!doctype html><meta charset="utf-8"><style>
body {margin: 0; padding: 24px; display: flex; gap: 24px; background: #e0e7ff;
 font: 600 16px system-ui; color: #334155}
figure {margin: 0; position: relative; border-radius: 12px; overflow: hidden;
 box-shadow: 0 8px 28px #312e8140; background: #fff} img {display: block}
figcaption {display: flex; align-items: center; gap: 7px; padding: 10px 14px}
figcaption i {width: 11px; height: 11px; border-radius: 50%; background: #cbd5e1}
figcaption span {margin: auto; padding: 2px 18px; border-radius: 8px; font-weight: 400;
 background: #f1f5f9}
figure > svg {position: absolute; width: 26px}
</style>"""
WINDOW = Template("""<figure><figcaption><i></i><i></i><i></i>
<span>example.com/?board=garden</span>$name</figcaption>
<img width="640" height="440" src="data:image/png;base64,$data">
<svg viewBox="0 0 24 24" style="left: ${left}px; top: ${top}px"><path fill="#0f172a"
 stroke="#fff" stroke-width="1.5" d="M3 2 20 11 12 13 8 21z"/></svg></figure>""")

CARD = Template("""<!doctype html><meta charset="utf-8"><style>
body {margin: 0; width: 1200px; height: 630px; position: relative; overflow: hidden;
 background: #1e1b4b; color: #c7d2fe; font: 32px/1.4 system-ui}
header {position: absolute; left: 70px; top: 62px; display: flex; align-items: center;
 gap: 26px; font: 700 84px system-ui; color: #fff} header svg {width: 104px}
p {position: absolute; left: 70px; top: 196px; margin: 0; white-space: nowrap}
code {color: #fde68a; font: 30px ui-monospace, monospace}
img {position: absolute; left: 70px; top: 296px; width: 1060px; border-radius: 16px}
</style><header>$logo nsroute</header><p>Namespaces like
<code>/rooms/42</code>, routed to classes, on Flask-SocketIO</p>
<img src="data:image/png;base64,$data">""")


def arc(x: float, y: float, r: float, start: float, end: float) -> Points:
    """Return points on a circle, between two angles in degrees."""
    steps = max(8, int(abs(end - start) / 6))
    angles = [math.radians(start + (end - start) * n / steps) for n in range(steps + 1)]
    return [(x + r * math.cos(a), y + r * math.sin(a)) for a in angles]


def line(*corners: tuple[float, float]) -> Points:
    """Return points on straight lines between corners."""
    found = [corners[0]]
    for (x1, y1), (x2, y2) in pairwise(corners):
        steps = max(2, int(math.dist((x1, y1), (x2, y2)) / 25))
        parts = [n / steps for n in range(1, steps + 1)]
        found += [(x1 + (x2 - x1) * part, y1 + (y2 - y1) * part) for part in parts]
    return found


def flower(x: float, y: float) -> Points:
    """Return five petals around a point."""
    angles = [math.radians(n * 6) for n in range(61)]
    return [
        (x + r * math.cos(a), y + r * math.sin(a))
        for a in angles
        for r in [28 + 22 * math.cos(5 * a)]
    ]


HILLS: Points = [(x, 640 - 60 * math.sin(x / 190)) for x in range(60, 1541, 20)]
HOUSE = [
    line((930, 695), (930, 400), (1230, 400), (1230, 628)),
    line((890, 410), (1080, 255), (1270, 410)),
    line((1040, 682), (1040, 540), (1120, 540), (1120, 660)),
]
SUN = [arc(330, 250, 80, 0, 360)] + [
    line(
        (330 + 110 * math.cos(a), 250 + 110 * math.sin(a)),
        (330 + 165 * math.cos(a), 250 + 165 * math.sin(a)),
    )
    for a in [n * math.pi / 4 for n in range(8)]
]
FLOWERS = [(470, 665), (640, 700), (300, 690)]
STEMS = [line((x, y + 50), (x - 6, y + 130)) for x, y in FLOWERS]


def _draw(tab: Tab, points: Points, colour: str, width: int) -> None:
    """Draw a line by mouse, in the board's own coordinates."""
    tab.run(f"tools.ink.value = {colour!r}; tools.width.value = {width}")
    kinds = ["mousePressed", *["mouseMoved"] * len(points), "mouseReleased"]
    places = _on_screen(tab, [points[0], *points, points[-1]])
    for kind, (x, y) in zip(kinds, places, strict=True):
        at = {"x": x, "y": y, "button": "left", "clickCount": 1}
        tab.ask("Input.dispatchMouseEvent", type=kind, **at)


def _on_screen(tab: Tab, points: Points) -> Points:
    box = tab.run("JSON.parse(JSON.stringify(board.getBoundingClientRect()))")
    across, down = box["width"] / 1600, box["height"] / 900
    return [(box["x"] + x * across, box["y"] + y * down) for x, y in points]


@contextmanager
def _whiteboard() -> Iterator[str]:
    """Run the whiteboard on a free port; give its address."""
    file = str(ROOT / "examples" / "whiteboard.py")
    command = [sys.executable, file, "--port", "0", "--client", str(SCRIPT)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            found = re.search(r"http://\S+", process.stdout.readline())
            assert found, "the whiteboard printed no address"
            yield found[0]
        finally:
            process.terminate()


def resize(tab: Tab, width: int, height: int, scale: float = 2) -> None:
    """Give the window of a tab a size."""
    size = {"width": width, "height": height, "deviceScaleFactor": scale}
    tab.ask("Emulation.setDeviceMetricsOverride", mobile=False, **size)


def _picture(browser: Browser, page: str, size: tuple[int, int, float]) -> bytes:
    """Show a page that needs no server, and return what it looks like."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "page.html"
        file.write_text(page)
        tab = browser.open(file.as_uri())
        resize(tab, *size)
        tab.run("Promise.all([...document.images].map((image) => image.decode()))")
        tab.screenshot(Path(folder) / "page.png")
        return (Path(folder) / "page.png").read_bytes()


def _window(tab: Tab, name: str, pointer: tuple[float, float]) -> str:
    data = tab.ask("Page.captureScreenshot", format="png")["data"]
    [(x, y)] = _on_screen(tab, [pointer])
    left, top = f"{x - 3:.0f}", f"{y + 38:.0f}"
    return WINDOW.substitute(name=name, data=data, left=left, top=top)


def whiteboard(one: Browser, two: Browser) -> bytes:
    """Draw on one board from two browsers, and return both side by side."""
    with _whiteboard() as url:
        ann, bob = (browser.open(f"{url}?board=garden") for browser in (one, two))
        for tab in (ann, bob):
            resize(tab, WIDTH, HEIGHT)
            tab.until("people.textContent === '2 people'")
        _draw(ann, HILLS, "#059669", 12)
        for part in HOUSE:
            _draw(ann, part, "#e11d48", 10)
        for part in SUN:
            _draw(bob, part, "#f59e0b", 12)
        for stem in STEMS:
            _draw(bob, stem, "#059669", 6)
        for x, y in FLOWERS:
            _draw(bob, flower(x, y), "#2563eb", 8)
        for tab in (ann, bob):
            tab.until("status.textContent.includes('seen by 1')")
        # Who drew last has all; to the other one some are still on their way.
        count = bob.run("board.children.length")
        ann.until(f"board.children.length === {count}")
        windows = _window(ann, "Ann", HOUSE[-1][-1]) + _window(bob, "Bob", FLOWERS[-1])
    return _picture(one, WINDOWS + windows, (2 * WIDTH + 72, HEIGHT + 92, 1.5))


def card(browser: Browser, board: bytes) -> bytes:
    """Return the card that is shown where somebody links to the documentation."""
    logo = (STATIC / "logo.svg").read_text()
    data = base64.b64encode(board).decode()
    page = CARD.substitute(logo=logo, data=data)
    return _picture(browser, page, (1200, 630, 1))


def main() -> None:
    """Make the pictures anew."""
    program = shutil.which("chromium") or "chromium-browser"
    with chromium(program) as one, chromium(program) as two:
        board = whiteboard(one, two)
        (STATIC / "whiteboard.png").write_bytes(board)
        (STATIC / "card.png").write_bytes(card(one, board))


if __name__ == "__main__":
    main()
