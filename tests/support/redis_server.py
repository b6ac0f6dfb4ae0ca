"""A Redis server for tests, with nothing kept on disk."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import create_server
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from redis import Redis
from socketio import RedisManager

CHANNEL = "flask-socketio"
"""The channel of Redis that Flask-SocketIO uses where nobody chooses another."""


def await_listeners(url: str, count: int) -> None:
    """Ask Redis until so many processes listen; a bounded number of times."""
    with Redis.from_url(url) as redis:
        for _ in range(100_000):
            if dict(redis.pubsub_numsub(CHANNEL))[CHANNEL.encode()] == count:
                return
    raise AssertionError("the servers do not listen to the queue")


@contextmanager
def connections_closed() -> Iterator[None]:
    """Close the connections that python-socketio's managers make and leave open.

    Their listeners would try to connect again for ever: they end in place of that.
    """
    made: list[Redis] = []
    is_over = False
    upstream = Redis.from_url
    connect = RedisManager._redis_connect

    def from_url(url: str, **options: Any) -> Redis:
        made.append(upstream(url, **options))
        return made[-1]

    def connect_unless_over(self: Any) -> None:
        if is_over:
            raise SystemExit
        connect(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Redis, "from_url", from_url)
        RedisManager._redis_connect = connect_unless_over
        yield
    is_over = True
    for connection in made:
        connection.close()


@contextmanager
def redis_queue(program: str) -> Iterator[str]:
    """Run Redis on a free port while the block runs; give its URL."""
    with create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    with redis_server(program, port):
        yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def redis_server(program: str, port: int = 0) -> Iterator[str]:
    """Run Redis while the block runs; give the path of its socket.

    Args:
        program: The path of `redis-server`.
        port: Where it listens besides; 0 for nowhere.
    """
    with TemporaryDirectory() as folder:
        path = str(Path(folder, "redis.sock"))
        options = ["--port", str(port), "--bind", "127.0.0.1", "--unixsocket", path]
        options += ["--save", "", "--dir", folder]
        with subprocess.Popen(
            [program, *options], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            try:
                ready = any(
                    "ready to accept" in line.lower() for line in process.stdout
                )
                assert ready, "redis-server did not start"
                yield path
            finally:
                process.terminate()
                process.stdout.read()
