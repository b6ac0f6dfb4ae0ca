"""A re-entrant lock of the server's async mode.

`threading.RLock` knows threads only: unless the process is monkey-patched, all
greenlets of one thread are the same to it, and it keeps none of them out.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from threading import get_ident
from typing import Any, Final, Protocol, cast

MODULES: Final = {
    "gevent": "gevent.lock",
    "gevent_uwsgi": "gevent.lock",
    "eventlet": "eventlet.green.threading",
}


class HasMode(Protocol):
    """A server that has an async mode, Socket.IO's or Engine.IO's."""

    async_mode: str


class Lock(Protocol):
    """A lock that its holder may take again."""

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Take it; return whether it was taken."""
        ...

    def release(self) -> None:
        """Give it back once."""

    def __enter__(self) -> bool: ...
    def __exit__(self, *details: object) -> None: ...


def current_task(server: HasMode) -> Callable[[], object]:
    """Return what tells threads, or the greenlets of the async mode, apart."""
    if server.async_mode in MODULES:
        getcurrent: Callable[[], object] = importlib.import_module(
            "greenlet"
        ).getcurrent
        return getcurrent
    return get_ident


def new_lock(server: HasMode | None) -> Lock:
    """Make a lock for the handlers of a server."""
    mode = "threading" if server is None else server.async_mode
    module: Any = importlib.import_module(MODULES.get(mode, "threading"))
    return cast(Lock, module.RLock())
