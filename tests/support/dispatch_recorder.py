"""The finished dispatches of a router, in any async mode."""

from __future__ import annotations

from typing import Any

from nsroute import Dispatch, dispatched
from tests.support.sites import PATIENCE, Site


class DispatchRecorder:
    """Record the dispatches of a router, from here on; safe with threads.

    Args:
        site: The site whose router is recorded.
        sender: Another sender of `dispatched`, such as a namespace without a router.
    """

    def __init__(self, site: Site, sender: object = None) -> None:
        self._queue = site.socketio.server.eio.create_queue()
        self.all: list[Dispatch] = []
        dispatched.connect(self._record, sender=sender or site.router)

    def _record(self, _: object, dispatch: Dispatch) -> None:
        self.all.append(dispatch)
        self._queue.put(dispatch)

    @property
    def last(self) -> Dispatch:
        return self.all[-1]

    def next(self) -> Dispatch:
        """Wait for the next dispatch to be finished."""
        found: Dispatch = self._queue.get(timeout=PATIENCE)
        return found

    def take(self) -> list[Dispatch]:
        """Return the dispatches that are finished by now and were not taken before."""
        taken = []
        while not self._queue.empty():
            taken.append(self.next())
        return taken

    def shown(self) -> list[tuple[Any, ...]]:
        """Take dispatches, as kind, event, outcome and code."""
        return [(d.kind, d.event, d.outcome, d.code) for d in self.take()]
