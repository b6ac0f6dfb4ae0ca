"""The inspector's page over two real processes, which share Redis."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
import requests

from tests.support.brokers import running
from tests.support.clients import PythonPeer
from tests.support.inspector_tab import Open, contains, text
from tests.support.message_queue import QUEUE
from tests.support.servers import Server, in_own_process
from tests.support.sites import PATIENCE

pytest_plugins = ["tests.support.inspector_fixtures"]
pytestmark = pytest.mark.sockets

FACTORY = "tests.support.apps_inspector:shared"
ROWS = "[...live.tBodies[0].rows].map((row) => row.innerText.split(/\\s+/))"


@pytest.fixture
def processes() -> Iterator[list[Server]]:
    """Start Redis, and two processes with a client in a board that is only there."""
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setenv(QUEUE, stack.enter_context(running("redis")).url)
        modes = "threading", "gevent"
        servers = [stack.enter_context(in_own_process(FACTORY, mode)) for mode in modes]
        for number, server in enumerate(servers):
            names = ["/lobby", f"/boards/{number}"]
            peer = PythonPeer(server.url, "websocket", names, {"user": "ann"})
            stack.callback(peer.close)
            assert peer.join(names) == []
        yield servers


def test_it_shows_the_rooms_of_all_processes_and_who_is_silent(
    processes: list[Server], open_page: Open
) -> None:
    """A frozen process is named, and the page goes on; then it is counted again."""
    pid = requests.get(f"{processes[1].url}/nsroute/news", timeout=PATIENCE).json()[
        "pid"
    ]
    page = open_page(processes[0])
    everybody = "3 with 4 clients, most clients first. 2 processes have answered."
    page.until(contains("#live-note", everybody))
    lobby, here, there = page.run(ROWS)
    assert lobby[:3] == ["/lobby", "/lobby", "2"]
    assert here[:3] == ["/boards/0", "/boards/<int:board_id>", "1"]
    assert there == ["/boards/1", "/boards/<int:board_id>", "1", "elsewhere"]
    assert text(page, "#live-silent") == ""
    assert text(page, "#total-clients") == "4"
    os.kill(pid, signal.SIGSTOP)
    try:
        page.until(contains("#live-silent", "No answer from"))
        assert f", process {pid}. What is there" in text(page, "#live-silent")
        assert "2 with 2 clients" in text(page, "#live-note")
    finally:
        os.kill(pid, signal.SIGCONT)
    page.until(contains("#live-note", everybody))
    assert text(page, "#live-silent") == ""
