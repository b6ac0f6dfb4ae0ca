"""The tenants in browsers; what needs none is in `examples/tenants/tests`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import send_file

from tenants import create_app
from tenants.sockets import router, socketio
from tests.support import requirements
from tests.support.browser import Browser, Tab, chromium
from tests.support.clients import JS
from tests.support.servers import running
from tests.support.sites import Site

pytestmark = pytest.mark.sockets

SCRIPT = JS / "node_modules" / "socket.io-client" / "dist" / "socket.io.min.js"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    requirements.node()
    folder = tmp_path_factory.mktemp("tenants")

    def factory(mode: str) -> Site:
        database = f"sqlite:///{folder}/test.sqlite"
        app = create_app({"DATABASE": database, "CLIENT": "/client.js"})
        app.add_url_rule("/client.js", "client", lambda: send_file(SCRIPT))
        return Site(app, socketio, router)

    with running(factory, "threading") as server:
        yield server.url


def _sign_in(browser: Browser, url: str, tenant: str, name: str) -> Tab:
    tab = browser.open(f"{url}/sign-in")
    form = {"tenant": tenant, "name": name, "password": "secret"}
    status = tab.run(
        "fetch('/sign-in', { method: 'POST', body: new URLSearchParams"
        f"({form}) }}).then((answer) => answer.status)"
    )
    assert status == 200
    return browser.open(url)


def _says(tab: Tab, text: str) -> None:
    tab.run(f"form[0].value = {text!r}; form.requestSubmit()")


def test_a_tenant_talks_and_who_signs_out_is_put_out(tmp_path: Path, url: str) -> None:
    """Members hear each other, another tenant does not, and no tab stays behind."""
    program = requirements.chromium()
    with (
        chromium(program) as one,
        chromium(program) as two,
        chromium(program) as three,
    ):
        ann = _sign_in(one, url, "acme", "ann")
        bob = _sign_in(two, url, "acme", "bob")
        eve = _sign_in(three, url, "globex", "eve")
        for tab in ann, bob:
            tab.until("members.textContent === 'Here: ann, bob'")
        eve.until("members.textContent === 'Here: eve'")
        _says(ann, "hello <b>bob</b>")
        bob.until("log.innerText === 'ann hello <b>bob</b>'")
        _says(eve, "anybody here?")
        eve.until("log.innerText === 'eve anybody here?'")
        bob.screenshot(tmp_path / "tenants.png")
        assert (tmp_path / "tenants.png").stat().st_size > 5_000
        other_tab = two.open(url)
        other_tab.until("log.children.length === 1")
        form = "document.forms[0]"
        bob.run(f"fetch({form}.action, {{ method: {form}.method }})")
        other_tab.until("problem.value === 'You are signed out.'")
        ann.until("members.textContent === 'Here: ann'")
        assert two.open(url).run("location.pathname") == "/sign-in"
        assert ann.run("log.innerText") == "ann hello <b>bob</b>"


def test_the_page_says_so_when_its_script_cannot_be_loaded(url: str) -> None:
    """It says where to put one."""
    with chromium(requirements.chromium()) as browser:
        _sign_in(browser, url, "acme", "ann")
        tab = browser.open(url, blocked="client.js")
        problem = tab.run("document.querySelector('output').value")
        assert problem.startswith("The script of Socket.IO cannot be loaded.")
