"""Segments: what stands between the slashes of a pattern, read from its text."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from typing import Any, Final

import attrs
from werkzeug.routing import BaseConverter

from nsroute.errors import RouteError
from nsroute.patterns.builtin import StringConverter
from nsroute.patterns.catalogue import Catalogue
from nsroute.patterns.converters import MISS, UNTRAVELLED, Converter, Rank

__all__ = ["Param", "Segment", "SegmentReader", "parameter_names"]

# A slash inside the quotes of a converter's argument ends no segment.
_SEGMENT = re.compile(
    r"""((?: <(?:"[^"]*"|'[^']*'|[^"'<>])*> | [^/] )*)/""", re.VERBOSE
)
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
_FORMS: Final = "expected <name>, <converter:name> or <converter(arguments):name>"


@attrs.frozen
class Param:
    """A parameter of a pattern."""

    name: str
    """The name under which handlers get its value."""
    converter: Converter
    """What takes its text; it knows the name and the arguments that were spelled."""


@attrs.frozen(eq=False)
class Segment:
    """What stands between two slashes: text, or a parameter with text around it."""

    before: str
    """The literal text before the parameter; all of it, if there is none."""
    param: Param | None = None
    """The parameter, if there is one."""
    after: str = ""
    """The literal text after the parameter."""

    key: Hashable = attrs.field(
        init=False, default=attrs.Factory(lambda self: self._key(), takes_self=True)
    )
    """Equal for segments that differ at most in the name of their parameter."""
    specificity: tuple[int, int, int] = attrs.field(
        init=False, default=attrs.Factory(lambda self: self._rank(), takes_self=True)
    )
    """Lower for the more specific."""

    def _key(self) -> Hashable:
        if self.param is None:
            return self.before
        return self.before, self.param.converter.key, self.after

    def _rank(self) -> tuple[int, int, int]:
        if self.param is None:
            return _LITERAL
        converter = self.param.converter
        literal = len(self.before) + len(self.after)
        return converter.rank, -literal, -converter.precision

    @property
    def spans(self) -> bool:
        """Whether it can take several segments of a name."""
        return self.specificity[0] == Rank.PATH

    def read(self, text: str) -> Any:
        """Give the value of its parameter in a text, `MISS` if the text is another.

        Literal text has the value None.
        """
        if self.param is None:
            return None if text == self.before else MISS
        if not (text.startswith(self.before) and text.endswith(self.after)):
            return MISS
        inner = text[len(self.before) : len(text) - len(self.after)]
        return self.param.converter.to_python(inner)


_LITERAL: Final = (Rank.LITERAL, 0, 0)


class SegmentReader:
    """Reads the segments of patterns, which can name the same converters.

    Attributes:
        problems: What is wrong with the converters.
    """

    def __init__(
        self, converters: Mapping[str, type[BaseConverter]] | None = None
    ) -> None:
        self._catalogue = Catalogue(converters)
        self._read: dict[str, Segment] = {}
        self.problems: list[RouteError] = self._catalogue.problems

    def read(self, text: str) -> tuple[tuple[Segment, ...], list[RouteError]]:
        """Give the segments of a pattern, and what is wrong with them."""
        problems: list[RouteError] = []
        root, *parts = _SEGMENT.findall(text + "/")
        if root or not parts:
            problems.append(_wrong("it must start with '/'", f"write {'/' + text!r}"))
            parts.insert(0, root)
        elif not all(parts) and text != "/":
            problems.append(_empty(text))
        segments = tuple([self._segment(part, problems) for part in parts])
        for problem in problems:
            problem.pattern = text
        return segments, problems

    def _segment(self, text: str, problems: list[RouteError]) -> Segment:
        known = self._read.get(text)
        if known is not None:
            return known
        found: list[RouteError] = []
        # Text, then a converter, its arguments, a name and text for each parameter.
        before, *others = _PARAMETER.split(text)
        found += _misspelled(before)
        param, after = None, ""
        if others:
            converter, arguments, name, after = others[:4]
            param = self._param(converter, arguments, name, found)
            found += _misspelled(after)
        if len(others) > 4:
            found.append(_wrong(f"the segment {text!r} has more than one parameter"))
        segment = Segment(before, param, after)
        if not found:
            self._read[text] = segment
        problems += found
        return segment

    def _param(
        self,
        converter: str | None,
        arguments: str | None,
        name: str,
        problems: list[RouteError],
    ) -> Param:
        if not name.isidentifier():
            problems.append(_wrong(f"the name {name!r} is no identifier: {_FORMS}"))
        try:
            found = self._catalogue.find(converter or "default", arguments or "")
        except RouteError as error:
            problems.append(error)
            found = StringConverter("string")
        return Param(name, found)


def parameter_names(pattern: str) -> frozenset[str] | None:
    """Name the parameters of a pattern, whatever its converters; None if misspelled."""
    pieces = _PARAMETER.split(pattern)
    # Text, then a converter, its arguments, a name and text for each parameter.
    names = frozenset(pieces[3::4])
    if any(map(_misspelled, pieces[::4])) or not all(map(str.isidentifier, names)):
        return None
    return names


def _wrong(problem: str, hint: str | None = None) -> RouteError:
    return RouteError(problem, hint=hint)


def _empty(text: str) -> RouteError:
    cure = "/" + "/".join(part for part in text.split("/") if part)
    kind = "it ends in '/'" if text.endswith("/") else "a segment is empty"
    return _wrong(f"{kind}, which no name does", f"write {cure!r}")


def _misspelled(text: str) -> list[RouteError]:
    """Say what is wrong with literal text."""
    found: list[RouteError] = []
    opened = text.find("<")
    if opened >= 0:
        found.append(_wrong(f"{text[opened:]!r} is no parameter: {_FORMS}"))
    elif ">" in text:
        found.append(_wrong(f"'>' without '<' in {text!r}: {_FORMS}"))
    lost = UNTRAVELLED.search(text)
    if lost is not None:
        found.append(_wrong(f"{lost[0]!r} cannot travel in a namespace"))
    return found
