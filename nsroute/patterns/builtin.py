"""The built-in converters: string, path, any, int, float and uuid.

Their names, arguments and defaults are Werkzeug's; what they take is only the one
canonical spelling of each value.
"""

from __future__ import annotations

import operator
import re
import uuid
from collections.abc import Hashable
from typing import Any, ClassVar

import attrs

from nsroute.patterns.converters import (
    CHARACTER,
    MAX_NAME_LENGTH,
    MISS,
    Accepts,
    Converter,
    Parameters,
    Rank,
    is_path,
    is_segment,
)

__all__ = [
    "AnyConverter",
    "FloatConverter",
    "IntConverter",
    "PathConverter",
    "StringConverter",
    "UUIDConverter",
]

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}").fullmatch


def _between(what: str, low: object, high: object) -> str:
    at_least = "" if low is None else f" from {low}"
    at_most = "" if high is None else f" to {high}"
    return f"{what}{at_least}{at_most}"


def _is_empty(low: float | None, high: float | None) -> bool:
    return low is not None and high is not None and low > high


@attrs.frozen(eq=False)
class StringConverter(Converter):
    """Any text of one segment; the default."""

    minlength: int = 1
    maxlength: int | None = None
    length: int | None = None
    _taken: Accepts = attrs.field(
        init=False, default=attrs.Factory(lambda self: self._compile(), takes_self=True)
    )

    parameters: ClassVar[Parameters] = {
        "minlength": (int,),
        "maxlength": (int,),
        "length": (int,),
    }
    rank: Rank = attrs.field(init=False, default=Rank.STRING)

    def _compile(self) -> Accepts:
        if self.fault():
            return is_segment
        low, high = self._limits
        limit = MAX_NAME_LENGTH if high is None else min(high, MAX_NAME_LENGTH)
        if low > limit:
            return re.compile(r"(?!)").fullmatch
        return re.compile(f"{CHARACTER}{{{low},{limit}}}").fullmatch

    @property
    def _limits(self) -> tuple[int, int | None]:
        if self.length is not None:
            return self.length, self.length
        return self.minlength, self.maxlength

    def expects(self) -> str:
        """Say how long the text is and what it cannot hold."""
        low, high = self._limits
        count = str(low) if low == high else _between("", low, high)[1:]
        return (
            f"text of length {count} without '/', ',', '?' and control characters"
            if (low, high) != (1, None)
            else "text of one segment without ',', '?' and control characters"
        )

    def fault(self) -> str | None:
        """Refuse lengths that no text has."""
        low, high = self._limits
        if low < 1:
            return "the shortest text has one character"
        if _is_empty(low, high):
            return "minlength is greater than maxlength"
        return None

    def to_python(self, text: str) -> Any:
        """Take a text of the right length that can travel."""
        return MISS if self._taken(text) is None else text


@attrs.frozen(eq=False)
class PathConverter(Converter):
    """One or more segments, none of them empty."""

    rank: Rank = attrs.field(init=False, default=Rank.PATH)

    def expects(self) -> str:
        """Name it."""
        return "segments of text without ',', '?' and control characters"

    def to_python(self, text: str) -> Any:
        """Take segments that can travel."""
        return MISS if is_path(text) is None else text


@attrs.frozen(eq=False)
class AnyConverter(Converter):
    """One of the words that are its arguments."""

    rank: Rank = attrs.field(init=False, default=Rank.ANY)
    _words: frozenset[object] = attrs.field(
        init=False,
        default=attrs.Factory(lambda self: frozenset(self.args), takes_self=True),
    )

    @property
    def precision(self) -> int:
        """Count fewer words as narrower: each word that is added takes more."""
        return -len(self._words)

    def _key(self) -> Hashable:
        return type(self), frozenset(self.args)  # in whatever order

    def expects(self) -> str:
        """List the words."""
        return f"one of {', '.join(repr(word) for word in self.args)}"

    def fault(self) -> str | None:
        """Refuse words that cannot be a segment."""
        for word in self.args:
            if not isinstance(word, str):
                return f'{word!r} is no word: write "{word}" in quotes'
            if is_segment(word) is None:
                return f"{word!r} cannot be in a segment of a namespace"
        return None if self.args else "expected at least one word"

    def to_python(self, text: str) -> Any:
        """Take one of the words."""
        return text if text in self._words else MISS


