"""The chat before and after its migration: in browsers the two are the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from flask import send_file

from examples.migration import after, before
from tests.support import requirements
from tests.support.browser import Browser, Tab, chromium
from tests.support.clients import JS
from tests.support.servers import running
from tests.support.sites import Site

pytestmark = pytest.mark.sockets

SCRIPT = JS / "node_modules" / "socket.io-client" / "dist" / "socket.io.min.js"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    requirements.node()
    with chromium(requirements.chromium()) as browser:
        yield browser


@pytest.fixture(scope="module", params=[before, after], ids=["before", "after"])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    chat: ModuleType = request.param
    chat.app.config["CLIENT"] = "/client.js"
    chat.app.add_url_rule("/client.js", "client", lambda: send_file(SCRIPT))
    with running(lambda _: Site(chat.app, chat.socketio), "threading") as server:
        yield server.url


def _says(tab: Tab, text: str) -> None:
    tab.run(f"form[0].value = {text!r}; form.requestSubmit()")


def _lines(tab: Tab) -> list[str]:
    """Return what the page shows, the numbers of guests apart."""
    lines = tab.run("[...document.querySelectorAll('li')].map(l => l.innerText)")
    return [re.sub(r"guest \d+", "guest", line) for line in lines]


def test_the_chat_is_the_same(tmp_path: Path, url: str, browser: Browser) -> None:
    """Names, rooms, a history, what is not accepted, and who has gone."""
    ann, eve = browser.open(f"{url}?1"), browser.open(f"{url}?2")
    for tab in ann, eve:
        tab.until("log.innerText.includes('is here')")
    _says(ann, "first")
    ann.until("log.innerText.includes('first')")
    _says(ann, "")
    ann.until("problem.value !== ''")
    bob = browser.open(f"{url}?1")
    bob.until("log.innerText.includes('is here')")
    _says(bob, "hello <b>ann</b>")
    for tab in ann, bob:
        tab.until("log.innerText.includes('hello <b>ann</b>')")
    bob.run("void socket.disconnect()")
    ann.until("log.innerText.includes('has gone')")
    shown = ["guest is here", "guest: hello <b>ann</b>"]
    assert _lines(bob) == ["guest: first (earlier)", *shown]
    assert _lines(ann) == ["guest is here", "guest: first", *shown, "guest has gone"]
    assert _lines(eve) == ["guest is here"]
    ann.screenshot(tmp_path / "chat.png")
    assert (tmp_path / "chat.png").stat().st_size > 5_000
    for tab in ann, eve:
        tab.run("void socket.disconnect()")


def test_who_sends_no_name_is_refused(url: str, browser: Browser) -> None:
    """The page shows why."""
    tab = browser.open(f"{url}?3")
    tab.until("log.innerText.includes('is here')")
    tab.run("void socket.disconnect(); socket.auth = {}; void socket.connect()")
    tab.until("problem.value === 'Send a name.'")


def test_the_page_says_so_when_its_script_cannot_be_loaded(
    url: str, browser: Browser
) -> None:
    """It says where to put one."""
    tab = browser.open(url, blocked="client.js")
    problem = tab.run("document.querySelector('output').value")
    assert problem.startswith("The script of Socket.IO cannot be loaded.")
