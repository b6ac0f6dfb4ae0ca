"""Converters: Werkzeug's classes under the canonical rule, and what makes them.

A text matches only if building its value gives the same text, so that one value has
one name: `42` is an int, `042`, `+42` and `٤٢` are not.
"""

from __future__ import annotations

import enum
import inspect
import re
from collections.abc import Callable, Hashable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, Final, cast
from urllib.parse import unquote

from werkzeug.routing import (
    AnyConverter,
    BaseConverter,
    FloatConverter,
    IntegerConverter,
    Map,
    PathConverter,
    UnicodeConverter,
    UUIDConverter,
)

from nsroute.errors import RouteError, nearest

# A comma ends the namespace in a packet, `?` begins a query that is thrown away;
# control characters and lone surrogates do not survive every client and transport.
_FORBIDDEN: Final = r",?\x00-\x1f\x7f-\x9f\ud800-\udfff"
FORBIDDEN: Final = re.compile(f"[{_FORBIDDEN}]")
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


_ARGUMENT = re.compile(
    r"""
    \s* (?:(?P<name>\w+)\s*=\s*)?
    (?: (?P<quoted>"[^"]*"|'[^']*') | (?P<bare>[\w.+-]+) )
    \s* (?:,|$)
    """,
    re.VERBOSE,
)
_EXPECTED: Final = "expected a class derived from werkzeug.routing.BaseConverter"
_CONSTANTS: Final = {"None": None, "True": True, "False": False}


class Rank(enum.IntEnum):
    """What stands in a segment, the most specific first."""

    LITERAL = 0
    ANY = 1
    TYPED = 2
    STRING = 3
    PATH = 4


_RANKS: dict[type, Rank] = {AnyConverter: Rank.ANY, UnicodeConverter: Rank.STRING}


class Converter:
    """A converter of Werkzeug's kind, as one spelling in a pattern configures it."""

    def __init__(
        self, name: str, wrapped: BaseConverter, arguments: Mapping[str, Any]
    ) -> None:
        self.name = name
        self.wrapped = wrapped
        self.arguments = arguments
        self.is_custom: bool = type(wrapped) not in BUILT_IN
        # A subclass of Werkzeug's own is typed.
        rank = Rank.TYPED if wrapped.part_isolating else Rank.PATH
        self.rank: Rank = _RANKS.get(type(wrapped), rank)
        # By repr, because 1, 1.0 and True are equal but are not the same argument.
        given = [(name, repr(value)) for name, value in arguments.items()]
        is_any = self.rank is Rank.ANY
        words = frozenset(arguments["items"] if is_any else given)
        self.key: Hashable = type(wrapped), words
        # Each argument narrows what it takes, but each word of `any` widens it.
        self.precision: int = -len(words) if is_any else len(words)
        self.write: Callable[[Any], str] = wrapped.to_url
        if type(wrapped) is FloatConverter:
            # 0.0 and -0.0 are one value, and have one text.
            self.write = lambda value: wrapped.to_url(float(value) + 0.0)
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


class ConverterRegistry:
    """Werkzeug's own converters and given ones."""

    def __init__(self, converters: object = None) -> None:
        self.problems: list[RouteError] = []
        # Werkzeug constructs a converter with the map that it belongs to.
        self._map = Map()
        if not isinstance(converters, Mapping | None):
            problem = f"converters are {converters!r}: expected a dict of classes"
            self.problems.append(RouteError(problem))
            return
        for name, found in cast("Mapping[str, object]", converters or {}).items():
            if isinstance(found, type) and issubclass(found, BaseConverter):
                self._map.converters[name] = found
            else:
                problem = f"the converter {name!r} is {found!r}: {_EXPECTED}"
                self.problems.append(RouteError(problem))

    def knows(self, name: str) -> bool:
        """Return whether there is a converter of a name."""
        return name in self._map.converters

    def make(self, name: str, spelled: str = "") -> Converter:
        """Return the converter of a name with the arguments spelled in a text."""
        known = self._map.converters
        if name not in known:
            names = ", ".join(sorted(known.keys() - {"default"}))
            hint = nearest(name, known) or f"known are {names}"
            raise RouteError(f"unknown converter {name!r}", hint=hint)
        found = known[name]
        name = "string" if name == "default" else name
        args, kwargs = _parse_arguments(spelled)
        make = partial(found, self._map)
        try:
            arguments = inspect.signature(make).bind(*args, **kwargs).arguments
            if found in BUILT_IN:
                _check(found, arguments)
            return Converter(name, make(*args, **kwargs), arguments)
        except Exception as error:
            cause = f"{type(error).__name__}: {error}"
            raise RouteError(f"cannot make the converter {name!r}: {cause}") from error


def _parse_arguments(text: str) -> tuple[list[object], dict[str, object]]:
    """Read `2, 'a b', max=9, signed=True` as Flask does, and negative numbers, too."""
    args: list[object] = []
    kwargs: dict[str, object] = {}
    while text := text.strip():
        found = _ARGUMENT.match(text)
        if found is None:
            raise RouteError(f"cannot read the argument {text!r}")
        if found["name"] is None:
            args.append(_value(found))
        else:
            kwargs[found["name"]] = _value(found)
        text = text[found.end() :]
    return args, kwargs


def _value(found: re.Match[str]) -> object:
    if found["quoted"] is not None:
        return found["quoted"][1:-1]
    for convert in (_CONSTANTS.__getitem__, int, float):
        with suppress(KeyError, ValueError):
            return convert(found["bare"])
    return found["bare"]


def _check(converter: type[BaseConverter], arguments: Mapping[str, Any]) -> None:
    """Refuse arguments with which one of Werkzeug's own would take nothing."""
    if converter is AnyConverter:
        words = arguments.get("items", ())
        fit = [isinstance(one, str) and re.fullmatch(SEGMENT, one) for one in words]
        if not (fit and all(fit)):
            raise ValueError(f"expected words of one segment, got {words!r}")
        return
    number = float if converter is FloatConverter else int
    for name, value in arguments.items():
        allowed = (bool,) if name == "signed" else (number, int, type(None))
        if type(value) not in allowed:
            raise ValueError(f"{name!r} cannot be {value!r}")
