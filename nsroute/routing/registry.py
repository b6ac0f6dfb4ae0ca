"""The registry: the converters that patterns can name, made from what they spell."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Any, Final, cast

from werkzeug.routing import AnyConverter, BaseConverter, FloatConverter, Map

from nsroute.errors import RouteError, nearest
from nsroute.routing.converters import BUILT_IN, SEGMENT, Converter

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
    position = 0
    while text[position:].strip():
        found = _ARGUMENT.match(text, position)
        if found is None:
            raise RouteError(f"cannot read the argument {text[position:].strip()!r}")
        if found["name"] is None:
            args.append(_value(found))
        else:
            kwargs[found["name"]] = _value(found)
        position = found.end()
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
