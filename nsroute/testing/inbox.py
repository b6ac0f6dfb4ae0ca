"""What a test client has received and nobody has taken yet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Lock
from time import monotonic
from typing import Any

import attrs

__all__ = ["Inbox", "Received"]


@attrs.frozen
class Received:
    """An event that the server emitted to a client."""

    namespace: str
    """Where it came from."""
    event: str
    """Its name."""
    args: tuple[Any, ...] = ()
    """Its arguments, as they arrived."""


class Inbox:
    """Events in the order in which they came; background tasks may add some.

    Args:
        new_event: Makes an event of the server's async mode.
    """

    def __init__(self, new_event: Callable[[], Any]) -> None:
        self._waiting: list[Received] = []
        self._lock = Lock()
        self._arrived = new_event()

    def __iter__(self) -> Iterator[Received]:
        return iter(list(self._waiting))

    def add(self, received: Received) -> None:
        """Put in what has come."""
        with self._lock:
            self._waiting.append(received)
        self._arrived.set()

    def take_all(self, fits: Callable[[Received], bool]) -> list[Received]:
        """Take out all that fits."""
        with self._lock:
            found = [one for one in self._waiting if fits(one)]
            self._waiting = [one for one in self._waiting if not fits(one)]
        return found

    def take(
        self, fits: Callable[[Received], bool], within: float = 0.0
    ) -> Received | None:
        """Take out the first that fits; None if none has come in time.

        Args:
            fits: Says which ones do.
            within: How many seconds to wait for it.
        """
        end = monotonic() + within
        while True:
            self._arrived.clear()
            found = self._take_first(fits)
            left = end - monotonic()
            if found is not None or left <= 0:
                return found
            self._arrived.wait(left)

    def _take_first(self, fits: Callable[[Received], bool]) -> Received | None:
        with self._lock:
            for i, one in enumerate(self._waiting):
                if fits(one):
                    return self._waiting.pop(i)
        return None
