"""The parser: the text of a pattern -> its segments, and what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from werkzeug.routing import BaseConverter

from nsroute.errors import RouteError
from nsroute.routing.names import FORBIDDEN
from nsroute.routing.registry import ConverterRegistry
from nsroute.routing.segments import Parameter, Segment

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


class SegmentParser:
    """Parses the segments of patterns that can name the same converters.

    Attributes:
        problems: What is wrong with the converters.
    """

    def __init__(
        self, converters: Mapping[str, type[BaseConverter]] | None = None
    ) -> None:
        self._registry = ConverterRegistry(converters)
        self._parsed: dict[str, Segment] = {}
        self.problems: list[RouteError] = self._registry.problems

    def parse(self, text: str) -> tuple[tuple[Segment, ...], list[RouteError]]:
        """Return the segments of a pattern, and what is wrong with them."""
        problems: list[RouteError] = []
        root, *parts = _SEGMENT.findall(text + "/")
        if root or not parts:
            problems.append(
                RouteError("it must start with '/'", hint=f"write {'/' + text!r}")
            )
            parts.insert(0, root)
        elif not all(parts) and text != "/":
            problems.append(_empty_segment(text))
        segments = tuple([self._segment(part, problems) for part in parts])
        for problem in problems:
            problem.pattern = text
        return segments, problems

    def _segment(self, text: str, problems: list[RouteError]) -> Segment:
        known = self._parsed.get(text)
        if known is not None:
            return known
        found: list[RouteError] = []
        # Text, then a converter, its arguments, a name and text for each parameter.
        before, *others = _PARAMETER.split(text)
        found += _misspelled(before)
        param, after = None, ""
        if others:
            converter, arguments, name, after = others[:4]
            param = self._parameter(converter, arguments, name, found)
            found += _misspelled(after)
        if len(others) > 4:
            problem = f"the segment {text!r} has more than one parameter"
            found.append(RouteError(problem))
        segment = Segment(before, param, after)
        if not found:
            self._parsed[text] = segment
        problems += found
        return segment

    def _parameter(
        self,
        converter: str | None,
        arguments: str | None,
        name: str,
        problems: list[RouteError],
    ) -> Parameter:
        if not name.isidentifier():
            problems.append(RouteError(f"the name {name!r} is no identifier: {_FORMS}"))
        try:
            found = self._registry.find(converter or "default", arguments or "")
        except RouteError as error:
            problems.append(error)
            found = ConverterRegistry().find("string")
        return Parameter(name, found)


def parameter_names(pattern: str) -> frozenset[str] | None:
    """Return the names of a pattern's parameters; None if the pattern is misspelled.

    The converters need not be known.
    """
    pieces = _PARAMETER.split(pattern)
    # Text, then a converter, its arguments, a name and text for each parameter.
    names = frozenset(pieces[3::4])
    if any(map(_misspelled, pieces[::4])) or not all(map(str.isidentifier, names)):
        return None
    return names


def _empty_segment(text: str) -> RouteError:
    cure = "/" + "/".join(part for part in text.split("/") if part)
    found = "it ends in '/'" if text.endswith("/") else "a segment is empty"
    return RouteError(f"{found}, which no name does", hint=f"write {cure!r}")


def _misspelled(text: str) -> list[RouteError]:
    """Return what is wrong with literal text."""
    found: list[str] = []
    opened = text.find("<")
    if opened >= 0:
        found.append(f"{text[opened:]!r} is no parameter: {_FORMS}")
    elif ">" in text:
        found.append(f"'>' without '<' in {text!r}: {_FORMS}")
    lost = FORBIDDEN.search(text)
    if lost is not None:
        found.append(f"{lost[0]!r} cannot travel in a namespace")
    return [RouteError(problem) for problem in found]
