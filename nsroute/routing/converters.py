"""Converters: Werkzeug's classes under the canonical rule.

A text matches only if building its value gives the same text, so that one value has
one name: `42` is an int, `042`, `+42` and `٤٢` are not.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Hashable, Mapping
from typing import Any, Final, Literal
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

from nsroute.routing.arguments import describe
from nsroute.routing.names import PATH, SEGMENT
from nsroute.routing.specificity import Rank, precision_of, rank_of


class NoMatch(enum.Enum):
    """The type of `NO_MATCH`, which no value of a converter can be."""

    NO_MATCH = "no match"


NO_MATCH: Final[Literal[NoMatch.NO_MATCH]] = NoMatch.NO_MATCH
"""What `to_python` returns for a text that does not match."""


class CanonicalFloatConverter(FloatConverter):
    """Werkzeug's converter, with one text for 0.0 and -0.0, which are one value."""

    def to_url(self, value: Any) -> str:
        """Return the text of a number."""
        return super().to_url(float(value) + 0.0)


# Their values are texts, so that the canonical rule holds by itself.
_TEXT: Final = (UnicodeConverter, AnyConverter, PathConverter)
# What they write can always stand in a name.
_ASCII: Final = (IntegerConverter, CanonicalFloatConverter, UUIDConverter)
BUILT_IN: Final = (*_TEXT, *_ASCII)
"""Werkzeug's own classes; a subclass of one is custom."""


class Converter:
    """A converter of Werkzeug's kind, as one spelling in a pattern configures it.

    Attributes:
        name: The name that the pattern uses for it, such as `int`.
        wrapped: The object that reads and writes the values.
        arguments: What the pattern gives it, by the parameters of its constructor.
        is_custom: Whether its class is not one of Werkzeug's own.
        rank: Its rank among the converters.
        precision: How much the arguments narrow it; the higher is tried first.
        key: Equal for two converters of one class that have the same arguments.
        to_python: Returns the value of a canonical text, `NO_MATCH` for any other.
    """

    def __init__(
        self, name: str, wrapped: BaseConverter, arguments: Mapping[str, Any]
    ) -> None:
        self.name = name
        self.wrapped = wrapped
        self.arguments = arguments
        self.is_custom: bool = type(wrapped) not in BUILT_IN
        self.rank: Rank = rank_of(wrapped)
        self.precision: int = precision_of(self.rank, arguments)
        # By repr, because 1, 1.0 and True are equal but are not the same argument.
        given = {key: repr(value) for key, value in arguments.items()}
        if self.rank is Rank.ANY:
            given = dict.fromkeys(arguments["items"], "")
        self.key: Hashable = type(wrapped), frozenset(given.items())
        self.to_python: Callable[[str], Any] = _reader(wrapped, self.rank)

    def expects(self) -> str:
        """Return what it takes, in words that follow `is not`."""
        if self.is_custom:
            return f"what {type(self.wrapped).__qualname__} takes"
        return describe(type(self.wrapped), self.arguments)

    def to_text(self, value: object) -> str | None:
        """Return the one text of a value, None if there is none.

        A converter of Werkzeug's own also takes the canonical text of a value.
        """
        try:
            if isinstance(value, str) and not self.is_custom:
                text = value = str.__str__(value)
                found = value if self.to_python(text) is not NO_MATCH else NO_MATCH
            else:
                text = unquote(self.wrapped.to_url(value))
                found = self.to_python(text)
        except Exception:  # noqa: BLE001 - the class may raise whatever it likes
            return None
        # A number is not cut to the nearest that has a text, and True is no number.
        same = self.is_custom or (found == value and not isinstance(value, bool))
        return text if same and found is not NO_MATCH else None


def _reader(wrapped: BaseConverter, rank: Rank) -> Callable[[str], Any]:
    regex = f"(?:{wrapped.regex})"
    if type(wrapped) not in _ASCII:
        regex = rf"(?={PATH if rank is Rank.PATH else SEGMENT}\Z){regex}"
    fits = re.compile(regex).fullmatch
    if type(wrapped) in _TEXT:
        return lambda text: NO_MATCH if fits(text) is None else text
    read, write = wrapped.to_python, wrapped.to_url

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
