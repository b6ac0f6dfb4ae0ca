"""Arguments of converters, as patterns spell them: `2, 'a b', max=9, signed=True`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from werkzeug.routing import (
    AnyConverter,
    BaseConverter,
    FloatConverter,
    IntegerConverter,
    PathConverter,
    UnicodeConverter,
)

from nsroute.errors import RouteError
from nsroute.routing.names import SEGMENT

_ARGUMENT = re.compile(
    r"""
    \s* (?:(?P<name>\w+)\s*=\s*)?
    (?: (?P<quoted>"[^"]*"|'[^']*') | (?P<bare>[\w.+-]+) )
    \s* (?:,|$)
    """,
    re.VERBOSE,
)
_LEAST: Final = {"fixed_digits": 0, "length": 1, "maxlength": 1, "minlength": 1}
_CONSTANTS: Final = {"None": None, "True": True, "False": False}


def parse_arguments(text: str) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Read the arguments of a converter as Flask does, and negative numbers, too."""
    args: list[object] = []
    kwargs: dict[str, object] = {}
    position = 0
    while text[position:].strip():
        found = _ARGUMENT.match(text, position)
        if found is None:
            raise RouteError(f"cannot read the argument {text[position:].strip()!r}")
        name, value = found["name"], _value(found)
        if name is None and kwargs:
            raise RouteError(f"the argument {value!r} has no name but follows one")
        if name in kwargs:
            raise RouteError(f"the argument {name!r} is given twice")
        if name is None:
            args.append(value)
        else:
            kwargs[name] = value
        position = found.end()
    return tuple(args), kwargs


def _value(found: re.Match[str]) -> object:
    if found["quoted"] is not None:
        return found["quoted"][1:-1]
    bare = found["bare"]
    if bare in _CONSTANTS:
        return _CONSTANTS[bare]
    for convert in (int, float):
        with suppress(ValueError):
            return convert(bare)
    return bare


def limits(arguments: Mapping[str, Any]) -> tuple[float | None, float | None]:
    """Return the least and the greatest number that `int` and `float` take."""
    low = arguments.get("min")
    if not arguments.get("signed"):
        low = max(low or 0, 0)
    return low, arguments.get("max")


def lengths(arguments: Mapping[str, Any]) -> tuple[int, int | None]:
    """Return the least and the greatest length of the text that `string` takes."""
    exact = arguments.get("length")
    return (
        exact or arguments.get("minlength", 1),
        exact or arguments.get("maxlength"),
    )


def problem_of(
    converter: type[BaseConverter], arguments: Mapping[str, Any]
) -> str | None:
    """Return why one of Werkzeug's own takes nothing with these arguments."""
    if issubclass(converter, AnyConverter):
        return _wrong_word(arguments.get("items", ()))
    number = float if issubclass(converter, FloatConverter) else int
    for name, value in arguments.items():
        if name in ("args", "kwargs"):
            return "it takes none"
        expected = (bool,) if name == "signed" else (number, int, type(None))
        if type(value) not in expected:
            return f"{name!r} is {value!r}: expected {expected[0].__name__}"
        if value is not None and value < _LEAST.get(name, value):
            return f"{name!r} is less than {_LEAST[name]}"
    is_text = issubclass(converter, UnicodeConverter)
    low, high = lengths(arguments) if is_text else limits(arguments)
    if low is not None and high is not None and low > high:
        return f"nothing is from {low} to {high}"
    return None


def _wrong_word(words: tuple[object, ...]) -> str | None:
    for word in words:
        if not isinstance(word, str):
            return f'{word!r} is no word: write "{word}" in quotes'
        if re.fullmatch(SEGMENT, word) is None:
            return f"{word!r} cannot be in a segment of a namespace"
    return None if words else "expected at least one word"


def describe(converter: type[BaseConverter], arguments: Mapping[str, Any]) -> str:
    """Return what one of Werkzeug's own takes, in words that follow `is not`."""
    if issubclass(converter, AnyConverter):
        return f"one of {', '.join(map(repr, arguments['items']))}"
    if issubclass(converter, PathConverter):
        return "segments of text without ',', '?' and control characters"
    if issubclass(converter, IntegerConverter):
        digits = arguments.get("fixed_digits")
        number = f"a whole number of {digits} digits" if digits else "a whole number"
        return f"{number}{_between(*limits(arguments))}"
    if issubclass(converter, FloatConverter):
        return f"a decimal number{_between(*limits(arguments))}"
    if issubclass(converter, UnicodeConverter):
        return f"text of {_length(*lengths(arguments))}"
    return "a UUID"


def _between(low: float | None, high: float | None) -> str:
    at_least = "" if low is None else f" from {low}"
    return at_least if high is None else f"{at_least} to {high}"


def _length(low: int, high: int | None) -> str:
    if (low, high) == (1, None):
        return "one segment without ',', '?' and control characters"
    count = f" {low}" if low == high else _between(low, high)
    return f"length{count} without '/', ',', '?' and control characters"