@attrs.frozen(eq=False)
class IntConverter(Converter):
    """A whole number in ASCII digits, without leading zeros."""

    fixed_digits: int = 0
    min: int | None = None
    max: int | None = None
    signed: bool = False
    _taken: Accepts = attrs.field(
        init=False, default=attrs.Factory(lambda self: self._compile(), takes_self=True)
    )

    parameters: ClassVar[Parameters] = {
        "fixed_digits": (int,),
        "min": (int, type(None)),
        "max": (int, type(None)),
        "signed": (bool,),
    }

    def _compile(self) -> Accepts:
        count = self.fixed_digits
        if not 0 < count <= MAX_NAME_LENGTH:
            sign = "-?" if self.signed else ""
            return re.compile(f"0|{sign}[1-9][0-9]{{0,{MAX_NAME_LENGTH}}}").fullmatch
        negative = f"|-(?!0*$)[0-9]{{{count - 1}}}" if self.signed else ""
        return re.compile(f"[0-9]{{{count}}}{negative}").fullmatch

    @property
    def _low(self) -> int | None:
        if self.signed:
            return self.min
        return 0 if self.min is None else max(self.min, 0)

    def expects(self) -> str:
        """Say the limits and the digits."""
        digits = f" of {self.fixed_digits} digits" if self.fixed_digits else ""
        return _between(f"a whole number{digits}", self._low, self.max)

    def fault(self) -> str | None:
        """Refuse limits that no number keeps."""
        if not 0 <= self.fixed_digits <= MAX_NAME_LENGTH:
            return f"fixed_digits is not from 0 to {MAX_NAME_LENGTH}"
        if _is_empty(self._low, self.max):
            return f"no number is from {self._low} to {self.max}"
        return None

    def to_python(self, text: str) -> Any:
        """Take a canonical number within the limits."""
        if self._taken(text) is None:
            return MISS
        try:
            value = int(text)
        except ValueError:  # the interpreter's limit of digits can be set lower
            return MISS
        if self.min is not None and value < self.min:
            return MISS
        return MISS if self.max is not None and value > self.max else value

    def spell(self, value: object) -> str | None:
        """Write a whole number, which a bool is not."""
        if isinstance(value, bool):
            return None
        try:
            return str(operator.index(value)).zfill(self.fixed_digits)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            return None


@attrs.frozen(eq=False)
class FloatConverter(Converter):
    """A decimal number as Python writes it, without an exponent."""

    min: float | None = None
    max: float | None = None
    signed: bool = False
    _taken: Accepts = attrs.field(
        init=False, default=attrs.Factory(lambda self: self._compile(), takes_self=True)
    )

    parameters: ClassVar[Parameters] = {
        "min": (int, float, type(None)),
        "max": (int, float, type(None)),
        "signed": (bool,),
    }

    def _compile(self) -> Accepts:
        sign = "(?!-0*\\.0*$)-?" if self.signed else ""
        return re.compile(f"{sign}[0-9]+\\.[0-9]+").fullmatch

    @property
    def _low(self) -> float | None:
        if self.signed:
            return self.min
        return 0.0 if self.min is None else max(self.min, 0.0)

    def expects(self) -> str:
        """Say the limits."""
        return _between("a decimal number", self._low, self.max)

    def fault(self) -> str | None:
        """Refuse limits that no number keeps."""
        if _is_empty(self._low, self.max):
            return f"no number is from {self._low} to {self.max}"
        return None

    def to_python(self, text: str) -> Any:
        """Take a canonical number within the limits."""
        if self._taken(text) is None:
            return MISS
        value = float(text)
        if repr(value) != text or (self.min is not None and value < self.min):
            return MISS
        return MISS if self.max is not None and value > self.max else value

    def spell(self, value: object) -> str | None:
        """Write a number that a float holds exactly, which a bool is not."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        try:
            held = float(value) + 0.0  # -0.0 and 0.0 are one value
        except OverflowError:
            return None
        return repr(held) if held == value else None


@attrs.frozen(eq=False)
class UUIDConverter(Converter):
    """A UUID in lower case with hyphens."""

    def expects(self) -> str:
        """Name it."""
        return "a UUID"

    def to_python(self, text: str) -> Any:
        """Take a canonical UUID."""
        return MISS if _UUID(text) is None else uuid.UUID(text)

    def spell(self, value: object) -> str | None:
        """Write a UUID."""
        return str(value) if isinstance(value, uuid.UUID) else None
