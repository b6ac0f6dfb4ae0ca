"""The nearest routes of a name that matches none, and why each refuses it.

For people who look at a table, not for dispatching: it takes its time.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from heapq import nlargest
from itertools import takewhile
from operator import eq
from typing import Any, Final
from urllib.parse import unquote

import attrs

from nsroute.routing.converters import NO_MATCH, Converter
from nsroute.routing.names import MAX_NAME_LENGTH
from nsroute.routing.patterns import Pattern
from nsroute.routing.routes import BoundRoute, Route
from nsroute.routing.segments import Segment

# Distances of a segment: only spelled differently, or refused by the parameter.
_RESPELLED: Final = 0.1
_REFUSED: Final = 0.5
# For each segment that a name has too many or too few.
_MISCOUNTED: Final = 0.9
_TOO_FAR: Final = 1.0
# How much a common literal segment at the start outweighs the distance.
_SHARED: Final = 0.5
# Routes that begin most like the name, which alone are compared with it.
_COMPARED: Final = 100
# Characters of a segment that a reason quotes.
_QUOTED: Final = 60


@attrs.frozen
class NearMiss:
    """A route that a name almost matches."""

    route: Route
    """The route."""
    reason: str
    """Why it refuses the name, as part of a sentence."""
    name: str | None
    """The nearest name that the pattern matches, where there is one."""
    distance: float
    """How far the text of the name is from it; from 0 to less than 1."""
    shared: int
    """How many literal segments at its start the name has in common with it."""


@attrs.frozen
class _Reading:
    """A segment of a name as a pattern would have it, and why it is refused."""

    text: str
    distance: float = 0.0
    reason: str | None = None


def near_misses(bound: Iterable[BoundRoute], text: str) -> list[NearMiss]:
    """Return the routes that a name almost matches, the nearest first."""
    parts = [part for part in unquote(text).split("/") if part]

    def likeness(one: BoundRoute) -> tuple[int, int]:
        pairs = zip(one.pattern.segments, parts, strict=False)
        same = (segment.param or segment.before == part for segment, part in pairs)
        return _leading(same), _leading(map(eq, one.pattern.text, text))

    faults = _faults(text)
    likely = nlargest(_COMPARED, bound, key=likeness)
    found = [_compare(one, parts, faults) for one in likely]
    near = [miss for miss in found if miss.distance < _TOO_FAR]
    return sorted(near, key=lambda miss: miss.distance - _SHARED * miss.shared)


def _faults(text: str) -> list[str]:
    """Return what is wrong with a name whatever the pattern."""
    faults = {
        "nothing in it is percent-decoded": unquote(text) != text,
        f"it has more than {MAX_NAME_LENGTH} characters": len(text) > MAX_NAME_LENGTH,
        "it does not start with '/'": not text.startswith("/"),
        "a segment is empty": "//" in text,
        "it ends in '/'": text.endswith("/") and not text.endswith("//"),
    }
    return [fault for fault, is_found in faults.items() if is_found]


def _compare(bound: BoundRoute, parts: Sequence[str], faults: list[str]) -> NearMiss:
    pattern = bound.pattern
    aligned, missing = _align(pattern, parts)
    readings = [_read(segment, part) for segment, part in aligned]
    distance = sum(reading.distance for reading in readings) + _MISCOUNTED * missing
    if missing and all(one.distance for one in readings):
        distance = _TOO_FAR  # nothing in common
    spelled = "/" + "/".join(reading.text for reading in readings)
    reasons = [one.reason for one in readings if one.reason is not None]
    if missing:
        reasons = [f"it has {_count(len(parts), pattern)}"]
    same = (one.param is None and one.before == part for one, part in aligned)
    return NearMiss(
        bound.route,
        "; ".join([*faults, *reasons]) or f"it is written {spelled!r}",
        None if pattern.match(spelled) is None else spelled,
        distance,
        shared=_leading(same),
    )


def _leading(same: Iterable[object]) -> int:
    return sum(1 for _ in takewhile(bool, same))


def _align(
    pattern: Pattern, parts: Sequence[str]
) -> tuple[list[tuple[Segment, str]], int]:
    """Pair segments with parts; count the parts that are too many or too few."""
    segments = [segment for segment in pattern.segments if segment.key]
    spare = max(len(parts) - len(segments), 0)
    aligned: list[tuple[Segment, str]] = []
    at = 0
    for segment in segments:
        end = at + 1 + (spare if segment.is_path else 0)
        if at < len(parts):
            aligned.append((segment, "/".join(parts[at:end])))
        at = end
    return aligned, abs(len(parts) - at)


def _count(count: int, pattern: Pattern) -> str:
    least = "at least " if any(one.is_path for one in pattern.segments) else ""
    expected = sum(bool(segment.key) for segment in pattern.segments)
    noun = "segment" if count == 1 else "segments"
    return f"{count} {noun}, the pattern {least}{expected}"


def _read(segment: Segment, part: str) -> _Reading:
    if segment.read(part) is not NO_MATCH:
        return _Reading(part)
    before, after = segment.before, segment.after
    if segment.param is None:
        distance = max(_difference(part, before), _RESPELLED)
        return _Reading(before, distance, f"{_quoted(part)} is not {before!r}")
    if not (part.startswith(before) and part.endswith(after)):
        distance = max(_difference(part, before + after), _REFUSED)
        form = f"{before}<{segment.param.name}>{after}"
        return _Reading(part, distance, f"{_quoted(part)} is not {form!r}")
    inner = part[len(before) : len(part) - len(after)]
    converter = segment.param.converter
    reason = f"{_quoted(inner)} is not {converter.expects()}"
    spelled = _first_text(converter, inner, converter.wrapped.to_python)
    if spelled is not None:
        return _Reading(before + spelled + after, _RESPELLED)
    guessed = _first_text(converter, inner, str.strip, str.lower)
    if guessed is not None:
        return _Reading(before + guessed + after, _RESPELLED, reason)
    return _Reading(part, _REFUSED, reason)


def _first_text(
    converter: Converter, text: str, *readers: Callable[[str], Any]
) -> str | None:
    """Return how the value that the first of some readers finds is written."""
    for reader in readers:
        with suppress(Exception):  # a converter may raise whatever it likes
            spelled = converter.to_text(reader(text))
            if spelled is not None:
                return spelled
    return None


def _difference(text: str, literal: str) -> float:
    matcher = difflib.SequenceMatcher(None, text.lower(), literal.lower())
    return 1 - matcher.ratio()


def _quoted(text: str) -> str:
    return repr(text if len(text) <= _QUOTED else f"{text[:_QUOTED]}…")
