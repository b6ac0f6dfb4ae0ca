"""Measuring two things at once, so that what disturbs one disturbs the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median
from time import process_time

import attrs

__all__ = ["Row", "compare", "cpu"]

ROUNDS = 15


@attrs.frozen
class Row:
    """One line of the table."""

    name: str
    """What was measured."""
    ratios: tuple[float, ...]
    """Ours over theirs, one for each round."""
    theirs: float
    """The median of theirs, in `unit`."""
    ours: float
    """The median of ours, in `unit`."""
    unit: str = "µs"
    target: float | None = None
    """What the ratio is to stay under."""

    @property
    def ratio(self) -> float:
        """The median of the ratios."""
        return median(self.ratios)

    @property
    def spread(self) -> float:
        """Half of what the middle half of the ratios spans."""
        ordered = sorted(self.ratios)
        quarter = len(ordered) // 4
        return (ordered[-1 - quarter] - ordered[quarter]) / 2


def cpu(function: Callable[[], object], times: int) -> float:
    """Call a function so many times; return the CPU time of one call, in µs."""
    started = process_time()
    for _ in range(times):
        function()
    return (process_time() - started) / times * 1e6


def compare(
    name: str,
    theirs: Callable[[], float],
    ours: Callable[[], float],
    *,
    unit: str = "µs",
    rounds: int = ROUNDS,
    target: float | None = None,
) -> Row:
    """Measure two things in turn, after one round that does not count."""
    theirs(), ours()
    pairs: Sequence[tuple[float, float]] = [(theirs(), ours()) for _ in range(rounds)]
    return Row(
        name=name,
        ratios=tuple(mine / other for other, mine in pairs),
        theirs=median(other for other, _ in pairs),
        ours=median(mine for _, mine in pairs),
        unit=unit,
        target=target,
    )
