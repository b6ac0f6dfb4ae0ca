"""Rows in columns that fit a terminal; a cell that is too long has several lines."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, zip_longest
from typing import Final

Group = tuple[str, Sequence[Sequence[str]]]
"""A cell of the first column, and the rows beside it without that column."""

_GAP: Final = 2
_NARROWEST: Final = 8
_PIECE: Final = re.compile(r"[^\s/.:(,]*(?:[/.:(,]|\s+|$)")
"""What a line keeps together: a word with the sign or the spaces behind it."""


def terminal_width() -> int | None:
    """Return the width of the terminal; None if the output goes somewhere else."""
    return shutil.get_terminal_size((0, 0)).columns or None


def columns(
    header: Sequence[str], groups: Iterable[Group], width: int | None
) -> Iterator[str]:
    """Lay out groups of rows under a header, in lines of at most `width`."""
    body = list(groups)
    rows = [[first, *row] for first, beside in body for row in beside]
    natural = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    widths = _fitted(natural, width)
    head: Group = (header[0], [header[1:]])
    rule: Group = ("-" * widths[0], [["-" * each for each in widths[1:]]])
    for first, beside in (head, rule, *body):
        right = chain.from_iterable(_lines(row, widths[1:]) for row in beside)
        left = wrapped(first, widths[0])
        for parts in zip_longest(left, right, fillvalue=""):
            yield _joined(parts, (widths[0], 0))


def _fitted(widths: list[int], limit: int | None) -> list[int]:
    """Narrow the widest columns until the row fits."""
    fitted = list(widths)
    while limit is not None and sum(fitted) + _GAP * (len(fitted) - 1) > limit:
        widest = fitted.index(max(fitted))
        if fitted[widest] <= _NARROWEST:
            break
        fitted[widest] -= 1
    return fitted


def _lines(row: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    cells = [wrapped(cell, each) for cell, each in zip(row, widths, strict=True)]
    for parts in zip_longest(*cells, fillvalue=""):
        yield _joined(parts, widths)


def _joined(parts: Iterable[str], widths: Sequence[int]) -> str:
    padded = (part.ljust(each) for part, each in zip(parts, widths, strict=True))
    return (" " * _GAP).join(padded).rstrip()


def wrapped(text: str, width: int) -> list[str]:
    """Break a text into lines, behind a sign or a space if possible."""
    lines = [""]
    for piece in _pieces(text, width):
        if len(lines[-1]) + len(piece.rstrip()) > width:
            lines.append("")
        lines[-1] += piece
    return [line.rstrip() for line in lines if line.strip()] or [""]


def _pieces(text: str, width: int) -> Iterator[str]:
    for piece in _PIECE.findall(text):
        over = max(len(piece.rstrip()), 1)
        yield from (piece[at : at + width] for at in range(0, over, width))
