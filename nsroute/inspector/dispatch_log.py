"""The dispatches of a router, kept while somebody looks and only then.

The log receives `dispatched` from the first look on. The first dispatch that comes too
late after the last look disconnects it and clears it, so no thread waits for that.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from threading import Lock
from time import monotonic, time
from typing import Any, Final
from uuid import uuid4

from nsroute.inspector.metrics import Entry, Metrics, entry_of
from nsroute.router import MetaRouter
from nsroute.signals import Dispatch, dispatched

PATIENCE: Final = 10.0
"""Seconds after the last look in which dispatches are still kept."""
KEPT: Final = 500
"""Dispatches that are kept, the newest."""

_Key = tuple[str | None, str | None]
"""A pattern, and the target of a handler or None for the whole route."""
_ALL: Final = None, None
_UNROUTED: Final = None, ""


class DispatchLog:
    """The last dispatches of a router, and metrics of all since the log began.

    There are metrics for the routes of the table and their handlers only: nothing that
    a client sends adds to them. `clock` returns seconds that never go back.
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
        self._known: frozenset[_Key] = frozenset()

    @property
    def _second(self) -> int:
        return int(self._clock() - self._began)

    def look(self, token: str, since: int) -> dict[str, Any]:
        """Return what has changed since dispatch number `since`, as JSON can hold it.

        `token` is that of the last look; with another one everything is returned.
        """
        with self._lock:
            self._connect()
            known = since if token == self._token else 0
            fresh = [entry for entry in self._entries if entry["seq"] > known]
            changed = [
                (pattern, target)
                for (pattern, target), metrics in self._metrics.items()
                if pattern is not None and metrics.is_news(known, self._second)
            ]
            return {
                "token": self._token,
                "since": self._since,
                "seq": self._seq,
                "all": self._summary(_ALL),
                "unrouted": self._summary(_UNROUTED),
                "dispatches": fresh,
                "missed": self._seq - known - len(fresh),
                "routes": {p: self._summary((p, t)) for p, t in changed if t is None},
                "handlers": [
                    (p, t, self._summary((p, t), chart=False))
                    for p, t in changed
                    if t is not None
                ],
            }

    def metrics_of(self, pattern: str, target: str | None) -> dict[str, Any] | None:
        """Return the metrics of a route or of one of its handlers, if it has any."""
        with self._lock:
            self._connect()
            return self._summary((pattern, target), chart=False)

    def _connect(self) -> None:
        if not self._is_connected:
            self._clear()
            self._known = frozenset(_keys_of(self._router))
            # A weak reference: the log goes with its application.
            dispatched.connect(self._receive, self._router)
            self._is_connected = True
        self._looked = self._clock()

    def _receive(self, _: object, dispatch: Dispatch) -> None:
        with self._lock:
            if self._clock() - self._looked <= PATIENCE:
                self._keep(dispatch)
                return
            dispatched.disconnect(self._receive)
            self._is_connected = False
            self._clear()

    def _keep(self, dispatch: Dispatch) -> None:
        self._seq += 1
        entry, pattern = entry_of(self._seq, time(), dispatch), dispatch.pattern
        self._entries.append(entry)
        keys = self._known.intersection([(pattern, None), (pattern, dispatch.target)])
        for key in (_ALL, *keys) if pattern is not None else (_ALL, _UNROUTED):
            self._metrics.setdefault(key, Metrics()).add(entry, self._second)

    def _summary(self, key: _Key, chart: bool = True) -> dict[str, Any] | None:
        metrics = self._metrics.get(key)
        return None if metrics is None else metrics.summary(self._second, chart)


def _keys_of(router: MetaRouter) -> list[_Key]:
    """Return the keys of all that a dispatch of the router can be about."""
    keys: list[_Key] = []
    for route in router.table:
        plan = router.compiled(route)
        handlers = [plan.connect, plan.disconnect, *(one for _, one in plan.events)]
        keys += [(route.pattern, one.target) for one in handlers]
        keys.append((route.pattern, None))
    return keys
