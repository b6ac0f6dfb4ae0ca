"""Specificity: the order in which patterns are tried, the most specific first.

Segment by segment: literal text, then `any`, then typed converters, then `string`,
then `path`; among equals more literal text in the segment, then more arguments of the
converter. Everything here sorts the more specific first.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

from werkzeug.routing import AnyConverter, BaseConverter, UnicodeConverter

Specificity: TypeAlias = tuple[int, int, int]
"""Of a segment: its rank, minus its literal text, minus the converter's precision."""


class Rank(enum.IntEnum):
    """What stands in a segment."""

    LITERAL = 0
    ANY = 1
    TYPED = 2
    STRING = 3
    PATH = 4


LITERAL: Final[Specificity] = (Rank.LITERAL, 0, 0)


def rank_of(converter: BaseConverter) -> Rank:
    """Return the rank of a converter; a subclass of Werkzeug's own is a typed one."""
    if type(converter) is AnyConverter:
        return Rank.ANY
    if type(converter) is UnicodeConverter:
        return Rank.STRING
    return Rank.TYPED if converter.part_isolating else Rank.PATH


def precision_of(rank: Rank, arguments: Mapping[str, Any]) -> int:
    """Return how much arguments narrow a converter: each does, but a word of `any`."""
    return -len(set(arguments["items"])) if rank is Rank.ANY else len(arguments)


def of_pattern(segments: Sequence[Specificity]) -> tuple[Specificity, ...]:
    """Return the specificity of a pattern."""
    has_path = any(rank == Rank.PATH for rank, _, _ in segments)
    # Of two patterns with the same path, the longer is first.
    return *segments, (len(Rank) if has_path else -1, 0, 0)
