"""Patterns: text like `/rooms/<int:room_id>` <-> the values of its parameters.

A name matches only in its canonical spelling, so that the values and the name determine
each other.
"""

from __future__ import annotations

import reprlib
from collections.abc import Hashable, Iterator, Mapping
from typing import Any

import attrs
from werkzeug.routing import BaseConverter

from nsroute.errors import BuildError, RouteError, nearest, raise_together
from nsroute.routing.matcher import Matcher
from nsroute.routing.names import MAX_NAME_LENGTH
from nsroute.routing.parser import SegmentParser
from nsroute.routing.segments import Parameter, Segment
from nsroute.routing.specificity import Specificity, of_pattern


@attrs.frozen(eq=False)
class Pattern:
    """A compiled pattern; `Pattern.parse` makes one."""

    text: str
    """The pattern as it was written."""
    segments: tuple[Segment, ...]
    """What stands between its slashes; of `/`, one empty segment."""
    params: tuple[Parameter, ...] = attrs.field(
        init=False, default=attrs.Factory(lambda self: self._params(), takes_self=True)
    )
    """Its parameters in their order."""

    def _params(self) -> tuple[Parameter, ...]:
        return tuple([part.param for part in self.segments if part.param is not None])

    @classmethod
    def parse(
        cls,
        text: str,
        converters: Mapping[str, type[BaseConverter]] | None = None,
    ) -> Pattern:
        """Compile a pattern in Flask's syntax.

        Args:
            text: The pattern.
            converters: Converter classes of Werkzeug's kind by the name that patterns
                use, besides Werkzeug's own.

        Raises:
            RouteError: If the pattern is wrong in one way.
            ExceptionGroup: Of `RouteError`, if it is wrong in several ways.
        """
        parser = SegmentParser(converters)
        pattern, problems = cls.parse_with(parser, text)
        problems = [*parser.problems, *problems]
        raise_together(f"The pattern {text!r} is wrong.", problems)
        return pattern

    @classmethod
    def parse_with(
        cls, parser: SegmentParser, text: object
    ) -> tuple[Pattern, list[RouteError]]:
        """Compile a pattern as far as possible; return what is wrong with it, too."""
        if not isinstance(text, str):
            shown = reprlib.repr(text)
            return cls(shown, ()), [RouteError("a pattern is text", pattern=shown)]
        segments, problems = parser.parse(text)
        pattern = cls(text, segments)
        return pattern, [*problems, *pattern.problems()]

    def under(self, prefix: Pattern) -> Pattern:
        """Return this pattern behind a prefix; `problems` says whether they fit."""
        if prefix.text == "/":
            return self
        if self.text == "/":
            return prefix
        return Pattern(prefix.text + self.text, prefix.segments + self.segments)

    def problems(self) -> Iterator[RouteError]:
        """Find what is wrong with the pattern as a whole."""
        names = [param.name for param in self.params]
        for name in dict.fromkeys(names):
            if names.count(name) > 1:
                problem = f"the parameter {name!r} stands in it more than once"
                yield RouteError(problem, pattern=self.text)
        if sum(segment.is_path for segment in self.segments) > 1:
            problem = "it has more than one path: a name could match in many ways"
            yield RouteError(problem, pattern=self.text)
        # No parameter is longer in a name's shortest form than in the pattern.
        if len(self.text) > MAX_NAME_LENGTH and self._shortest() > MAX_NAME_LENGTH:
            problem = f"names have at most {MAX_NAME_LENGTH} characters"
            yield RouteError(problem, pattern=self.text)

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
    def specificity(self) -> tuple[Specificity, ...]:
        """Sort patterns by it to have the most specific first."""
        return of_pattern([segment.specificity for segment in self.segments])

    def build(self, values: Mapping[str, Any]) -> str:
        """Return the name that matches with these values.

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
        """Return the values of a name, None if it does not match."""
        found = Matcher([(self.segments, self)]).find(text)
        return None if found is None else dict(found[1])


def _unfit(param: Parameter, value: object) -> str:
    try:
        shown = reprlib.repr(value)
    except ValueError:  # an int with more digits than Python writes
        shown = f"an {type(value).__name__} that is too long"
    return f"{param.name!r} is {shown}, which is not {param.converter.expects()}"
