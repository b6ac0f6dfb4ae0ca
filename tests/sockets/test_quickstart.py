"""The quickstart does what it promises, in a terminal and in a browser."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.support import requirements
from tests.support.browser import Browser, Tab, chromium
from tests.support.clients import JS
from tests.support.servers import ROOT

pytestmark = pytest.mark.sockets

QUICKSTART = ROOT / "examples" / "quickstart.py"
SCRIPT = JS / "node_modules" / "socket.io-client" / "dist" / "socket.io.min.js"


def test_it_fits_on_two_screens() -> None:
    """The quickstart is read in a minute: beside its page it has at most 80 lines."""
    assert len(QUICKSTART.read_text().splitlines()) <= 80


def test_it_shows_three_clients_and_ends_well() -> None:
    """Run as it is, it shows what each client heard and the records, and exits 0."""
    run = subprocess.run(
        [sys.executable, "-W", "error", str(QUICKSTART)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    said = run.stdout
    assert "ann is answered 13" in said
    for name, text in ("ann", "room 1"), ("bob", "room 1"), ("eve", "room 2"):
        assert re.search(rf"{name} first receives .*'hello, {text}'", said)
    for event, count in ("connect", 3), ("event", 2), ("unrouted", 1):
        assert len(re.findall(rf"nsroute\.{event}\b", said)) == count


@contextmanager
def _serving(*options: str, port: str = "0") -> Iterator[str]:
    """Run the quickstart with `--serve`, on a free port; give its address."""
    command = [sys.executable, "-u", str(QUICKSTART), "--serve", port, *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            found = re.search(r"http://\S+", process.stdout.readline())
            assert found, "the quickstart told no address"
            yield found[0]
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium(requirements.chromium()) as running:
        yield running


@pytest.fixture(scope="module")
def chat() -> Iterator[str]:
    """Serve the chat with a client library of this computer; give its address."""
    requirements.node()
    with _serving("--client", str(SCRIPT)) as url:
        yield url


@pytest.fixture
def enter(browser: Browser, chat: str) -> Iterator[Callable[[object], Tab]]:
    """Open the chat's page for a room, in a tab of its own."""
    tabs: list[Tab] = []

    def start(room: object) -> Tab:
        tabs.append(browser.open(f"{chat}?{room}"))
        return tabs[-1]

    yield start
    for tab in tabs:
        tab.ask("Page.close")


def _says(tab: Tab, text: str) -> None:
    tab.run(f"form.text.value = {json.dumps(text)}")
    tab.run("form.requestSubmit()")


def _await(tab: Tab, text: str) -> None:
    tab.until(f"document.body.innerText.includes({json.dumps(text)})")


def _log(tab: Tab) -> list[str]:
    """Return what was said, without who said it."""
    lines: list[str] = tab.run("[...log.children].map(l => l.lastChild.textContent)")
    return lines


def _resize(tab: Tab, width: int) -> None:
    size = {"width": width, "height": 740, "deviceScaleFactor": 1, "mobile": True}
    tab.ask("Page.bringToFront")
    tab.ask("Emulation.setDeviceMetricsOverride", **size)


def test_its_page_is_a_chat_for_each_room(
    enter: Callable[[object], Tab], tmp_path: Path
) -> None:
    """Two tabs in one room hear each other; a tab in another room hears neither."""
    ann, bob, eve = map(enter, (1, 1, 2))
    for tab in (ann, bob, eve):
        _await(tab, "You are guest")
    _says(ann, "hello <b>bob</b>")
    _says(eve, "anybody here?")
    _await(bob, "hello <b>bob</b>")
    _await(eve, "anybody here?")
    _says(bob, "hello ann")
    _await(ann, "hello ann")
    assert _log(ann) == ["hello <b>bob</b>", "hello ann"]
    assert ann.run("[...log.children].map(l => l.className)") == ["own", ""]
    assert _log(eve) == ["anybody here?"]
    ann.ask("Page.bringToFront")
    ann.screenshot(tmp_path / "room.png")
    assert (tmp_path / "room.png").stat().st_size > 0


def test_its_page_fits_a_phone_and_scrolls(enter: Callable[[object], Tab]) -> None:
    """The last message is in sight, unless somebody reads further up."""
    tab = enter(3)
    _resize(tab, 390)
    _await(tab, "You are guest")
    for number in range(30):
        _says(tab, f"{number} {'long' * 30}")
    _await(tab, "29 long")
    page = "document.documentElement"
    assert tab.run(f"[{page}.scrollWidth, {page}.scrollHeight]") == [390, 740]
    hidden_below = "log.scrollHeight - log.clientHeight - log.scrollTop"
    assert tab.run("log.scrollHeight > 2 * log.clientHeight")
    assert tab.run(hidden_below) < 2
    tab.run("log.scrollTop = 0")
    _says(tab, "the end")
    _await(tab, "the end")
    assert tab.run("log.scrollTop") == 0


def test_its_page_tells_why_nobody_gets_into_no_room(
    enter: Callable[[object], Tab],
) -> None:
    """A tab that asks for a room without a route shows why it was refused."""
    tab = enter("x")
    _await(tab, "Refused: Invalid namespace")
    assert tab.run("form.text.disabled")


def test_its_page_tells_that_the_server_is_gone_and_comes_back(
    browser: Browser,
) -> None:
    """Who looks at it knows that nothing can be said, and then that it can again."""
    requirements.node()
    options = "--client", str(SCRIPT)
    with _serving(*options) as url:
        tab = browser.open(url)
        _await(tab, "You are guest")
    _await(tab, "Trying again")
    with _serving(*options, port=url.rstrip("/").rpartition(":")[2]):
        _await(tab, "You are guest")
    tab.ask("Page.close")


def test_its_page_tells_that_its_script_cannot_be_loaded(
    browser: Browser, tmp_path: Path
) -> None:
    """Its reader learns where to look, instead of an empty page."""
    empty = tmp_path / "socket.io.min.js"
    empty.touch()
    with _serving("--client", str(empty)) as url:
        tab = browser.open(url)
        _await(tab, "socket.io.min.js cannot be loaded: see quickstart.py --help")
        tab.ask("Page.close")


def test_its_help_explains_itself() -> None:
    """What it does with and without options, and how to do without the CDN."""
    command = [sys.executable, str(QUICKSTART)]
    told = subprocess.run(
        [*command, "--help"], capture_output=True, text=True, timeout=60, check=True
    ).stdout
    for explained in (
        "Without options, three clients connect to a server, talk and leave.",
        "npm install socket.io-client",
        "--serve --client socket.io.min.js",
        "serve a chat at this port, or at 8000",
    ):
        assert explained in told
    assert max(map(len, told.splitlines())) <= 88
    run = subprocess.run(
        [*command, "--client", "nowhere.js"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 2
    assert "--client: there is no file nowhere.js" in run.stderr


def test_its_page_takes_the_client_library_from_its_cdn_unchanged() -> None:
    """Without a local script the page names the CDN's, and the hash of its content."""
    requirements.node()
    with _serving() as url:
        page = _read(url)
    version, digest = re.search(
        r'src="https://cdn\.socket\.io/([\d.]+)/socket\.io\.min\.js" crossorigin\s+'
        r'integrity="sha384-([^"]+)"',
        page,
    ).groups()  # type: ignore[union-attr]
    package = json.loads((SCRIPT.parent.parent / "package.json").read_text())
    assert package["version"] == version
    content = hashlib.sha384(SCRIPT.read_bytes()).digest()
    assert base64.b64encode(content).decode() == digest


def _read(url: str) -> str:
    return str(requests.get(url, timeout=10).text)
