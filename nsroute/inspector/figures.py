"""Dispatches to figures: how many, how fast, how they ended; bounded, and cheap to add.

A dispatch ends well (`ok`), by a mistake of the application's (`error`), or because the
client was told no (`declined`: every other outcome).
"""

from __future__ import annotations

from array import array
from math import ceil
from typing import Any, Final, Literal

import attrs

from nsroute.records import explain_failure, truncate
from nsroute.signals import Dispatch, Outcome

__all__ = ["Entry", "Figures", "Group", "entry_of", "group_of"]

Group = Literal["ok", "declined", "error"]

GROUPS: Final[tuple[Group, ...]] = ("ok", "declined", "error")
SECONDS: Final = 60
"""Seconds that a chart goes back."""
RATED: Final = 10
"""Seconds, all of them over, whose dispatches make the rate."""
TIMED: Final = 512
"""Durations from which percentiles are taken, the newest."""
PERCENTILES: Final = (50, 95, 99)
SETTLED: Final = SECONDS + 15
"""Seconds after which all who look have seen that a chart is empty."""


@attrs.frozen
class Entry:
    """A finished dispatch as the page shows it; it holds on to nothing."""

    seq: int
    """The number of the dispatch, counted since somebody looks."""
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
    """Say who is to blame for an outcome, if anybody is."""
    return "ok" if outcome == "ok" else "error" if outcome == "error" else "declined"


def entry_of(seq: int, at: float, dispatch: Dispatch) -> Entry:
    """Cut a dispatch to what is shown of it."""
    error, code = dispatch.error, dispatch.code
    return Entry(
        seq=seq,
        at=at,
        kind=dispatch.kind,
        namespace=truncate(dispatch.namespace),
        event=truncate(dispatch.event),
        pattern=dispatch.pattern,
        target=dispatch.target,
        outcome=str(dispatch.outcome),
        group=group_of(dispatch.outcome),
        code=None if code is None else truncate(code),
        error=None if error is None else explain_failure(error),
        ms=(dispatch.duration or 0.0) * 1000,
    )


class Figures:
    """The figures of a route, of a handler, or of all dispatches together."""

    __slots__ = (
        "_added", "_counts", "_durations", "_lasts", "_second", "_seconds", "changed",
    )  # fmt: skip

    def __init__(self) -> None:
        self.changed: int = 0
        """The number of the last dispatch that was added."""
        self._counts = array("Q", [0] * len(GROUPS))
        self._durations = array("d")
        self._seconds = array("L", [0] * (SECONDS * len(GROUPS)))
        self._second = self._added = 0
        self._lasts: dict[Group, Entry] = {}

    def add(self, entry: Entry, second: int) -> None:
        """Count a dispatch.

        Args:
            entry: The dispatch.
            second: The second in which it was finished; they never go back.
        """
        group = GROUPS.index(entry.group)
        self._advance(second)
        self._added = second
        self._seconds[second % SECONDS * len(GROUPS) + group] += 1
        total = sum(self._counts)
        if total < TIMED:
            self._durations.append(entry.ms)
        else:
            self._durations[total % TIMED] = entry.ms
        self._counts[group] += 1
        self._lasts[entry.group] = entry
        self.changed = entry.seq

    def is_news(self, since: int, second: int) -> bool:
        """Say whether they look different from what they were at a dispatch."""
        return self.changed > since or second - self._added <= SETTLED

    def summary(self, second: int) -> dict[str, Any]:
        """Give the figures as what JSON can hold."""
        self._advance(second)
        return {
            **dict(zip(GROUPS, self._counts, strict=True)),
            "rate": self._rate(second),
            **self._percentiles(),
            "last_error": _shown(self._lasts.get("error")),
            "last_declined": _shown(self._lasts.get("declined")),
        }

    def chart(self, second: int) -> list[list[int]]:
        """Give the dispatches of the last seconds by group, the oldest second first."""
        self._advance(second)
        return [self._at(second - back) for back in range(SECONDS - 1, -1, -1)]

    def _at(self, second: int) -> list[int]:
        at = second % SECONDS * len(GROUPS)
        return list(self._seconds[at : at + len(GROUPS)])

    def _advance(self, second: int) -> None:
        """Clear the seconds that have begun since the last one that was counted."""
        for begun in range(max(self._second, second - SECONDS) + 1, second + 1):
            at = begun % SECONDS * len(GROUPS)
            self._seconds[at : at + len(GROUPS)] = array("L", [0] * len(GROUPS))
        self._second = second

    def _rate(self, second: int) -> float:
        """Give the dispatches of a second, as far as there are whole ones."""
        counted = min(RATED, second)
        whole = [sum(self._at(second - back)) for back in range(1, counted + 1)]
        return sum(whole) / max(counted, 1)

    def _percentiles(self) -> dict[str, float | None]:
        """Give durations that so many percent do not exceed, in milliseconds."""
        ordered = sorted(self._durations)
        return {
            f"p{p}": ordered[ceil(len(ordered) * p / 100) - 1] if ordered else None
            for p in PERCENTILES
        }


def _shown(entry: Entry | None) -> dict[str, Any] | None:
    return None if entry is None else attrs.asdict(entry)
