"""Near misses: which routes a name almost matches, and what keeps it from them.

For people who look at a table, not for the way of a dispatch: it takes its time.
"""

from __future__ import annotations

import difflib
import uuid
from collections.abc import Callable, Iterable
from contextlib import suppress
from operator import attrgetter
from typing import Any, Final
from urllib.parse import unquote

import attrs

from nsroute.patterns import Pattern
from nsroute.patterns.converters import MISS, Converter, CustomConverter
from nsroute.patterns.segments import Segment
from nsroute.table.routes import Placed, Route

__all__ = ["NearMiss", "near_misses"]

_READERS: Final[tuple[Callable[[str], Any], ...]] = (
    int,
    float,
    uuid.UUID,
    str.strip,
    str.lower,
)
# Of a segment: written in another way, or not what the parameter takes at all.
_RESPELLED: Final = 0.1
_REFUSED: Final = 0.5
# Of a name, for each segment that it has too many or too few.
_MISCOUNTED: Final = 0.9
_TOO_FAR: Final = 1.0
# Characters of a part that a reason quotes.
_SHOWN: Final = 60


@attrs.frozen
class NearMiss:
    """A route that a name almost matches."""

    route: Route
    """The route."""
    reason: str
    """What keeps the name from it, as part of a sentence."""
    name: str | None
    """The nearest name that the pattern matches, where there is one."""
    distance: float
    """How far the name is from it; 0 would be a match."""


@attrs.frozen
class _Reading:
    """What a segment makes of a part of a name."""

    text: str
    distance: float = 0.0
    reason: str | None = None


def near_misses(placed: Iterable[Placed], text: str) -> list[NearMiss]:
    """Give the routes that a name almost matches, the nearest first."""
    parts = _parts(text)
    others = _parts(unquote(text))
    found: list[NearMiss] = []
    for one in placed:
        miss = _compare(one, parts)
        if others != parts:
            miss = min(miss, _compare(one, others), key=attrgetter("distance"))
        if miss.distance < _TOO_FAR:
            found.append(miss)
    return sorted(found, key=attrgetter("distance"))


def _parts(text: str) -> list[str]:
    return [part for part in text.split("/") if part]


def _compare(placed: Placed, parts: list[str]) -> NearMiss:
    pattern, route = placed.pattern, placed.route
    aligned, missing = _align(pattern, parts)
    readings = [_read(segment, part) for segment, part in aligned]
    distance = sum(reading.distance for reading in readings)
    if missing:
        if not readings or min(reading.distance for reading in readings):
            distance = _TOO_FAR  # nothing in common
        reason = f"it has {_counted(len(parts))}, the pattern {_expected(pattern)}"
        return NearMiss(route, reason, None, distance + _MISCOUNTED * missing)
    name = "/" + "/".join(reading.text for reading in readings)
    reasons = [reading.reason for reading in readings if reading.reason is not None]
    fits = pattern.match(name) is not None
    reason = "; ".join(reasons) or f"it is written {name!r}"
    return NearMiss(route, reason, name if fits else None, distance)


def _align(pattern: Pattern, parts: list[str]) -> tuple[list[tuple[Segment, str]], int]:
    """Pair segments with parts; give how many parts are too many or too few."""
    segments = [segment for segment in pattern.segments if segment.key]
    spare = len(parts) - len(segments)
    aligned: list[tuple[Segment, str]] = []
    at = 0
    for segment in segments:
        end = at + 1 + (max(spare, 0) if segment.spans else 0)
        if at < len(parts):
            aligned.append((segment, "/".join(parts[at:end])))
        at = end
    return aligned, abs(len(parts) - at)


def _read(segment: Segment, part: str) -> _Reading:
    before, after = segment.before, segment.after
    if segment.read(part) is not MISS:
        return _Reading(part)
    if segment.param is None:
        distance = max(_difference(part, before), _RESPELLED)
        return _Reading(before, distance, f"{_shown(part)} is not {before!r}")
    if not (part.startswith(before) and part.endswith(after)):
        distance = max(_difference(part, before + after), _REFUSED)
        form = f"{before}<{segment.param.name}>{after}"
        return _Reading(part, distance, f"{_shown(part)} is not {form!r}")
    inner = part[len(before) : len(part) - len(after)]
    spelled = _respell(segment.param.converter, inner)
    if spelled is not None:
        return _Reading(before + spelled + after, _RESPELLED)
    expected = segment.param.converter.expects()
    return _Reading(part, _REFUSED, f"{_shown(inner)} is not {expected}")


def _respell(converter: Converter, text: str) -> str | None:
    """Give the canonical spelling of what a text may be meant to be."""
    readers = _READERS
    if isinstance(converter, CustomConverter):
        # What it takes is known to nobody else; it may read more than it writes.
        readers = (converter.wrapped.to_python, str.strip, str.lower)
    for reader in readers:
        with suppress(Exception):  # a reader may raise whatever it likes
            spelled = converter.to_text(reader(text))
            if spelled is not None:
                return spelled
    return None


def _difference(text: str, literal: str) -> float:
    matcher = difflib.SequenceMatcher(None, text.lower(), literal.lower())
    return 1 - matcher.ratio()


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")


def _counted(count: int) -> str:
    return "1 segment" if count == 1 else f"{count} segments"


def _expected(pattern: Pattern) -> str:
    count = sum(bool(segment.key) for segment in pattern.segments)
    least = any(segment.spans for segment in pattern.segments)
    return f"at least {count}" if least else str(count)
