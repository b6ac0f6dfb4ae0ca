"""Segments: what stands between the slashes of a pattern."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import attrs

from nsroute.routing.converters import NO_MATCH, Converter
from nsroute.routing.specificity import LITERAL, Rank, Specificity


@attrs.frozen
class Parameter:
    """A parameter of a pattern."""

    name: str
    """The name under which handlers get its value."""
    converter: Converter
    """The converter of its text."""


@attrs.frozen(eq=False)
class Segment:
    """Text, or a parameter with text around it."""

    before: str
    """The literal text before the parameter; all of it, if there is none."""
    param: Parameter | None = None
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
    def specificity(self) -> Specificity:
        """Sort segments by it to have the most specific first."""
        if self.param is None:
            return LITERAL
        converter = self.param.converter
        literal = len(self.before) + len(self.after)
        return converter.rank, -literal, -converter.precision

    @property
    def is_path(self) -> bool:
        """Whether it can match several segments of a name."""
        return self.param is not None and self.param.converter.rank is Rank.PATH

    def read(self, text: str) -> Any:
        """Return the value of its parameter in a text, `NO_MATCH` for other texts.

        The value of literal text is None.
        """
        if self.param is None:
            return None if text == self.before else NO_MATCH
        if not (text.startswith(self.before) and text.endswith(self.after)):
            return NO_MATCH
        inner = text[len(self.before) : len(text) - len(self.after)]
        return self.param.converter.to_python(inner)
