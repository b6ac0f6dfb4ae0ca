"""Segments: what stands between the slashes of a pattern, parsed from its text."""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import Any, Final

import attrs

from nsroute.errors import RouteError
from nsroute.routing.converters import (
    FORBIDDEN,
    NO_MATCH,
    Converter,
    ConverterRegistry,
    Rank,
)

# A slash inside the quotes of a converter's argument ends no segment.
_SEGMENT = re.compile(
    r"""((?: <(?:"[^"]*"|'[^']*'|[^"'<>])*> | [^/] )*)/""", re.VERBOSE
)
# Splits into text, then a converter, its arguments, a name and text for each parameter.
_PARAMETER = re.compile(
    r"""
    <
    (?: ([^<>():/,"']+)
        (?: \( ((?:"[^"]*"|'[^']*'|[^"'()])*) \) )?
        :
    )?
    ([^<>():/,"']*)
    >
    """,
    re.VERBOSE,
)
# As other routers write parameters, such as {id} and :id.
_PLAIN = re.compile(r"[\w.-]*", re.ASCII)
"""Literal text as it mostly is."""
_FOREIGN = re.compile(r"\{([^\W\d]\w*)\}|^:([^\W\d]\w*)$")
_TYPED: Final = ("int", "float", "uuid")
_FORMS: Final = "expected <name>, <converter:name> or <converter(arguments):name>"


@attrs.frozen
class Parameter:
    """A parameter of a pattern."""

    name: str
    converter: Converter


@attrs.frozen(eq=False)
class Segment:
    """Literal text (all in `before`), or a parameter with literal text around it."""

    before: str
    param: Parameter | None = None
    after: str = ""

    @property
    def key(self) -> Hashable:
        """Equal for segments that differ at most in the name of their parameter."""
        if self.param is None:
            return self.before
        return self.before, self.param.converter.key, self.after

    @property
    def specificity(self) -> tuple[int, int, int]:
        """Rank, then literal text, then precision; the most specific sorts first."""
        if self.param is None:
            return Rank.LITERAL, 0, 0
        converter = self.param.converter
        literal = len(self.before) + len(self.after)
        return converter.rank, -literal, -converter.precision

    @property
    def is_path(self) -> bool:
        """Whether it can match several segments of a name."""
        return self.param is not None and self.param.converter.rank is Rank.PATH

    def read(self, text: str) -> Any:
        """Return the value of its parameter (None of literal text), or `NO_MATCH`."""
        if self.param is None:
            return None if text == self.before else NO_MATCH
        if not (text.startswith(self.before) and text.endswith(self.after)):
            return NO_MATCH
        inner = text[len(self.before) : len(text) - len(self.after)]
        return self.param.converter.to_python(inner)


class SegmentParser:
    """Parses the segments of patterns that can name the same converters."""

    def __init__(self, converters: object = None) -> None:
        self._registry = ConverterRegistry(converters)
        self._parsed: dict[str, Segment] = {}
        self.problems: list[RouteError] = self._registry.problems

    def parse(self, text: str) -> tuple[tuple[Segment, ...], list[RouteError]]:
        """Return the segments of a pattern, and what is wrong with them."""
        problems: list[RouteError] = []
        parts = [part for part in _SEGMENT.findall(text + "/") if part] or [""]
        cure = "/" + "/".join(parts)
        if text != cure:
            found = "expected '/' before each segment, and no empty segment"
            problems.append(RouteError(found, hint=f"write {cure!r}"))
        segments = tuple([self._segment(part, problems) for part in parts])
        for problem in problems:
            problem.pattern = text
        return segments, problems

    def _segment(self, text: str, problems: list[RouteError]) -> Segment:
        known = self._parsed.get(text)
        if known is not None:
            return known
        before, *others = _PARAMETER.split(text)
        after = others[3] if others else ""
        found = [*_misspelled(before), *_misspelled(after)]
        param = self._parameter(others, found) if others else None
        if len(others) > 4:
            found.append(RouteError(f"{text!r} has more than one parameter"))
        segment = Segment(before, param, after)
        if not found:
            self._parsed[text] = segment
        problems += found
        return segment

    def _parameter(self, parts: list[Any], problems: list[RouteError]) -> Parameter:
        converter, arguments, name = parts[:3]
        if not converter and name in _TYPED:
            told = f"<{name}> is a parameter of that name, which takes any text"
            problems.append(
                RouteError(told, hint=f"write <{name}:x> for a parameter x")
            )
        if not name.isidentifier():
            problems.append(RouteError(f"the name {name!r} is no identifier: {_FORMS}"))
        try:
            found = self._registry.make(converter or "default", arguments or "")
        except RouteError as error:
            if self._registry.knows(name):
                error.hint = f"write <{name}:{converter}>"
            problems.append(error)
            found = ConverterRegistry().make("string")
        return Parameter(name, found)


def parameter_names(pattern: str) -> frozenset[str] | None:
    """Return the names of a pattern's parameters; None if the pattern is misspelled.

    The converters need not be known.
    """
    pieces = _PARAMETER.split(pattern)
    names = frozenset(pieces[3::4])
    if any(map(_misspelled, pieces[::4])) or not all(map(str.isidentifier, names)):
        return None
    return names


def _misspelled(text: str) -> list[RouteError]:
    """Return what is wrong with literal text."""
    if _PLAIN.fullmatch(text):
        return []
    lost = sorted(set(FORBIDDEN.findall(text)))
    problems = [f"{character!r} cannot travel in a namespace" for character in lost]
    found = [RouteError(problem) for problem in problems]
    cure = _FOREIGN.sub(r"<\1\2>", text)
    if "<" in text or ">" in text:
        found.append(RouteError(f"{text!r} is no parameter: {_FORMS}"))
    elif cure != text:
        hint = f"write {cure!r}"
        found.append(RouteError(f"{text!r} is no parameter here: {_FORMS}", hint=hint))
    return found
