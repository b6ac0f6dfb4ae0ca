"""A message queue on Redis, and the site whose servers share it."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import create_server
from tempfile import TemporaryDirectory
from typing import Any

import gevent
import pytest
from flask import request
from flask_socketio import join_room
from redis import Redis
from socketio import RedisManager

from nsroute import MetaRouter, RoutedNamespace, on
from tests.support.apps import new_site
from tests.support.sites import Site

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

    Their listeners would try to connect again for ever: they wait in place of that.
    """
    made: list[Redis] = []
    managers: list[Any] = []
    upstream, connect = Redis.from_url, RedisManager._redis_connect

    def connect_noted(self: Any) -> None:
        managers.append(self)
        connect(self)

    def from_url(url: str, **options: Any) -> Redis:
        made.append(upstream(url, **options))
        return made[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RedisManager, "_redis_connect", connect_noted)
        patch.setattr(Redis, "from_url", from_url)
        yield
    for manager in managers:  # these only: other tests have managers of their own
        manager._redis_connect = _connect_no_more
    for connection in made:
        connection.close()


def _connect_no_more() -> None:
    if threading.current_thread().daemon:
        threading.Event().wait()  # a listener, which ends with the tests
    raise ConnectionError("the test of this queue is over")


def silence(manager: Any) -> None:
    """Let a manager publish nowhere, connect to Redis no more, and not tick."""
    if manager.publisher is not None:
        manager.publisher._publish = id
    if isinstance(manager, RedisManager):
        manager._redis_connect = _connect_no_more
    if manager.cluster_process is not None:
        manager.cluster_process.stop()


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


QUEUE = "NSROUTE_TEST_QUEUE"
"""The environment variable with the URL of the queue."""


def _current(mode: str) -> object:
    """Return the greenlet or the thread that runs this."""
    return gevent.getcurrent() if mode == "gevent" else threading.current_thread()


class Room(RoutedNamespace, namespace="/rooms/<int:room_id>"):
    def __init__(self, namespace: str) -> None:
        super().__init__(namespace)
        self.drawn = 0

    @on("say")
    def say(self, text: str) -> None:
        self.emit("said", text)

    @on("sid")
    def tell_sid(self) -> str:
        return str(request.sid)

    @on("enter")
    def enter(self, corner: str) -> None:
        join_room(corner)

    @on("whisper")
    def whisper(self, corner: str, text: str) -> None:
        self.emit("whispered", text, to=corner)

    @on("close")
    def close(self, corner: str) -> None:
        self.close_room(corner)

    @on("kick")
    def kick(self, sid: str) -> None:
        self.disconnect(sid)

    @on("ask")
    def ask(self, sid: str) -> Any:
        return self.call("favourite", "tea", to=sid)

    @on("disconnect")
    def part(self, reason: str) -> None:
        listens = self.server.manager.thread is _current(self.server.async_mode)
        said = {"user": request.sid, "reason": reason, "by_listener": listens}
        self.emit("parted", said)

    @on("known")
    def known(self) -> list[str]:
        return sorted(self.clients)

    @on("draw")
    def draw(self) -> int:
        self.drawn += 1
        return self.drawn


def shared(mode: str) -> Site:
    """Serve rooms whose clients may be in another process."""
    manager = RedisManager(os.environ[QUEUE], channel=CHANNEL)
    return _with(new_site(mode, client_manager=manager))


def by_url(mode: str) -> Site:
    """Serve the same, the queue being given by its URL as an application would."""
    return _with(new_site(mode, message_queue=os.environ[QUEUE]))


def _with(site: Site) -> Site:
    site.router = MetaRouter([Room]).mount(site.socketio)
    return site
