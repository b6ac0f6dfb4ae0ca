"""Counts, rates and percentiles of dispatches: bounded, and cheap to add to.

A dispatch counts as `ok`, as `error` (a mistake of the application), or as `declined`:
every other outcome, in which the client was told no.
"""

from __future__ import annotations

from array import array
from math import ceil
from typing import Any, Final

from nsroute.records import explain_failure, truncate
from nsroute.signals import Dispatch

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
