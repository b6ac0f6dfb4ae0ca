"""Measuring two things at once, so that what disturbs one disturbs the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median
from time import process_time
from typing import Any

import attrs

__all__ = ["Row", "compare", "cpu", "in_turns", "row"]

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
    limit: float | None = None
    """What `ours` is to stay under, where that is no matter of a ratio."""

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


def in_turns(
    functions: Sequence[Callable[[], float]], rounds: int | None = None
) -> list[list[float]]:
    """Measure several things in turn, after one round that does not count.

    Returns:
        What was measured of each, one value for each round.
    """
    for function in functions:
        function()
    found = [[one() for one in functions] for _ in range(rounds or ROUNDS)]
    return [list(column) for column in zip(*found, strict=True)]


def compare(
    name: str,
    theirs: Callable[[], float],
    ours: Callable[[], float],
    *,
    unit: str = "µs",
    rounds: int | None = None,
    target: float | None = None,
    limit: float | None = None,
) -> Row:
    """Measure two things in turn."""
    columns = in_turns([theirs, ours], rounds)
    return row(name, *columns, unit=unit, target=target, limit=limit)


def row(
    name: str, theirs: Sequence[float], ours: Sequence[float], **options: Any
) -> Row:
    """Make a row of what was measured in turn; options are those of `Row`."""
    return Row(
        name=name,
        ratios=tuple(mine / other for other, mine in zip(theirs, ours, strict=True)),
        theirs=median(theirs),
        ours=median(ours),
        **options,
    )
