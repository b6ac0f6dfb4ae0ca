"""A lock of the server's async mode, which its holder may take again."""

from __future__ import annotations

import threading
from queue import Empty
from typing import Any

import gevent
import pytest

from nsroute import RoutedNamespace
from nsroute.upstream.locks import current_task, new_lock, new_queue
from tests.support.server_configs import ServerConfig
from tests.support.sites import PATIENCE

MODES = ["threading", "gevent"]


@pytest.mark.parametrize("mode", [None, *MODES])
def test_its_holder_may_take_it_again(mode: str | None) -> None:
    """So a handler may call another one of the same object."""
    server: Any = None if mode is None else ServerConfig(mode).app().socketio.server
    lock = new_lock(server)
    with lock, lock:
        assert lock.acquire()
        lock.release()


def test_it_keeps_other_threads_out() -> None:
    """Until it is released."""
    lock = new_lock(None)
    taken: list[bool] = []
    with lock:
        thread = threading.Thread(target=lambda: taken.append(lock.acquire(False)))
        thread.start()
        thread.join()
    assert taken == [False]


def test_it_keeps_other_greenlets_of_the_same_thread_out() -> None:
    """Which a lock of threads would not, unless the process is monkey-patched."""
    lock = new_lock(ServerConfig("gevent").app().socketio.server)
    taken: list[bool] = []
    with lock:
        gevent.spawn(lambda: taken.append(lock.acquire(False))).join()
    gevent.spawn(lambda: taken.append(lock.acquire(False))).join()
    assert taken == [False, True]


@pytest.mark.parametrize("mode", MODES)
def test_a_task_waits_at_a_queue(mode: str) -> None:
    """Until something is put into it, or for so long."""
    server: Any = ServerConfig(mode).app().socketio.server
    queue: Any = new_queue(server.eio)
    with pytest.raises(Empty):
        queue.get(timeout=0.001)
    task = server.start_background_task(queue.get, timeout=PATIENCE)
    queue.put(None)
    task.join()
    with pytest.raises(Empty):
        queue.get(block=False)


def test_a_mode_without_such_a_queue_has_none() -> None:
    """What is put into eventlet's waits for who takes it."""
    server: Any = ServerConfig("threading").app().socketio.server
    server.eio.async_mode = "eventlet"
    assert new_queue(server.eio) is None


@pytest.mark.parametrize("mode", MODES)
def test_who_runs_is_told_apart_in_every_mode(mode: str) -> None:
    """Threads, or greenlets of one thread."""
    server: Any = ServerConfig(mode).app().socketio.server
    current = current_task(server)
    found = [current(), current()]
    task = server.start_background_task(lambda: found.append(current()))
    task.join()
    assert found[0] == found[1] != found[2]


@pytest.mark.parametrize("mode", MODES)
def test_an_object_has_one_lock_whoever_asks_first(mode: str) -> None:
    """It is made when it is first looked at, once."""

    class Room(RoutedNamespace):
        """Serves wherever it is put."""

    site = ServerConfig(mode).app()
    room = Room("/rooms")
    site.socketio.on_namespace(room)
    assert room.lock is room.lock
    with room.lock, room.lock:
        assert Room("/other").lock is not room.lock
