"""A python-socketio client for tests, which handles packets in their order."""

from __future__ import annotations

import functools
import queue
import threading
from collections.abc import Callable
from typing import Any

import engineio
import socketio

from tests.support.sites import PATIENCE


class _InOrder(engineio.Client):  # type: ignore[misc]
    """An Engine.IO client that handles its messages in the order in which they came.

    Upstream starts a thread for each, and a test could not tell what came first.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._messages: queue.SimpleQueue[Callable[[], Any] | None]
        self._messages = queue.SimpleQueue()
        self._handling = threading.Thread(target=self._handle, daemon=True)
        self._handling.start()

    def start_background_task(self, target: Any, *args: Any, **kwargs: Any) -> Any:
        if target != self.handlers["message"]:
            return super().start_background_task(target, *args, **kwargs)
        return self._messages.put(functools.partial(target, *args, **kwargs))

    def _handle(self) -> None:
        while message := self._messages.get():
            message()

    def finish(self) -> None:
        """Handle what has come so far, and no more."""
        self._messages.put(None)
        self._handling.join()


class OrderedClient(socketio.Client):  # type: ignore[misc]
    """A `socketio.Client` that handles its packets one after the other."""

    def _engineio_client_class(self) -> type[engineio.Client]:
        return _InOrder

    def connect(self, *args: Any, **options: Any) -> None:
        """Wait longer: what is too slow is ended in a way that may take a ping."""
        super().connect(*args, **{"wait_timeout": PATIENCE, **options})
