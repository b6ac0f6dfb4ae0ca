"""The dispatches of a router, kept while somebody looks and only then.

The log receives `dispatched` from the first look on. The first dispatch that comes too
late after the last look disconnects it and clears it, so no thread waits for that.
A dispatch counts as `ok`, as `error` (a mistake of the application), or as `declined`:
every other outcome, in which the client was told no.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable
from math import ceil
from threading import Lock
from time import monotonic, time
from typing import Any, Final
from uuid import uuid4

from nsroute.records import explain_failure, truncate
from nsroute.router import MetaRouter
from nsroute.signals import Dispatch, dispatched

Entry = dict[str, Any]
"""A finished dispatch as the page shows it; it keeps no object alive."""

GROUPS: Final = ("ok", "declined", "error")
SECONDS: Final = 60
"""Seconds that a chart goes back."""
RATED: Final = 10
"""Complete seconds whose dispatches make the rate."""
TIMED: Final = 512
"""Durations of which percentiles are made, the newest."""
PERCENTILES: Final = (50, 95, 99)
SETTLED: Final = SECONDS + 15
"""Seconds after which every page has seen that a chart is empty."""
PATIENCE: Final = 10.0
"""Seconds after the last look in which dispatches are still kept."""
KEPT: Final = 500
"""Dispatches that are kept, the newest."""

_Key = tuple[str | None, str | None]
"""A pattern, and the target of a handler or None for the whole route."""
_ALL: Final = None, None
_UNROUTED: Final = None, ""


def entry_of(seq: int, at: float, dispatch: Dispatch) -> Entry:
    """Return what is shown of a dispatch, by its number and its Unix time."""
    outcome, error, code = dispatch.outcome, dispatch.error, dispatch.code
    return {
        "seq": seq,
        "at": at,
        "kind": dispatch.kind,
        "namespace": truncate(dispatch.namespace),
        "event": truncate(dispatch.event),
        "pattern": dispatch.pattern,
        "target": dispatch.target,
        "outcome": str(outcome),
        "group": outcome if outcome in ("ok", "error") else "declined",
        "code": None if code is None else truncate(code),
        "error": None if error is None else explain_failure(error),
        "ms": (dispatch.duration or 0.0) * 1000,
        "queued": dispatch.queued * 1000,
    }


class Metrics:
    """The metrics of a route, of a handler, or of all dispatches."""

    __slots__ = ("_changed", "_counts", "_durations", "_lasts", "_seconds")

    def __init__(self) -> None:
        self._changed = 0  # the number of the last dispatch
        self._counts = dict.fromkeys(GROUPS, 0)
        self._durations = array("d")
        self._seconds: dict[int, list[int]] = {}
        self._lasts: dict[str, Entry] = {}

    def add(self, entry: Entry, second: int) -> None:
        """Count a dispatch that was finished in a second, never in an earlier one."""
        total, group = sum(self._counts.values()), entry["group"]
        if total < TIMED:
            self._durations.append(entry["ms"])
        else:
            self._durations[total % TIMED] = entry["ms"]
        if second not in self._seconds:
            recent = {k: v for k, v in self._seconds.items() if k > second - SECONDS}
            self._seconds = {**recent, second: [0] * len(GROUPS)}
        self._seconds[second][GROUPS.index(group)] += 1
        self._counts[group] += 1
        self._lasts[f"last_{group}"] = entry
        self._changed = entry["seq"]

    def is_news(self, since: int, second: int) -> bool:
        """Return whether they may differ from what they were at a dispatch."""
        return self._changed > since or second - max(self._seconds) <= SETTLED

    def summary(self, second: int, chart: bool = False) -> dict[str, Any]:
        """Return them as JSON can hold them, with the chart if it is wanted."""
        ordered = sorted(self._durations)
        shown: dict[str, Any] = {**self._counts, "rate": self._rate(second)}
        for p in PERCENTILES:
            at = ceil(len(ordered) * p / 100) - 1
            shown[f"p{p}"] = ordered[at] if ordered else None
        for last in ("last_error", "last_declined"):
            shown[last] = self._lasts.get(last)
        return {**shown, "chart": self.chart(second)} if chart else shown

    def chart(self, second: int) -> list[list[int]]:
        """Return the dispatches of each of the last seconds by group, newest last."""
        none = [0] * len(GROUPS)
        past = range(second - SECONDS + 1, second + 1)
        return [self._seconds.get(one, none) for one in past]

    def _rate(self, second: int) -> float:
        complete = min(RATED, second)
        past = range(second - complete, second)
        return sum(sum(self._seconds.get(one, ())) for one in past) / max(complete, 1)


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
            is_new = token != self._token
            known = 0 if is_new else since
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
                # What was dropped before somebody came did not come too fast for them.
                "missed": 0 if is_new else self._seq - known - len(fresh),
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
