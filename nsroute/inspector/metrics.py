"""Counts, rates and percentiles of dispatches: bounded, and cheap to add to.

A dispatch counts as `ok`, as `error` (a mistake of the application), or as `declined`:
every other outcome, in which the client was told no.
"""

from __future__ import annotations

from array import array
from math import ceil
from typing import Any, Final, Literal

import attrs

from nsroute.dispatch import Dispatch, Outcome
from nsroute.records import brief, explain_failure

Group = Literal["ok", "declined", "error"]

GROUPS: Final[tuple[Group, ...]] = ("ok", "declined", "error")
SECONDS: Final = 60
"""Seconds that a chart goes back."""
RATED: Final = 10
"""Complete seconds whose dispatches make the rate."""
TIMED: Final = 512
"""Durations of which percentiles are made, the newest."""
PERCENTILES: Final = (50, 95, 99)
SETTLED: Final = SECONDS + 15
"""Seconds after which every page has seen that a chart is empty."""


@attrs.frozen
class Entry:
    """A finished dispatch as the page shows it; it keeps no object alive."""

    seq: int
    """The number of the dispatch since the log began."""
    at: float
    """When it was finished, as Unix time."""
    kind: str
    namespace: str
    event: str
    pattern: str | None
    target: str | None
    outcome: str
    group: Group
    code: str | None
    error: str | None
    """What the client was told, or the exception's class and text."""
    ms: float


def group_of(outcome: Outcome | None) -> Group:
    """Return how an outcome is counted."""
    return "ok" if outcome == "ok" else "error" if outcome == "error" else "declined"


def entry_of(seq: int, at: float, dispatch: Dispatch) -> Entry:
    """Return what is shown of a dispatch."""
    error, code = dispatch.error, dispatch.code
    return Entry(
        seq=seq,
        at=at,
        kind=dispatch.kind,
        namespace=brief(dispatch.namespace),
        event=brief(dispatch.event),
        pattern=dispatch.pattern,
        target=dispatch.target,
        outcome=str(dispatch.outcome),
        group=group_of(dispatch.outcome),
        code=None if code is None else brief(code),
        error=None if error is None else explain_failure(error),
        ms=(dispatch.duration or 0.0) * 1000,
    )


class Metrics:
    """The metrics of a route, of a handler, or of all dispatches."""

    __slots__ = ("_counts", "_durations", "_lasts", "_seconds", "changed")

    def __init__(self) -> None:
        self.changed: int = 0
        """The number of the last dispatch that was added."""
        self._counts: dict[Group, int] = dict.fromkeys(GROUPS, 0)
        self._durations = array("d")
        self._seconds: dict[int, list[int]] = {}
        self._lasts: dict[Group, Entry] = {}

    def add(self, entry: Entry, second: int) -> None:
        """Count a dispatch that was finished in a second, never in an earlier one."""
        total = sum(self._counts.values())
        if total < TIMED:
            self._durations.append(entry.ms)
        else:
            self._durations[total % TIMED] = entry.ms
        if second not in self._seconds:
            self._forget(second - SECONDS)
            self._seconds[second] = [0] * len(GROUPS)
        self._seconds[second][GROUPS.index(entry.group)] += 1
        self._counts[entry.group] += 1
        self._lasts[entry.group] = entry
        self.changed = entry.seq

    def _forget(self, last: int) -> None:
        for second in [one for one in self._seconds if one <= last]:
            del self._seconds[second]

    def is_news(self, since: int, second: int) -> bool:
        """Return whether they may differ from what they were at a dispatch."""
        return self.changed > since or second - max(self._seconds) <= SETTLED

    def summary(self, second: int) -> dict[str, Any]:
        """Return all but the chart, as JSON can hold it."""
        ordered = sorted(self._durations)
        percentiles = {
            f"p{p}": ordered[ceil(len(ordered) * p / 100) - 1] if ordered else None
            for p in PERCENTILES
        }
        lasts = {
            f"last_{group}": attrs.asdict(self._lasts[group])
            if group in self._lasts
            else None
            for group in ("error", "declined")
        }
        return {**self._counts, "rate": self._rate(second), **percentiles, **lasts}

    def chart(self, second: int) -> list[list[int]]:
        """Return the dispatches of each of the last seconds by group, newest last."""
        return [self._at(second - back) for back in range(SECONDS - 1, -1, -1)]

    def _at(self, second: int) -> list[int]:
        return self._seconds.get(second, [0] * len(GROUPS))

    def _rate(self, second: int) -> float:
        complete = min(RATED, second)
        counted = [sum(self._at(second - back)) for back in range(1, complete + 1)]
        return sum(counted) / max(complete, 1)
