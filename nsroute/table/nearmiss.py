"""Near misses: which routes a name almost matches, and what keeps it from them.

For people who look at a table, not for the way of a dispatch: it takes its time.
"""

from __future__ import annotations

import difflib
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import takewhile
from operator import attrgetter
from typing import Any, Final
from urllib.parse import unquote

import attrs

from nsroute.patterns import Pattern
from nsroute.patterns.converters import (
    MAX_NAME_LENGTH,
    MISS,
    Converter,
    CustomConverter,
)
from nsroute.patterns.segments import Segment
from nsroute.table.routes import Placed, Route

__all__ = ["NearMiss", "near_misses"]

# What reads the value that a text is meant to have, and what only guesses at a text.
_READERS: Final[tuple[Callable[[str], Any], ...]] = (int, float, uuid.UUID)
_GUESSES: Final[tuple[Callable[[str], Any], ...]] = (*_READERS, str.strip, str.lower)
# Of a segment: written in another way, or not what the parameter takes at all.
_RESPELLED: Final = 0.1
_REFUSED: Final = 0.5
# Of a name, for each segment that it has too many or too few.
_MISCOUNTED: Final = 0.9
_TOO_FAR: Final = 1.0
# How much nearer it is for each literal segment at its start that is the pattern's.
_SHARED: Final = 0.5
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
    """How far the text of the name is from it; from 0 to less than 1."""
    shared: int
    """How many literal segments at its start the name has in common with it."""

    @property
    def remoteness(self) -> float:
        """What near misses are sorted by: a common start counts for more than looks."""
        return self.distance - _SHARED * self.shared


@attrs.frozen
class _Reading:
    """What a segment makes of a part of a name."""

    text: str
    distance: float = 0.0
    reason: str | None = None


def near_misses(placed: Iterable[Placed], text: str) -> list[NearMiss]:
    """Give the routes that a name almost matches, the nearest first."""
    spellings = list(_spellings(text))
    found: list[NearMiss] = []
    for one in placed:
        misses = [_compare(one, parts, faults) for parts, faults in spellings]
        miss = min(misses, key=attrgetter("distance"))
        if miss.distance < _TOO_FAR:
            found.append(miss)
    return sorted(found, key=attrgetter("remoteness", "distance"))


def _spellings(text: str) -> Iterator[tuple[list[str], list[str]]]:
    """Give the parts of a name in each way it may be meant, and what is wrong then."""
    yield _parts(text), _faults(text)
    root, *parts = text.split("/")
    if not (root or all(parts)):
        yield parts, []
    decoded = unquote(text)
    if decoded != text:
        yield _parts(decoded), ["nothing in it is percent-decoded", *_faults(decoded)]


def _parts(text: str) -> list[str]:
    return [part for part in text.split("/") if part]


def _faults(text: str) -> list[str]:
    """Say what is wrong with a name whatever the pattern."""
    found: list[str] = []
    if len(text) > MAX_NAME_LENGTH:
        found.append(f"it has more than {MAX_NAME_LENGTH} characters")
    if not text.startswith("/"):
        found.append("it does not start with '/'")
    if "//" in text:
        found.append("a segment is empty")
    elif text.endswith("/"):
        found.append("it ends in '/'")
    return found


def _compare(placed: Placed, parts: list[str], faults: list[str]) -> NearMiss:
    pattern, route = placed.pattern, placed.route
    aligned, missing = _align(pattern, parts)
    readings = [_read(segment, part) for segment, part in aligned]
    distance = sum(reading.distance for reading in readings) + _MISCOUNTED * missing
    if (missing or not all(parts)) and all(one.distance for one in readings):
        distance = _TOO_FAR  # nothing in common
    spelled = "/" + "/".join(reading.text for reading in readings)
    name = spelled if pattern.match(spelled) is not None else None
    if missing:
        reason = f"it has {_counted(len(parts))}, the pattern {_expected(pattern)}"
    else:
        reasons = [one.reason for one in readings if one.reason is not None]
        told = dict.fromkeys([*faults, *reasons])
        reason = "; ".join(told) or f"it is written {spelled!r}"
    return NearMiss(route, reason, name, distance, _shared(aligned))


def _shared(aligned: Iterable[tuple[Segment, str]]) -> int:
    same = (one.param is None and one.before == part for one, part in aligned)
    return sum(1 for _ in takewhile(bool, same))


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
    if not part:
        return _Reading(part, _REFUSED, "a segment is empty")
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
    converter = segment.param.converter
    refused = f"{_shown(inner)} is not {converter.expects()}"
    spelled = _first_text(converter, _readers(converter, inner), inner)
    if spelled is not None:
        return _Reading(before + spelled + after, _RESPELLED)
    guessed = _first_text(converter, _GUESSES, inner)
    if guessed is not None:
        return _Reading(before + guessed + after, _RESPELLED, refused)
    return _Reading(part, _REFUSED, refused)


def _readers(converter: Converter, text: str) -> Iterable[Callable[[str], Any]]:
    """Give what tells the value of a text, which a guess does not."""
    if isinstance(converter, CustomConverter):
        # It may read more than it writes.
        return (converter.wrapped.to_python,)
    # Python takes `4_2` and ` 42` for numbers; nobody else does.
    return () if "_" in text or text != text.strip() else _READERS


def _first_text(
    converter: Converter, readers: Iterable[Callable[[str], Any]], text: str
) -> str | None:
    """Give how a converter writes what the first of some readers makes of a text."""
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
