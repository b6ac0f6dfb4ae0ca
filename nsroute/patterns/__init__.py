"""Patterns: text like `/rooms/<int:room_id>` <-> the values of its parameters.

Flask's syntax, compiled to segments. A name matches only in its canonical spelling,
so that the values and the name determine each other.

- `converters`: what a converter is, and those of Werkzeug's kind;
- `builtin`: the built-in ones;
- `catalogue`: a converter's name and arguments, as a pattern spells them, to it;
- `segments`: the text of a pattern to what stands between its slashes.
"""

from __future__ import annotations

import reprlib
from collections.abc import Hashable, Mapping
from typing import Any, Final

import attrs
from werkzeug.routing import BaseConverter

from nsroute.errors import BuildError, RouteError, nearest, raise_together
from nsroute.patterns.converters import (
    MAX_NAME_LENGTH,
    MISS,
    Rank,
)
from nsroute.patterns.segments import Param, Segment, SegmentReader, parameter_names

__all__ = [
    "MAX_NAME_LENGTH",
    "Param",
    "Pattern",
    "Segment",
    "SegmentReader",
    "parameter_names",
]

# Behind the last segment. Of two patterns with the same path, the longer is first.
_END: Final = (-1, 0, 0)
_END_WITH_PATH: Final = (len(Rank), 0, 0)


@attrs.frozen(eq=False)
class Pattern:
    """A compiled pattern; `Pattern.parse` makes one."""

    text: str
    """The pattern as it was written."""
    segments: tuple[Segment, ...]
    """What stands between its slashes; of `/`, one empty segment."""
    params: tuple[Param, ...] = attrs.field(
        init=False, default=attrs.Factory(lambda self: self._collect(), takes_self=True)
    )
    """Its parameters in their order."""

    def _collect(self) -> tuple[Param, ...]:
        return tuple([part.param for part in self.segments if part.param is not None])

    @classmethod
    def parse(
        cls,
        text: str,
        converters: Mapping[str, type[BaseConverter]] | None = None,
    ) -> Pattern:
        """Compile a pattern.

        Args:
            text: The pattern in Flask's syntax.
            converters: Werkzeug's kind of converter classes by the name that patterns
                use, besides the built-in ones.

        Raises:
            RouteError: If the pattern is wrong in one way.
            ExceptionGroup: Of `RouteError`, if it is wrong in several ways.
        """
        reader = SegmentReader(converters)
        problems: list[RouteError] = [*reader.problems]
        pattern = cls.read(text, reader, problems)
        raise_together(f"The pattern {text!r} is wrong.", problems)
        return pattern

    @classmethod
    def read(
        cls, text: object, reader: SegmentReader, problems: list[RouteError]
    ) -> Pattern:
        """Compile a pattern as far as it can be; add what is wrong to the problems."""
        if not isinstance(text, str):
            shown = reprlib.repr(text)
            problems.append(RouteError("a pattern is text", pattern=shown))
            return cls(shown, ())
        segments, found = reader.read(text)
        pattern = cls(text, segments)
        problems += found
        problems += pattern.faults()
        return pattern

    def under(self, prefix: Pattern) -> Pattern:
        """Give this pattern behind another, as a submount places it.

        The result may be wrong as a whole: ask `faults`.
        """
        if prefix.text == "/":
            return self
        if self.text == "/":
            return prefix
        return Pattern(prefix.text + self.text, prefix.segments + self.segments)

    def faults(self) -> list[RouteError]:
        """Say what is wrong with the pattern as a whole."""
        names = [param.name for param in self.params]
        found = [
            f"the parameter {name!r} stands in it more than once"
            for name in dict.fromkeys(names)
            if names.count(name) > 1
        ]
        if len([True for segment in self.segments if segment.spans]) > 1:
            found.append("it has more than one path: a name could match in many ways")
        # No parameter is longer in a name's shortest form than in the pattern.
        if len(self.text) > MAX_NAME_LENGTH and self._shortest() > MAX_NAME_LENGTH:
            found.append(f"names have at most {MAX_NAME_LENGTH} characters")
        return [RouteError(problem, pattern=self.text) for problem in found]

    def _shortest(self) -> int:
        literal = sum(1 + len(one.before) + len(one.after) for one in self.segments)
        return literal + len(self.params)

    @property
    def names(self) -> frozenset[str]:
        """The names of its parameters."""
        return frozenset(param.name for param in self.params)

    @property
    def key(self) -> Hashable:
        """Equal for patterns that differ at most in the names of their parameters."""
        return tuple([segment.key for segment in self.segments])

    @property
    def specificity(self) -> tuple[tuple[int, int, int], ...]:
        """Sort patterns by it to have the most specific first."""
        ranks = [segment.specificity for segment in self.segments]
        spans = any(rank[0] == Rank.PATH for rank in ranks)
        return *ranks, _END_WITH_PATH if spans else _END

    def build(self, values: Mapping[str, Any]) -> str:
        """Give the name that matches with these values.

        A value may also be given as its canonical text.

        Raises:
            BuildError: If a value is missing, not expected or has no text that
                matches.
        """
        problems = self._differences(values)
        parts: list[str] = []
        for segment in self.segments:
            parts.append(segment.before)
            if segment.param is not None and segment.param.name in values:
                value = values[segment.param.name]
                text = segment.param.converter.to_text(value)
                if text is None:
                    problems.append(_unfit(segment.param, value))
                parts[-1] += f"{text}{segment.after}"
        name = "/" + "/".join(parts)
        if not problems and len(name) > MAX_NAME_LENGTH:
            problems = [f"the name has more than {MAX_NAME_LENGTH} characters"]
        if problems:
            raise BuildError(f"cannot build {self.text!r}: {'; '.join(problems)}")
        return name

    def _differences(self, values: Mapping[str, Any]) -> list[str]:
        names = [param.name for param in self.params]
        missing = [name for name in names if name not in values]
        problems = [f"{name!r} is missing" for name in missing]
        for name in values:
            if name not in names:
                expected = ", ".join(names) or "none"
                hint = nearest(name, missing or names) or f"expected {expected}"
                problems.append(f"{name!r} is no parameter ({hint})")
        return problems

    def match(self, text: str) -> dict[str, Any] | None:
        """Give the values of a name, None if it does not match."""
        if not text.startswith("/") or len(text) > MAX_NAME_LENGTH:
            return None
        parts = text[1:].split("/")
        spanned = 1 + len(parts) - len(self.segments)
        values: dict[str, Any] = {}
        for segment in self.segments:
            count = spanned if segment.spans else 1
            if len(parts) < count or count < 1:
                return None
            part, parts = "/".join(parts[:count]), parts[count:]
            value = segment.read(part)
            if value is MISS:
                return None
            if segment.param is not None:
                values[segment.param.name] = value
        return None if parts else values


def _unfit(param: Param, value: object) -> str:
    try:
        shown = reprlib.repr(value)
    except ValueError:  # an int with more digits than Python writes
        shown = f"an {type(value).__name__} that is too long"
    return f"{param.name!r} is {shown}, which is not {param.converter.expects()}"
