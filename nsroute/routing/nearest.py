"""The nearest routes of a name that matches none, and why each refuses it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from difflib import SequenceMatcher
from heapq import nlargest
from itertools import takewhile
from operator import eq
from reprlib import repr as _repr
from typing import Final, TypeAlias
from urllib.parse import unquote

import attrs

from nsroute.routing.converters import NO_MATCH, Converter
from nsroute.routing.matcher import MAX_NAME_LENGTH
from nsroute.routing.patterns import Pattern
from nsroute.routing.routes import BoundRoute, Route
from nsroute.routing.segments import Segment

# Distances of a segment: only spelled differently; refused by the parameter; missing
# or too many.
_RESPELLED, _REFUSED, _MISCOUNTED = 0.1, 0.5, 0.9
# How much a common literal segment at the start outweighs the distance.
_SHARED: Final = 0.5
# Routes that begin most like the name, which alone are compared with it.
_COMPARED: Final = 100


@attrs.frozen
class NearMiss:
    """A route that a name almost matches."""

    route: Route
    reason: str
    """Why the route refuses the name, as part of a sentence."""
    name: str | None
    """The nearest name that the pattern matches, where there is one."""
    distance: float
    """How far the text of the name is from it; from 0 to less than 1."""
    shared: int
    """How many literal segments at its start the name has in common with it."""


# A segment of a name as a pattern would have it, how far it is, why it is refused.
_Reading: TypeAlias = tuple[str, float, str | None]


def near_misses(bound: Iterable[BoundRoute], text: str) -> list[NearMiss]:
    """Return the routes that a name almost matches, the nearest first."""
    parts = [part for part in unquote(text).split("/") if part]

    def likeness(one: BoundRoute) -> tuple[int, int]:
        pairs = zip(one.pattern.segments, parts, strict=False)
        same = (segment.param or segment.before == part for segment, part in pairs)
        return _leading(same), _leading(map(eq, one.pattern.text, text))

    faults = _faults(text)
    likely = nlargest(_COMPARED, bound, key=likeness)
    found = (_compare(one, parts, faults) for one in likely)
    near = (miss for miss in found if miss.distance < 1)
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
    aligned, spare = _align(bound.pattern, parts)
    readings = [_read(segment, part) for segment, part in aligned]
    distance = sum(far for _, far, _ in readings) + _MISCOUNTED * abs(spare)
    reasons = [reason for *_, reason in readings if reason is not None]
    if spare:
        reasons = [f"it has too {'many' if spare > 0 else 'few'} segments"]
        if all(far for _, far, _ in readings):
            distance = 1.0  # nothing in common
    spelled = "/" + "/".join(text for text, *_ in readings)
    same = (one.param is None and one.before == part for one, part in aligned)
    return NearMiss(
        bound.route,
        "; ".join([*faults, *reasons]) or f"it is written {spelled!r}",
        None if bound.pattern.match(spelled) is None else spelled,
        distance,
        shared=_leading(same),
    )


def _leading(same: Iterable[object]) -> int:
    return sum(1 for _ in takewhile(bool, same))


def _align(
    pattern: Pattern, parts: Sequence[str]
) -> tuple[list[tuple[Segment, str]], int]:
    """Pair segments with parts; count the parts that are too many (or few: < 0)."""
    segments = [segment for segment in pattern.segments if segment.key]
    spare = len(parts) - len(segments)
    texts = list(parts)
    for at, segment in enumerate(segments):
        if segment.is_path and spare > 0:
            texts[at : at + 1 + spare] = ["/".join(parts[at : at + 1 + spare])]
            spare = 0
    return list(zip(segments, texts, strict=False)), spare


def _read(segment: Segment, part: str) -> _Reading:
    if segment.read(part) is not NO_MATCH:
        return part, 0.0, None
    before, after = segment.before, segment.after
    likeness = SequenceMatcher(None, part.lower(), (before + after).lower()).ratio()
    if segment.param is None:
        reason = f"{_repr(part)} is not {before!r}"
        return before, max(1 - likeness, _RESPELLED), reason
    if not (part.startswith(before) and part.endswith(after)):
        form = f"{before}<{segment.param.name}>{after}"
        reason = f"{_repr(part)} is not {form!r}"
        return part, max(1 - likeness, _REFUSED), reason
    text = part[len(before) : len(part) - len(after)]
    spelled, distance, why = _respelled(segment.param.converter, text)
    return before + spelled + after, distance, why


def _respelled(converter: Converter, text: str) -> _Reading:
    """Return the nearest text that a converter takes, and why it refuses this one."""
    reason = f"{_repr(text)} is not {converter.expects()}"
    for read in (converter.wrapped.to_python, str.strip, str.lower):
        with suppress(Exception):  # a converter may raise whatever it likes
            spelled = converter.to_text(read(text))
            if spelled is not None:
                # What the converter itself reads is another spelling of its value.
                is_guess = read in (str.strip, str.lower)
                return spelled, _RESPELLED, reason if is_guess else None
    return text, _REFUSED, reason
