"""A re-entrant lock of the server's async mode.

`threading.RLock` knows threads only: unless the process is monkey-patched, all
greenlets of one thread are the same to it, and it keeps none of them out.
"""

from __future__ import annotations

import importlib
from typing import Any, Final, Protocol, cast

__all__ = ["Lock", "new_lock"]

MODULES: Final = {
    "gevent": "gevent.lock",
    "gevent_uwsgi": "gevent.lock",
    "eventlet": "eventlet.green.threading",
}


class HasMode(Protocol):
    """Who knows the async mode: a server, Socket.IO's or Engine.IO's."""

    async_mode: str


class Lock(Protocol):
    """A lock that its holder may take again."""

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Take it; say whether it was taken."""
        ...

    def release(self) -> None:
        """Give it back once."""

    def __enter__(self) -> bool: ...
    def __exit__(self, *details: object) -> None: ...


def new_lock(server: HasMode | None) -> Lock:
    """Make a lock for the handlers of a server."""
    mode = "threading" if server is None else server.async_mode
    module: Any = importlib.import_module(MODULES.get(mode, "threading"))
    return cast(Lock, module.RLock())
