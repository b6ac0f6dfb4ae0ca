"""The dispatches of a router, kept while somebody looks and only then.

The log receives `dispatched` from the first look on. The first dispatch that comes more
than `PATIENCE` seconds after the last look disconnects it and clears it, so no thread
has to wait for that.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from threading import Lock
from time import monotonic, time
from typing import Any, Final
from uuid import uuid4

import attrs

from nsroute.dispatch import Dispatch, dispatched
from nsroute.inspector.metrics import Entry, Metrics, entry_of
from nsroute.router import MetaRouter
from nsroute.table import Route

PATIENCE: Final = 10.0
"""Seconds after the last look in which dispatches are still kept."""
KEPT: Final = 500
"""Dispatches that are kept, the newest."""

_Key = tuple[str | None, str | None]
_ALL: Final = None, None
_UNROUTED: Final = None, ""


class DispatchLog:
    """The last dispatches of a router, and metrics of all since the log began.

    There are metrics for the routes of the table and their handlers only: nothing that
    a client sends adds to them.

    Args:
        router: The router.
        clock: Returns a time in seconds that never goes back.
    """

    def __init__(
        self, router: MetaRouter, clock: Callable[[], float] = monotonic
    ) -> None:
        self._router = router
        self._clock = clock
        self._lock = Lock()
        self._is_connected = False
        self._clear()

    def _clear(self) -> None:
        self._token = uuid4().hex
        self._began, self._since = self._clock(), time()
        self._looked = self._began
        self._seq = 0
        self._entries: deque[Entry] = deque(maxlen=KEPT)
        self._metrics: dict[_Key, Metrics] = {_ALL: Metrics()}
        self._targets: Mapping[str, frozenset[str]] = {}

    @property
    def _second(self) -> int:
        return int(self._clock() - self._began)

    def look(self, token: str, since: int) -> dict[str, Any]:
        """Return what has changed since the last look, as JSON can hold it.

        Args:
            token: That of the last look; with another one everything is returned.
            since: The number of the last dispatch that is known.
        """
        with self._lock:
            self._connect()
            known = since if token == self._token else 0
            return {
                "token": self._token,
                "since": self._since,
                "seq": self._seq,
                "all": self._summary(_ALL),
                "unrouted": self._summary(_UNROUTED),
                **self._news(known),
            }

    def metrics_of(self, pattern: str, target: str | None) -> dict[str, Any] | None:
        """Return the metrics of a route or of one of its handlers, if it has any."""
        with self._lock:
            self._connect()
            return self._summary((pattern, target), chart=False)

    def _connect(self) -> None:
        if not self._is_connected:
            self._clear()
            self._targets = {
                route.pattern: self._targets_of(route) for route in self._router.table
            }
            # A weak reference: the log goes with its application.
            dispatched.connect(self._receive, self._router)
            self._is_connected = True
        self._looked = self._clock()

    def _targets_of(self, route: Route) -> frozenset[str]:
        plan = self._router.plan_of(route)
        events = [handler for _, handler in plan.events]
        return frozenset(one.target for one in (plan.connect, plan.disconnect, *events))

    def _receive(self, _: object, dispatch: Dispatch) -> None:
        with self._lock:
            if self._clock() - self._looked > PATIENCE:
                dispatched.disconnect(self._receive)
                self._is_connected = False
                self._clear()
            else:
                self._keep(dispatch)

    def _keep(self, dispatch: Dispatch) -> None:
        self._seq += 1
        entry, second = entry_of(self._seq, time(), dispatch), self._second
        self._entries.append(entry)
        for key in self._keys(entry):
            self._metrics.setdefault(key, Metrics()).add(entry, second)

    def _keys(self, entry: Entry) -> Iterator[_Key]:
        yield _ALL
        if entry.pattern is None:
            yield _UNROUTED
        elif entry.pattern in self._targets:
            yield entry.pattern, None
            if entry.target in self._targets[entry.pattern]:
                yield entry.pattern, entry.target

    def _summary(self, key: _Key, chart: bool = True) -> dict[str, Any] | None:
        metrics, second = self._metrics.get(key), self._second
        if metrics is None:
            return None
        shown = metrics.summary(second)
        return {**shown, "chart": metrics.chart(second)} if chart else shown

    def _news(self, since: int) -> dict[str, Any]:
        fresh = [entry for entry in self._entries if entry.seq > since]
        routes: dict[str, Any] = {}
        handlers: list[list[Any]] = []
        for key, metrics in self._metrics.items():
            pattern, target = key
            if pattern is None or not metrics.is_news(since, self._second):
                continue
            if target is None:
                routes[pattern] = self._summary(key)
            else:
                handlers.append([pattern, target, self._summary(key, chart=False)])
        return {
            "dispatches": [attrs.asdict(entry) for entry in fresh],
            "missed": self._seq - since - len(fresh),
            "routes": routes,
            "handlers": handlers,
        }
