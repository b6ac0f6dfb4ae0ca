"""Fixtures of the inspector's tests: a site that has one, over HTTP and in a browser.

A module of tests takes them by `pytest_plugins`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask.testing import FlaskClient

from nsroute.testing import RouterClient
from tests.conftest import Connect, Serve
from tests.support import apps_inspector, requirements
from tests.support.browser import Browser, Tab, chromium
from tests.support.clients import Peer
from tests.support.inspector_tab import LIVE, WATCH, Open
from tests.support.servers import Server
from tests.support.sites import Site


@pytest.fixture
def site() -> Site:
    return apps_inspector.collaboration("threading")


@pytest.fixture
def http(site: Site) -> FlaskClient:
    return site.app.test_client()


@pytest.fixture
def client(site: Site) -> RouterClient:
    return RouterClient(site.app, site.socketio)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium(requirements.chromium()) as running:
        yield running


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """Open the page of a server; in the end the browser has had no complaint."""
    opened: list[Tab] = []

    def start(server: Server) -> Tab:
        tab = browser.open(f"{server.url}/nsroute/", WATCH)
        opened.append(tab)
        tab.until(LIVE)
        return tab

    yield start
    complaints = [tab.run("problems") for tab in opened]
    for tab in opened:
        tab.ask("Page.close")
    assert [found for found in complaints if found] == []


@pytest.fixture
def server(serve: Serve) -> Server:
    return serve(apps_inspector.collaboration)


@pytest.fixture
def page(open_page: Open, server: Server) -> Tab:
    return open_page(server)


@pytest.fixture
def join(connect: Connect, server: Server) -> Callable[..., Peer]:
    def start(*namespaces: str) -> Peer:
        return connect(server, "python", "websocket", [*namespaces], {"user": "ann"})

    return start
