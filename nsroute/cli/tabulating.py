"""All that is served as a table, with notes on what stands before a route."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

from nsroute.cli.columns import Group, columns, wrapped
from nsroute.listing import Listed

__all__ = ["tabulate"]

_HEADER: Final = ("Namespace", "Event", "Handler", "Middleware")
_KINDS: Final = {
    "function": " (function)",
    "namespace": " (exact)",
    "route": "",
}


def tabulate(
    lines: Iterable[Listed], width: int | None, *, apart: bool
) -> Iterator[str]:
    """Lay out lines, and say below which of them stand before a route.

    Args:
        lines: The lines.
        width: How many characters a line may have; None for any number.
        apart: Whether each says its namespace, also if the one above has the same.
    """
    served = list(lines)
    yield from columns(_HEADER, map(_group, _together(served, apart)), width)
    notes = dict.fromkeys(note for line in served for note in _notes(line))
    for note in ("", *notes) if notes else ():
        yield from [note] if width is None else wrapped(note, width)


def _together(lines: list[Listed], apart: bool) -> Iterator[list[Listed]]:
    if apart:
        yield from ([line] for line in lines)
    else:
        for _, found in groupby(lines, lambda one: (one.kind, one.namespace)):
            yield list(found)


def _group(lines: list[Listed]) -> Group:
    rows = [[one.event, _handler(one), ", ".join(one.middleware)] for one in lines]
    return lines[0].namespace, rows


def _handler(line: Listed) -> str:
    if line.taken_by is not None:
        return f"{line.taken_by} takes it from {line.handler or line.target}"
    return f"{line.handler or '(lets everyone in)'}{_KINDS[line.kind]}"


def _notes(line: Listed) -> Iterator[str]:
    if line.before:
        what = line.namespace
        if line.kind == "function":
            what = f"{line.event!r} on {what!r}"
        routes = ", ".join(line.before)
        yield f"{line.target or line.handler} takes {what} before {routes} can."
