"""Segments: what stands between the slashes of a pattern, read from its text."""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import Final

import attrs

from nsroute.builtin_converters import StringConverter
from nsroute.catalogue import Catalogue
from nsroute.converters import UNTRAVELLED, Converter, Rank
from nsroute.errors import RouteError

__all__ = ["Param", "Segment", "parse_segments"]

_PARAMETER = re.compile(
    r"""
    <
    (?: (?P<converter>[^<>():/,"']+)
        (?: \( (?P<arguments>(?:"[^"]*"|'[^']*'|[^"'()])*) \) )?
        :
    )?
    (?P<name>[^<>():/,"']*)
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
    """What takes its text; holds the name and the arguments that were spelled."""


@attrs.frozen
class Segment:
    """What stands between two slashes: text, or a parameter with text around it."""

    before: str
    """The literal text before the parameter; all of it, if there is none."""
    param: Param | None = None
    """The parameter, if there is one."""
    after: str = ""
    """The literal text after the parameter."""

    @property
    def key(self) -> Hashable:
        """Equal for segments that differ at most in the name of their parameter."""
        if self.param is None:
            return self.before
        return self.before, self.param.converter.key, self.after

    @property
    def specificity(self) -> tuple[int, int, int]:
        """Sort the most specific first."""
        if self.param is None:
            return Rank.LITERAL, 0, 0
        converter = self.param.converter
        literal = len(self.before) + len(self.after)
        return converter.rank, -literal, -converter.precision

    @property
    def spans(self) -> bool:
        """Whether it can take several segments of a name."""
        return self.param is not None and self.param.converter.rank is Rank.PATH


def parse_segments(
    text: str, catalogue: Catalogue
) -> tuple[tuple[Segment, ...], list[RouteError]]:
    """Read the segments of a pattern, and what is wrong with them."""
    reading = _Reading(text, catalogue)
    return reading.segments(), reading.problems


class _Reading:
    """One pattern while it is read; what is wrong is collected."""

    def __init__(self, text: str, catalogue: Catalogue) -> None:
        self.problems: list[RouteError] = []
        self._text = text
        self._catalogue = catalogue

    def segments(self) -> tuple[Segment, ...]:
        root, *rows = self._rows()
        if root or not self._text:
            self._wrong("it must start with '/'", f"write {'/' + self._text!r}")
            rows.insert(0, root)
        if not all(rows) and self._text not in {"/", ""}:
            self._empty()
        return tuple(self._segment(row) for row in rows)

    def _rows(self) -> list[list[str | Param]]:
        # `split` gives text, converter, arguments, name, text, converter, …
        pieces: list[str] = _PARAMETER.split(self._text)
        rows: list[list[str | Param]] = [[]]
        for at in range(0, len(pieces), 4):
            first, *others = self._literal(pieces[at]).split("/")
            if first:
                rows[-1].append(first)
            rows.extend([other] if other else [] for other in others)
            if at + 3 < len(pieces):
                rows[-1].append(self._param(*pieces[at + 1 : at + 4]))
        return rows

    def _literal(self, text: str) -> str:
        opened = text.find("<")
        if opened >= 0:
            self._wrong(f"{text[opened:]!r} is no parameter: {_FORMS}")
        elif ">" in text:
            self._wrong(f"'>' without '<' in {text!r}: {_FORMS}")
        lost = UNTRAVELLED.search(text)
        if lost is not None:
            self._wrong(f"{lost[0]!r} cannot travel in a namespace")
        return text

    def _param(self, converter: str | None, arguments: str | None, name: str) -> Param:
        if not name.isidentifier():
            self._wrong(f"the name {name!r} is no identifier: {_FORMS}")
        try:
            found = self._catalogue.find(converter or "default", arguments or "")
        except RouteError as error:
            error.pattern = self._text
            self.problems.append(error)
            found = StringConverter("string")
        return Param(name, found)

    def _segment(self, row: list[str | Param]) -> Segment:
        params = [piece for piece in row if isinstance(piece, Param)]
        if not params:
            return Segment("".join(map(str, row)))
        if len(params) > 1:
            names = " and ".join(repr(param.name) for param in params)
            self._wrong(
                f"a segment holds one parameter, not {names}", "put '/' between"
            )
        at = row.index(params[0])
        before, after = row[:at], row[at + 1 :]
        return Segment("".join(map(str, before)), params[0], "".join(map(str, after)))

    def _empty(self) -> None:
        cure = "/" + "/".join(part for part in self._text.split("/") if part)
        kind = "it ends in '/'" if self._text.endswith("/") else "a segment is empty"
        self._wrong(f"{kind}, which no name does", f"write {cure!r}")

    def _wrong(self, problem: str, hint: str | None = None) -> None:
        self.problems.append(RouteError(problem, pattern=self._text, hint=hint))
