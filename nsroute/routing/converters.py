"""Converters: Werkzeug's classes under the canonical rule.

A text matches only if building its value gives the same text, so that one value has
one name: `42` is an int, `042`, `+42` and `٤٢` are not.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Hashable, Mapping
from typing import Any, Final
from urllib.parse import unquote

from werkzeug.routing import (
    AnyConverter,
    BaseConverter,
    FloatConverter,
    IntegerConverter,
    PathConverter,
    UnicodeConverter,
    UUIDConverter,
)

# A comma ends the namespace in a packet, `?` begins a query that is thrown away;
# control characters and lone surrogates do not survive every client and transport.
_FORBIDDEN: Final = r",?\x00-\x1f\x7f-\x9f\ud800-\udfff"
FORBIDDEN: Final = re.compile(f"[{_FORBIDDEN}]")
"""A character that no namespace can have."""
SEGMENT: Final = f"[^/{_FORBIDDEN}]+"
_PATH: Final = f"{SEGMENT}(?:/{SEGMENT})*"
_WITHOUT: Final = "without ',', '?' and control characters"

NO_MATCH: Final = object()
"""What `to_python` returns for a text that does not match."""

# Their values are texts, so that the canonical rule holds by itself.
_TEXT: Final = (UnicodeConverter, AnyConverter, PathConverter)
# What they write can always stand in a name.
_ASCII: Final = (IntegerConverter, FloatConverter, UUIDConverter)
BUILT_IN: Final = (*_TEXT, *_ASCII)
"""Werkzeug's own classes; a subclass of one is custom."""


class Rank(enum.IntEnum):
    """What stands in a segment, the most specific first."""

    LITERAL = 0
    ANY = 1
    TYPED = 2
    STRING = 3
    PATH = 4


class Converter:
    """A converter of Werkzeug's kind, as one spelling in a pattern configures it."""

    def __init__(
        self, name: str, wrapped: BaseConverter, arguments: Mapping[str, Any]
    ) -> None:
        self.name = name
        self.wrapped = wrapped
        self.arguments = arguments
        self.is_custom: bool = type(wrapped) not in BUILT_IN
        self.rank: Rank = _rank_of(wrapped)
        # By repr, because 1, 1.0 and True are equal but are not the same argument.
        given = [(name, repr(value)) for name, value in arguments.items()]
        is_any = self.rank is Rank.ANY
        words = frozenset(arguments["items"] if is_any else given)
        self.key: Hashable = type(wrapped), words
        # Each argument narrows what it takes, but each word of `any` widens it.
        self.precision: int = -len(words) if is_any else len(words)
        self.write: Callable[[Any], str] = _writer(wrapped)
        self.to_python: Callable[[str], Any] = _reader(self)

    def expects(self) -> str:
        """Return what it takes, in words that follow `is not`."""
        if self.is_custom:
            return f"what {type(self.wrapped).__qualname__} takes"
        arguments = self.arguments
        match self.wrapped:
            case AnyConverter():
                return f"one of {', '.join(map(repr, arguments['items']))}"
            case PathConverter():
                return f"segments of text {_WITHOUT}"
            case UnicodeConverter():
                found = lengths(arguments)
                length = "" if found == (1, None) else f", of length{_between(*found)}"
                return f"text of one segment {_WITHOUT}{length}"
            case IntegerConverter():
                digits = arguments.get("fixed_digits")
                count = f" of {digits} digits" if digits else ""
                return f"a whole number{count}{_between(*limits(arguments))}"
            case FloatConverter():
                return f"a decimal number{_between(*limits(arguments))}"
            case _:
                return "a UUID"

    def to_text(self, value: object) -> str | None:
        """Return the one text of a value, None if there is none.

        A converter of Werkzeug's own also takes the canonical text of a value.
        """
        try:
            if isinstance(value, str) and not self.is_custom:
                text = str.__str__(value)
                return None if self.to_python(text) is NO_MATCH else text
            text = unquote(self.write(value))
            found = self.to_python(text)
        except Exception:  # noqa: BLE001 - the class may raise whatever it likes
            return None
        # A number is not cut to the nearest that has a text, and True is no number.
        same = self.is_custom or (found == value and not isinstance(value, bool))
        return text if same and found is not NO_MATCH else None


def _rank_of(wrapped: BaseConverter) -> Rank:
    # A subclass of Werkzeug's own is typed.
    if type(wrapped) is AnyConverter:
        return Rank.ANY
    if type(wrapped) is UnicodeConverter:
        return Rank.STRING
    return Rank.TYPED if wrapped.part_isolating else Rank.PATH


def _writer(wrapped: BaseConverter) -> Callable[[Any], str]:
    if type(wrapped) is FloatConverter:
        # 0.0 and -0.0 are one value, and have one text.
        return lambda value: wrapped.to_url(float(value) + 0.0)
    return wrapped.to_url


def _reader(converter: Converter) -> Callable[[str], Any]:
    wrapped, write = converter.wrapped, converter.write
    regex = f"(?:{wrapped.regex})"
    if type(wrapped) not in _ASCII:
        allowed = _PATH if converter.rank is Rank.PATH else SEGMENT
        regex = rf"(?={allowed}\Z){regex}"
    fits = re.compile(regex).fullmatch
    if type(wrapped) in _TEXT:
        return lambda text: NO_MATCH if fits(text) is None else text
    read = wrapped.to_python

    def to_python(text: str) -> Any:
        try:
            if fits(text) is None:
                return NO_MATCH
            value = read(text)
            written = write(value)
            if "%" in written:
                # Werkzeug's classes percent-encode for URLs; a namespace is raw text.
                written = unquote(written)
        except Exception:  # noqa: BLE001 - the class may raise whatever it likes
            return NO_MATCH
        return value if written == text else NO_MATCH

    return to_python


def limits(arguments: Mapping[str, Any]) -> tuple[float | None, float | None]:
    """Return the least and the greatest number that `int` and `float` take."""
    low = arguments.get("min")
    if not arguments.get("signed"):
        low = max(low or 0, 0)
    return low, arguments.get("max")


def lengths(arguments: Mapping[str, Any]) -> tuple[int, int | None]:
    """Return the least and the greatest length of the text that `string` takes."""
    exact = arguments.get("length")
    low, high = arguments.get("minlength", 1), arguments.get("maxlength")
    return exact or low, exact or high


def _between(low: float | None, high: float | None) -> str:
    at_least = "" if low is None else f" from {low}"
    return at_least if high is None else f"{at_least} to {high}"
