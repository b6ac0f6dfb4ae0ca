"""gunicorn with threads: what a WebSocket takes, and what happens when none is left."""

from __future__ import annotations

import select
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import attrs
import pytest
import requests

from tests.support import requirements
from tests.support.clients import PythonPeer
from tests.support.nginx import gunicorn_command
from tests.support.sites import PATIENCE
from tests.support.stopped_servers import started

pytestmark = [
    pytest.mark.sockets,
    pytest.mark.skipif(sys.platform != "linux", reason="counts threads in /proc"),
]

THREADS = 12


@attrs.frozen
class Full:
    """A gunicorn whose threads are all held by clients."""

    port: int
    peers: list[PythonPeer]
    taken: int
    """How many threads the process has more than before they came."""


def count_threads(pid: str) -> int:
    """Return how many threads a process has."""
    return len(list(Path("/proc", pid, "task").iterdir()))


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Full]:
    """Serve by the page's command with fewer threads, to a client for each."""
    requirements.gunicorn()
    folder = tmp_path_factory.mktemp("full")
    words = [str(THREADS) if word == "100" else word for word in gunicorn_command()]
    with ExitStack() as stack:
        command = [*words, "tests.support.moving:app"]
        port = stack.enter_context(started(command, folder, "one", "threading")).port
        url = f"http://127.0.0.1:{port}"
        pid = requests.get(f"{url}/pid", timeout=PATIENCE).text
        before = count_threads(pid)
        peers = []
        for number in range(THREADS):
            peer = PythonPeer(url, "websocket", ["/rooms/1"], f"user {number}")
            peers.append(peer)
            stack.callback(peer.close)
            assert peer.join(["/rooms/1"]) == []
        yield Full(port, peers, count_threads(pid) - before)


def test_each_websocket_takes_four_threads(full: Full) -> None:
    """One is gunicorn's; those of nsroute do not grow with the clients."""
    assert 4 * THREADS <= full.taken < 5 * THREADS


def test_who_comes_when_all_threads_are_held_waits_until_one_is_free(
    full: Full,
) -> None:
    """Without an answer, while those who are in are served."""
    with socket.create_connection(("127.0.0.1", full.port), PATIENCE) as page:
        page.sendall(b"GET /pid HTTP/1.1\r\nHost: localhost\r\n\r\n")
        for peer in full.peers * 3:
            assert peer.call("/rooms/1", "say", "hello") == [5]
        assert select.select([page], [], [], 0)[0] == []
        full.peers[0].close()
        assert page.recv(100).startswith(b"HTTP/1.1 200")
