"""`rate_limit` counts in a Redis what many processes let pass."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from limits import storage
from redis import Redis

from tests.support import requirements
from tests.support.dispatch_recorder import DispatchRecorder
from tests.support.message_queue import redis_server
from tests.support.packet_client import inline_client
from tests.support.rate_limited import Clock, draw, limited_site, shared_limit
from tests.support.servers import ROOT
from tests.support.sites import error


@pytest.fixture(scope="module")
def redis() -> Iterator[str]:
    """A Redis server; the path of its socket."""
    with redis_server(requirements.redis()) as path:
        yield path


@pytest.fixture(autouse=True)
def _close_storages(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close what limits keep open for as long as their process lives."""
    made: list[Any] = []
    make: Callable[[str], Any] = storage.storage_from_string

    def spy(uri: str) -> Any:
        made.append(make(uri))
        return made[-1]

    monkeypatch.setattr(storage, "storage_from_string", spy)
    yield
    for one in made:
        one.storage.connection_pool.disconnect()


def test_processes_count_together(redis: str) -> None:
    """What two processes let pass in one Redis is one limit by its name."""
    client = inline_client(limited_site(shared_limit(redis, "shared")))
    client.join("/boards/art")
    assert draw(client, 1) == ["drawn"]
    script = (
        "from tests.support.packet_client import PacketClient, inline_client;"
        "from tests.support.rate_limited import draw, limited_site, shared_limit;"
        f"client = inline_client(limited_site(shared_limit({redis!r}, 'shared')));"
        "client.join('/boards/art');"
        "print([one == 'drawn' for one in draw(client, 3)])"
    )
    other = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert other.stdout.splitlines()[-1] == "[True, True, False]"
    assert draw(client, 1)[0]["error"]["code"] == "rate_limited"


def test_limits_of_different_names_count_apart(redis: str) -> None:
    """Two limits in one Redis are two by their names, also with the same numbers."""
    for name in ("one", "two"):
        client = inline_client(limited_site(shared_limit(redis, name, events=1)))
        client.join("/boards/art")
        assert draw(client, 1) == ["drawn"]


def test_redis_forgets(redis: str) -> None:
    """In Redis each key has the times of what passed, and runs out of itself."""
    client = inline_client(limited_site(shared_limit(redis, "forgets", seconds=60)))
    client.join("/boards/art")
    draw(client, 5)
    redis_client = Redis(unix_socket_path=redis)
    with redis_client:
        (key,) = redis_client.keys("*forgets*")
        assert key.startswith(b"LIMITS:nsroute/forgets/")
        assert redis_client.llen(key) == 3
        assert 0 < redis_client.ttl(key) <= 60


def test_its_window_moves_in_redis_too(
    redis: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In no window more pass than may, and after it all may pass again."""
    clock = Clock()
    monkeypatch.setattr("limits.storage.redis.time", clock)
    client = inline_client(
        limited_site(shared_limit(redis, "moves", events=2, seconds=60))
    )
    client.join("/boards/art")
    drawn: list[list[bool]] = []
    for later in (0.97, 30, 29, 2, 60.05):
        clock.now += later
        drawn.append([one == "drawn" for one in draw(client, 2 if later > 30 else 1)])
    assert drawn == [[True], [True], [False], [True], [True, True]]


def test_a_redis_that_is_down_lets_nobody_pass() -> None:
    """Where nothing can be counted, events are answered as internal errors."""
    here = limited_site(shared_limit("/nonexistent/redis.sock", "down"))
    recorder = DispatchRecorder(here)
    client = inline_client(here)
    client.join("/boards/art")
    assert draw(client, 1) == [error("internal_error", "internal error")]
    assert type(recorder.last.error).__name__ == "ConnectionError"
