"""A re-entrant lock, and a queue, of the server's async mode.

`threading.RLock` knows threads only: unless the process is monkey-patched, all
greenlets of one thread are the same to it, and it keeps none of them out.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from threading import get_ident
from typing import Any, Final, Protocol, cast

from nsroute.upstream.protocols import EngineServer, Server

MODULES: Final = {
    "gevent": "gevent.lock",
    "gevent_uwsgi": "gevent.lock",
    "eventlet": "eventlet.green.threading",
}


QUEUES: Final = {
    "threading": "queue",
    "gevent": "gevent.queue",
    "gevent_uwsgi": "gevent.queue",
}
"""Where a `SimpleQueue` is that never switches to another task as it is put into."""


class Queue(Protocol):
    """`queue.SimpleQueue`, or that of the async mode; both raise `queue.Empty`."""

    def put(self, item: None) -> object: ...
    def get(self, block: bool = True, timeout: float | None = None) -> object: ...


class Lock(Protocol):
    """A lock that its holder may take again."""

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool: ...
    def release(self) -> None: ...
    def __enter__(self) -> bool: ...
    def __exit__(self, *details: object) -> None: ...


def current_task(server: EngineServer) -> Callable[[], object]:
    """Return what tells threads, or the greenlets of the async mode, apart."""
    if server.async_mode not in MODULES:
        return get_ident
    greenlet: Any = importlib.import_module("greenlet")
    return cast("Callable[[], object]", greenlet.getcurrent)


def new_queue(server: EngineServer) -> Queue | None:
    """Make a queue at which tasks of the async mode can wait, if it has one."""
    module = QUEUES.get(server.async_mode)
    if module is None:
        return None
    made: Queue = cast("Any", importlib.import_module(module)).SimpleQueue()
    return made


def new_lock(server: EngineServer | Server | None) -> Lock:
    """Make a lock for the handlers of a server."""
    mode = "threading" if server is None else server.async_mode
    module: Any = importlib.import_module(MODULES.get(mode, "threading"))
    return cast(Lock, module.RLock())
