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
from tests.support.local import Tape, Wire, error
from tests.support.rate_limited import Clock, draw, limited_site, shared_limit
from tests.support.redis_server import redis_server
from tests.support.servers import ROOT


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
    wire = Wire(limited_site(shared_limit(redis, "shared")))
    wire.join("/boards/art")
    assert draw(wire, 1) == ["drawn"]
    script = (
        "from tests.support.local import Wire;"
        "from tests.support.rate_limited import draw, limited_site, shared_limit;"
        f"wire = Wire(limited_site(shared_limit({redis!r}, 'shared')));"
        "wire.join('/boards/art');"
        "print([one == 'drawn' for one in draw(wire, 3)])"
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
    assert draw(wire, 1)[0]["error"]["code"] == "rate_limited"


def test_limits_of_different_names_count_apart(redis: str) -> None:
    """Two limits in one Redis are two by their names, also with the same numbers."""
    for name in ("one", "two"):
        wire = Wire(limited_site(shared_limit(redis, name, events=1)))
        wire.join("/boards/art")
        assert draw(wire, 1) == ["drawn"]


def test_redis_forgets(redis: str) -> None:
    """In Redis each key has the times of what passed, and runs out of itself."""
    wire = Wire(limited_site(shared_limit(redis, "forgets", seconds=60)))
    wire.join("/boards/art")
    draw(wire, 5)
    client = Redis(unix_socket_path=redis)
    with client:
        (key,) = client.keys("*forgets*")
        assert key.startswith(b"LIMITS:nsroute/forgets/")
        assert client.llen(key) == 3
        assert 0 < client.ttl(key) <= 60


def test_its_window_moves_in_redis_too(
    redis: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In no window more pass than may, and after it all may pass again."""
    clock = Clock()
    monkeypatch.setattr("limits.storage.redis.time", clock)
    wire = Wire(limited_site(shared_limit(redis, "moves", events=2, seconds=60)))
    wire.join("/boards/art")
    drawn: list[list[bool]] = []
    for later in (0.97, 30, 29, 2, 60.05):
        clock.now += later
        drawn.append([one == "drawn" for one in draw(wire, 2 if later > 30 else 1)])
    assert drawn == [[True], [True], [False], [True], [True, True]]


def test_a_redis_that_is_down_lets_nobody_pass() -> None:
    """Where nothing can be counted, events are answered as internal errors."""
    here = limited_site(shared_limit("/nonexistent/redis.sock", "down"))
    tape = Tape(here.router)
    wire = Wire(here)
    wire.join("/boards/art")
    assert draw(wire, 1) == [error("internal_error", "internal error")]
    assert type(tape.last.error).__name__ == "ConnectionError"
