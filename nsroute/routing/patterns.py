"""Patterns: text like `/rooms/<int:room_id>` <-> the values of its parameters."""

from __future__ import annotations

import reprlib
from collections.abc import Hashable, Mapping
from functools import cached_property
from typing import Any

import attrs
from werkzeug.routing import BaseConverter

from nsroute.errors import BuildError, RouteError, raise_together
from nsroute.routing.converters import Rank
from nsroute.routing.matcher import MAX_NAME_LENGTH, Matcher
from nsroute.routing.segments import Parameter, Segment, SegmentParser


# Without slots, so that the names can be cached.
@attrs.frozen(eq=False, slots=False)
class Pattern:
    """A compiled pattern; `Pattern.parse` makes one."""

    text: str
    segments: tuple[Segment, ...]
    """What stands between its slashes; of `/`, one empty segment."""

    @classmethod
    def parse(
        cls, text: str, converters: Mapping[str, type[BaseConverter]] | None = None
    ) -> Pattern:
        """Compile a pattern in Flask's syntax; raise all that is wrong together."""
        parser = SegmentParser(converters)
        pattern, problems = cls.parse_with(parser, text)
        problems = [*parser.problems, *problems, *pattern.problems()]
        raise_together(f"The pattern {text!r} is wrong.", problems)
        return pattern

    @classmethod
    def parse_with(
        cls, parser: SegmentParser, text: object
    ) -> tuple[Pattern, list[RouteError]]:
        """Compile a pattern as far as possible; return what is misspelled, too."""
        if not isinstance(text, str):
            shown = reprlib.repr(text)
            return cls(shown, ()), [RouteError("a pattern is text", pattern=shown)]
        segments, problems = parser.parse(text)
        return cls(text, segments), problems

    def under(self, prefix: Pattern) -> Pattern:
        """Return this pattern behind a prefix; `problems` says whether they fit."""
        if prefix.text == "/":
            return self
        if self.text == "/":
            return prefix
        return Pattern(prefix.text + self.text, prefix.segments + self.segments)

    def problems(self) -> list[RouteError]:
        """Find what is wrong with the pattern as a whole."""
        names = [param.name for param in self.params]
        found = [
            f"the parameter {name!r} stands in it more than once"
            for name in dict.fromkeys(names)
            if names.count(name) > 1
        ]
        if sum(segment.is_path for segment in self.segments) > 1:
            found.append("it has more than one path: a name could match in many ways")
        literal = sum(1 + len(one.before) + len(one.after) for one in self.segments)
        if literal > MAX_NAME_LENGTH:
            found.append(f"names have at most {MAX_NAME_LENGTH} characters")
        return [RouteError(problem, pattern=self.text) for problem in found]

    @property
    def params(self) -> tuple[Parameter, ...]:
        """Its parameters in their order."""
        return tuple([part.param for part in self.segments if part.param is not None])

    @cached_property
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
        # Of two patterns with the same path, the longer is first.
        end = len(Rank) if any(one.is_path for one in self.segments) else -1
        return *(segment.specificity for segment in self.segments), (end, 0, 0)

    def build(self, values: Mapping[str, Any]) -> str:
        """Return the name that matches with these values, or with their texts."""
        problems: list[str] = []
        if set(values) != set(self.names):
            expected = ", ".join(param.name for param in self.params) or "none"
            given = ", ".join(values) or "none"
            problems.append(f"expected the parameters {expected}, got {given}")
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
        if len(name) > MAX_NAME_LENGTH:
            problems.append(f"the name has more than {MAX_NAME_LENGTH} characters")
        if problems:
            raise BuildError(f"cannot build {self.text!r}: {'; '.join(problems)}")
        return name

    def match(self, text: str) -> dict[str, Any] | None:
        """Return the values of a name, None if it does not match."""
        found = Matcher([(self.segments, self)]).find(text)
        return None if found is None else dict(found[1])


def _unfit(param: Parameter, value: object) -> str:
    shown = _Repr().repr(value)
    return f"{param.name!r} is {shown}, which is not {param.converter.expects()}"


class _Repr(reprlib.Repr):
    """Shows ints with more digits than Python writes: before 3.14 it raises."""

    def repr_int(self, x: int, level: int) -> str:
        """Return the digits, or that there are too many."""
        # Python can be told to write no more than 640.
        return (
            "an int that is too long"
            if abs(x) > 10**600
            else super().repr_int(x, level)
        )
