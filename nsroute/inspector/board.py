"""What is kept of a router's dispatches while somebody looks, and only then.

The board is a receiver of `dispatched` from the first look on. The first dispatch that
comes when nobody has looked for `PATIENCE` seconds ends that and clears the board, so
no thread has to wait for it: while no dispatches come, a receiver costs nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from threading import Lock
from time import monotonic, time
from typing import Any, Final
from uuid import uuid4

import attrs

from nsroute.dispatch import CompiledRoute as Plan
from nsroute.inspector.figures import Entry, Figures, entry_of
from nsroute.router import MetaRouter
from nsroute.signals import Dispatch, dispatched

__all__ = ["KEPT", "PATIENCE", "Board"]

PATIENCE: Final = 10.0
"""Seconds after the last look in which dispatches are still kept."""
KEPT: Final = 500
"""Dispatches that are kept, the newest."""

_Key = tuple[str | None, str | None]
_ALL: Final = None, None
_UNROUTED: Final = None, ""


class Board:
    """The dispatches of a router: the last of them, and figures of them all.

    There are figures for the routes of the table and their handlers only: whatever
    clients send, there are never more.

    Args:
        router: The router.
        clock: What tells the seconds that go by.
    """

    def __init__(
        self, router: MetaRouter, clock: Callable[[], float] = monotonic
    ) -> None:
        self._router = router
        self._clock = clock
        self._lock = Lock()
        self._watches = False
        self._clear()

    def _clear(self) -> None:
        self._token = uuid4().hex
        self._began, self._since = self._clock(), time()
        self._looked = self._began
        self._seq = 0
        self._entries: deque[Entry] = deque(maxlen=KEPT)
        self._figures: dict[_Key, Figures] = {_ALL: Figures()}
        self._targets: Mapping[str, frozenset[str]] = {}

    @property
    def _second(self) -> int:
        return int(self._clock() - self._began)

    def look(self, token: str, since: int) -> dict[str, Any]:
        """Give what has changed since the last look, as what JSON can hold.

        Args:
            token: What the last look gave; with another one everything is given.
            since: The number of the last dispatch that is known.
        """
        with self._lock:
            self._watch()
            known = since if token == self._token else 0
            return {
                "token": self._token,
                "since": self._since,
                "seq": self._seq,
                "all": self._summary(_ALL),
                "unrouted": self._summary(_UNROUTED),
                **self._news(known),
            }

    def figures_of(self, pattern: str, target: str | None) -> dict[str, Any] | None:
        """Give the figures of a route or of one of its handlers, if it has any."""
        with self._lock:
            self._watch()
            return self._summary((pattern, target), chart=False)

    def _watch(self) -> None:
        if not self._watches:
            self._clear()
            self._targets = {
                route.pattern: _targets(self._router.compiled(route))
                for route in self._router.table
            }
            # Weakly held: an application that is dropped takes its board along.
            dispatched.connect(self._receive, self._router)
            self._watches = True
        self._looked = self._clock()

    def _receive(self, _: object, dispatch: Dispatch) -> None:
        with self._lock:
            if self._clock() - self._looked > PATIENCE:
                dispatched.disconnect(self._receive)
                self._watches = False
                self._clear()
            else:
                self._keep(dispatch)

    def _keep(self, dispatch: Dispatch) -> None:
        self._seq += 1
        entry, second = entry_of(self._seq, time(), dispatch), self._second
        self._entries.append(entry)
        for key in self._keys(entry):
            self._figures.setdefault(key, Figures()).add(entry, second)

    def _keys(self, entry: Entry) -> Iterator[_Key]:
        yield _ALL
        if entry.pattern is None:
            yield _UNROUTED
        elif entry.pattern in self._targets:
            yield entry.pattern, None
            if entry.target in self._targets[entry.pattern]:
                yield entry.pattern, entry.target

    def _summary(self, key: _Key, chart: bool = True) -> dict[str, Any] | None:
        figures, second = self._figures.get(key), self._second
        if figures is None:
            return None
        shown = figures.summary(second)
        return {**shown, "chart": figures.chart(second)} if chart else shown

    def _news(self, since: int) -> dict[str, Any]:
        fresh = [entry for entry in self._entries if entry.seq > since]
        routes: dict[str, Any] = {}
        handlers: list[list[Any]] = []
        for key, figures in self._figures.items():
            pattern, target = key
            if pattern is None or not figures.is_news(since, self._second):
                continue
            if target is None:
                routes[pattern] = self._summary(key)
            else:
                shown = self._summary(key, chart=False)
                handlers.append([pattern, target, shown])
        return {
            "dispatches": [attrs.asdict(entry) for entry in fresh],
            "missed": self._seq - since - len(fresh),
            "routes": routes,
            "handlers": handlers,
        }


def _targets(plan: Plan) -> frozenset[str]:
    """Name all handlers that a dispatch of a plan can be about."""
    handlers = (plan.connect, plan.disconnect, *(handler for _, handler in plan.events))
    return frozenset(handler.target for handler in handlers)
