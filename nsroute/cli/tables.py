"""All handlers as a table that fits a terminal, with notes on those that shadow."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from textwrap import wrap
from typing import Final

from nsroute.handlers.entries import HandlerEntry

_HEADER: Final = ("Namespace", "Event", "Handler", "Middleware")
_KINDS: Final = {"function": " (function)", "namespace": " (exact)", "route": ""}
_GAP: Final = "  "
_NARROWEST: Final = 8


def terminal_width() -> int | None:
    """Return the width of the terminal; None if the output goes somewhere else."""
    return shutil.get_terminal_size((0, 0)).columns or None


def tabulate(
    entries: Sequence[HandlerEntry], width: int | None, *, grouped: bool
) -> Iterator[str]:
    """Lay out entries in columns, with notes below.

    If `grouped`, a namespace is shown once for its events that follow each other.
    """
    rows: list[Sequence[str]] = [_HEADER]
    above = None
    for one in entries:
        place = (one.kind, one.namespace)
        first = "" if grouped and place == above else one.namespace
        rows.append((first, one.event, _handler(one), ", ".join(one.middleware)))
        above = place
    yield from columns(rows, width)
    notes = dict.fromkeys(_note(one) for one in entries if one.shadows)
    for note in ("", *notes) if notes else ():
        yield from [note] if width is None or not note else wrap(note, width)


def columns(rows: Sequence[Sequence[str]], width: int | None) -> Iterator[str]:
    """Lay out a header and rows in lines of at most `width`."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    limit = sum(widths) if width is None else width - len(_GAP) * (len(widths) - 1)
    while sum(widths) > limit and max(widths) > _NARROWEST:
        widths[widths.index(max(widths))] -= 1
    rule = ["-" * each for each in widths]
    for row in (rows[0], rule, *rows[1:]):
        cells = [wrap(cell, each) for cell, each in zip(row, widths, strict=True)]
        for parts in zip_longest(*cells, fillvalue=""):
            padded = map(str.ljust, parts, widths)
            yield _GAP.join(padded).rstrip()


def _handler(entry: HandlerEntry) -> str:
    if entry.shadowed_by is not None:
        return f"{entry.shadowed_by} takes it from {entry.handler or entry.target}"
    return f"{entry.handler or '(lets everyone in)'}{_KINDS[entry.kind]}"


def _note(entry: HandlerEntry) -> str:
    what = entry.namespace
    if entry.kind == "function":
        what = f"{entry.event!r} on {what!r}"
    routes = ", ".join(entry.shadows)
    return f"{entry.target or entry.handler} takes {what} before {routes} can."
