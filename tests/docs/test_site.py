"""The site's own script and style, in a browser, and the pictures that it shows."""

from __future__ import annotations

import os
import re
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name

from tests.support import pictures, requirements
from tests.support.browser import Browser, Tab, chromium
from tests.support.servers import ROOT

REPOSITORY = "https://github.com/somebody/nsroute"
CLIPBOARD = """Object.defineProperty(navigator, "clipboard", {
  value: { writeText: async (text) => { window.copied = text; } } })"""
LONG = (
    "python3 -m venv .venv && . .venv/bin/activate && pip install nsroute redis kombu"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for all tests."""
    with chromium(requirements.chromium()) as running:
        yield running


def _page(browser: Browser, folder: Path, language: str, code: str) -> Tab:
    """Show a block of code on a phone, as the documentation does."""
    shown = highlight(code, get_lexer_by_name(language), HtmlFormatter())
    style = (pictures.STATIC / "site.css").read_text()
    script = (pictures.STATIC / "copy.js").read_text()
    page = folder / "page.html"
    page.write_text(
        f'<!doctype html><meta charset="utf-8"><style>{style} pre {{overflow: auto}}'
        f'</style><body><div class="highlight-{language}">{shown}</div>'
        f"<script>{script}</script>"
    )
    tab = browser.open(page.as_uri(), CLIPBOARD)
    pictures.resize(tab, 390, 800)
    return tab


@pytest.mark.sockets
@pytest.mark.parametrize(
    "language, code, copied",
    [
        ("sh", "pip install redis\n", "pip install redis\n"),
        ("python", "if True:\n\n    pass\n", "if True:\n\n    pass\n"),
        ("pycon", ">>> for x in 1, 2:\n...     x\n1\n2\n", "for x in 1, 2:\n    x\n"),
        (
            "pycon",
            ">>> 1 / 0\nTraceback (most recent call last):\nNameError: zero\n",
            "1 / 0\n",
        ),
        (
            "console",
            "$ flask routes\nEndpoint  Rule\n$ ls\nchat.py\n",
            "flask routes\nls\n",
        ),
    ],
)
def test_the_button_copies_what_one_types(
    browser: Browser, tmp_path: Path, language: str, code: str, copied: str
) -> None:
    """Neither prompts nor what a console prints are copied."""
    tab = _page(browser, tmp_path, language, code)
    tab.run("document.querySelector('.copy').click()")
    tab.until("document.querySelector('.copy').textContent === 'Copied'")
    assert tab.run("copied") == copied


@pytest.mark.sockets
def test_what_is_no_code_has_no_button(browser: Browser, tmp_path: Path) -> None:
    """There is nothing to copy from output."""
    tab = _page(browser, tmp_path, "text", "12:00 [info] nsroute.event\n")
    assert tab.run("document.querySelectorAll('.copy').length") == 0


@pytest.mark.sockets
@pytest.mark.parametrize("language, prompt", [("sh", ""), ("console", "$ ")])
def test_a_phone_shows_the_whole_command(
    browser: Browser, tmp_path: Path, language: str, prompt: str
) -> None:
    """A long command wraps."""
    tab = _page(browser, tmp_path, language, f"{prompt}{LONG}\n")
    widths = tab.run(
        "(({ scrollWidth: a, clientWidth: b }) => [a, b])"
        "(document.querySelector('pre'))"
    )
    assert widths[0] <= widths[1] <= 390


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Build the documentation, in which any warning is an error."""
    requirements.sphinx()
    build = [sys.executable, "-m", "sphinx", "-n", "-W", "--keep-going", "-q"]
    run = subprocess.run(
        [*build, ROOT / "docs", tmp_path / "site"],
        env={**os.environ, "READTHEDOCS_GIT_CLONE_URL": f"{REPOSITORY}.git"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return tmp_path / "site"


TOO_WIDE = """[
  ...(document.documentElement.scrollWidth > innerWidth ? ["the page"] : []),
  ...[...document.querySelectorAll(".highlight-sh pre")]
    .filter((block) => block.scrollWidth > block.clientWidth)
    .map((block) => block.textContent),
  ...[...document.images].filter((one) => one.complete && !one.naturalWidth)
    .map((one) => one.src),
]"""


@pytest.mark.sockets
@pytest.mark.long
def test_each_page_fits_a_phone(browser: Browser, site: Path) -> None:
    """No page is wider than a window, no command is cut off, no picture is missing."""
    pages = sorted(site.rglob("*.html"))
    found = {}
    for page in pages:
        tab = browser.open(page.as_uri())
        for width in (390, 1280):
            pictures.resize(tab, width, 900)
            found[page.name, width] = tab.run(TOO_WIDE)
        tab.ask("Page.close")
    assert len(pages) > 30
    for page in (site / "index.html", site / "how-to" / "life.html"):
        [card] = re.findall(r'"og:image" content="([^"]+)"', page.read_text())
        assert (page.parent / card).resolve().is_file()  # what links to it show
        assert f'href="{REPOSITORY}"' in page.read_text()
    assert {where: what for where, what in found.items() if what} == {}


def _size(picture: bytes) -> tuple[int, ...]:
    """Return width and height of a PNG."""
    assert picture.startswith(b"\x89PNG")
    return struct.unpack(">II", picture[16:24])


def test_the_card_has_the_size_that_is_asked_for() -> None:
    """Where links are shown with a picture, it is 1200 × 630."""
    assert _size((pictures.STATIC / "card.png").read_bytes()) == (1200, 630)


@pytest.mark.sockets
@pytest.mark.long
def test_the_pictures_can_be_taken_again(browser: Browser) -> None:
    """The whiteboard in two browsers, and the card with it."""
    requirements.node()
    with chromium(requirements.chromium()) as other:
        board = pictures.whiteboard(browser, other)
        assert _size(board) == _size((pictures.STATIC / "whiteboard.png").read_bytes())
        assert _size(pictures.card(browser, board)) == (1200, 630)
