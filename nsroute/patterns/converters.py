"""Converters: the text of one parameter <-> its value, in one spelling only.

A text is taken only if it is the canonical spelling of its value, so that one value
has one name: `42` is an int, `042`, `+42` and `٤٢` are not. `to_python` gives `MISS`
for a text that is not taken and never raises; `to_text` gives None for a value that
has no text.
"""

from __future__ import annotations

import enum
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Final, Literal
from urllib.parse import unquote

import attrs
from werkzeug.routing import BaseConverter

__all__ = [
    "CHARACTER",
    "MAX_NAME_LENGTH",
    "MISS",
    "UNTRAVELLED",
    "Accepts",
    "Converter",
    "CustomConverter",
    "Parameters",
    "Rank",
    "is_path",
    "is_segment",
    "spelled",
]

MAX_NAME_LENGTH: Final = 1000
"""Characters of the longest name that can match anything."""

# A comma ends the namespace in a packet, `?` begins a query that is thrown away;
# control characters and lone surrogates do not survive every client and transport.
_UNTRAVELLED = r",?\x00-\x1f\x7f-\x9f\ud800-\udfff"
UNTRAVELLED: Final = re.compile(f"[{_UNTRAVELLED}]")
"""A character that cannot travel in the namespace of a packet."""
CHARACTER: Final = f"[^/{_UNTRAVELLED}]"
is_segment: Final = re.compile(f"{CHARACTER}+").fullmatch
is_path: Final = re.compile(f"{CHARACTER}+(?:/{CHARACTER}+)*").fullmatch
_NOTHING: Final[Mapping[str, object]] = MappingProxyType({})


Accepts = Callable[[str], object]
"""Gives None for a text that is refused."""
Parameters = Mapping[str, tuple[type, ...]]
"""Names of arguments, and the types that each may have."""


class Missed(enum.Enum):
    """The type of `MISS`, which no value of a converter can be."""

    MISS = "miss"


MISS: Final[Literal[Missed.MISS]] = Missed.MISS
"""What `Converter.to_python` gives for a text that it does not take."""


class Rank(enum.IntEnum):
    """What stands in a segment, the most specific first."""

    LITERAL = 0
    ANY = 1
    TYPED = 2
    STRING = 3
    PATH = 4


@attrs.frozen(eq=False)
class Converter(ABC):
    """Text to value and back, as one spelling in a pattern configures it."""

    name: str
    """The name that the pattern uses for it, such as `int`."""
    args: tuple[object, ...] = ()
    """Its positional arguments; of a built-in converter only `any` has some."""
    kwargs: Mapping[str, object] = _NOTHING
    """Its arguments by name, as the pattern gives them."""

    rank: Rank = attrs.field(init=False, default=Rank.TYPED)
    """What it counts as where patterns compete."""
    key: Hashable = attrs.field(
        init=False, default=attrs.Factory(lambda self: self._key(), takes_self=True)
    )
    """Equal for two converters of one kind that have the same arguments."""

    parameters: ClassVar[Parameters] = MappingProxyType({})
    """The arguments that it takes, in their order, and the types of each."""

    @abstractmethod
    def expects(self) -> str:
        """Say what it takes, in words that follow `is not`."""

    @property
    def precision(self) -> int:
        """How narrow its arguments make it; higher is tried first."""
        return len(self.args) + len(self.kwargs)

    def _key(self) -> Hashable:
        return type(self), spelled(self.kwargs)

    def fault(self) -> str | None:
        """Say why its arguments do not go together, if they do not."""
        return None

    @abstractmethod
    def to_python(self, text: str) -> Any:
        """Give the value of a canonical text, `MISS` for any other text."""

    def to_text(self, value: object) -> str | None:
        """Give the one text of a value (or of its canonical text), or None."""
        text = str.__str__(value) if isinstance(value, str) else self.spell(value)
        return None if text is None or self.to_python(text) is MISS else text

    def spell(self, value: object) -> str | None:
        """Write a value that is no text; it need not be one that is taken."""
        return None


def spelled(kwargs: Mapping[str, object]) -> Hashable:
    """Give what two equal spellings of arguments have in common."""
    # By repr, because 1, 1.0 and True are equal but are not the same argument.
    return tuple(sorted((name, repr(value)) for name, value in kwargs.items()))


@attrs.frozen(eq=False)
class CustomConverter(Converter):
    """A converter of Werkzeug's kind; what it raises means that it does not take."""

    wrapped: BaseConverter = attrs.field(kw_only=True)
    rank: Rank = attrs.field(
        init=False, default=attrs.Factory(lambda self: self._rank(), takes_self=True)
    )
    key: Hashable = attrs.field(
        init=False, default=attrs.Factory(lambda self: self._key(), takes_self=True)
    )
    _taken: Accepts = attrs.field(
        init=False, default=attrs.Factory(lambda self: self._compile(), takes_self=True)
    )

    def _rank(self) -> Rank:
        # Werkzeug before 2.2 does not say whether a converter keeps to its segment.
        slashes = "/" in self.wrapped.regex
        isolated = getattr(self.wrapped, "part_isolating", not slashes)
        return Rank.TYPED if isolated else Rank.PATH

    def _compile(self) -> Accepts:
        return re.compile(self.wrapped.regex).fullmatch

    def _key(self) -> Hashable:
        return type(self.wrapped), repr(self.args), spelled(self.kwargs)

    def expects(self) -> str:
        """Name the class, which alone knows."""
        return f"what {type(self.wrapped).__qualname__} takes"

    def to_python(self, text: str) -> Any:
        """Take what the class takes, if it writes the value as the same text."""
        admits = is_path if self.rank is Rank.PATH else is_segment
        try:
            if admits(text) is None or self._taken(text) is None:
                return MISS
            value = self.wrapped.to_python(text)
            # Werkzeug's classes percent-encode for URLs; a namespace is raw text.
            return value if unquote(self.wrapped.to_url(value)) == text else MISS
        except Exception:  # noqa: BLE001 - the class may raise whatever it likes
            return MISS

    def to_text(self, value: object) -> str | None:
        """Give what the class writes, if it takes that back."""
        try:
            text = unquote(self.wrapped.to_url(value))
        except Exception:  # noqa: BLE001 - the class may raise whatever it likes
            return None
        return None if self.to_python(text) is MISS else text
