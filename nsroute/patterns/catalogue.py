"""The catalogue: a converter's name and arguments, as a pattern spells them -> it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, cast

from werkzeug import routing
from werkzeug.routing import BaseConverter

from nsroute.errors import RouteError, nearest
from nsroute.patterns.builtin import (
    AnyConverter,
    FloatConverter,
    IntConverter,
    PathConverter,
    StringConverter,
    UUIDConverter,
)
from nsroute.patterns.converters import Converter, CustomConverter

__all__ = ["Catalogue", "parse_arguments"]

_BUILTINS: Final[Mapping[str, type[Converter]]] = {
    "default": StringConverter,
    "string": StringConverter,
    "any": AnyConverter,
    "path": PathConverter,
    "int": IntConverter,
    "float": FloatConverter,
    "uuid": UUIDConverter,
}
# An app's `url_map.converters` holds Werkzeug's own; they stand for ours.
_OURS: Final[Mapping[type[BaseConverter], type[Converter]]] = {
    routing.UnicodeConverter: StringConverter,
    routing.AnyConverter: AnyConverter,
    routing.PathConverter: PathConverter,
    routing.IntegerConverter: IntConverter,
    routing.FloatConverter: FloatConverter,
    routing.UUIDConverter: UUIDConverter,
}
_ARGUMENT = re.compile(
    r"""
    \s* (?:(?P<name>\w+)\s*=\s*)?
    (?: (?P<quoted>"[^"]*"|'[^']*') | (?P<bare>[\w.+-]+) )
    \s* (?:,|$)
    """,
    re.VERBOSE,
)
_KINDS: Final = {int: "int", float: "float", bool: "bool", type(None): "None"}
_CONSTANTS: Final = {"None": None, "True": True, "False": False}
_INT = re.compile(r"[+-]?[0-9]{1,1000}")
_FLOAT = re.compile(r"[+-]?[0-9]+\.[0-9]*")


def parse_arguments(text: str) -> tuple[tuple[object, ...], dict[str, object]]:
    """Read the arguments of a converter as Flask does: `2, 'a b', max=9, signed=True`.

    Raises:
        RouteError: If the text is no list of arguments.
    """
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
    if _INT.fullmatch(bare):
        return int(bare)
    return float(bare) if _FLOAT.fullmatch(bare) else bare


class Catalogue:
    """The converters that patterns can name: the built-in ones and given ones.

    Attributes:
        problems: What is wrong with the given converters, which are then unknown.
    """

    def __init__(
        self, converters: Mapping[str, type[BaseConverter]] | None = None
    ) -> None:
        self.problems: list[RouteError] = []
        self._classes: dict[str, type[Converter | BaseConverter]] = {**_BUILTINS}
        self._made: dict[tuple[str, str], Converter] = {}
        # Werkzeug constructs a converter with the map that it belongs to.
        self._map = routing.Map()
        given = cast("object", converters or {})
        if isinstance(given, Mapping):
            for name, found in cast("Mapping[str, object]", given).items():
                self._add(name, found)
        else:
            self.problems.append(
                RouteError(f"converters are {given!r}: expected a dict of classes")
            )

    def _add(self, name: str, found: object) -> None:
        if isinstance(found, type) and issubclass(found, BaseConverter):
            self._classes[name] = _OURS.get(found, found)
        else:
            self.problems.append(
                RouteError(
                    f"the converter {name!r} is {found!r}: expected a class derived "
                    "from werkzeug.routing.BaseConverter"
                )
            )

    def find(self, name: str, arguments: str = "") -> Converter:
        """Give the converter of a name with the arguments spelled in a text.

        Raises:
            RouteError: If there is none, or if it does not take the arguments.
        """
        made = self._made.get((name, arguments))
        if made is None:
            made = self._made[name, arguments] = self._make(name, arguments)
        return made

    def _make(self, name: str, arguments: str) -> Converter:
        found = self._classes.get(name)
        if found is None:
            known = ", ".join(sorted(self._classes.keys() - {"default"}))
            raise RouteError(
                f"unknown converter {name!r}",
                hint=nearest(name, self._classes) or f"known are {known}",
            )
        args, kwargs = parse_arguments(arguments)
        if issubclass(found, BaseConverter):
            return self._custom(found, name, args, kwargs)
        return _builtin(found, "string" if name == "default" else name, args, kwargs)

    def _custom(
        self,
        found: type[BaseConverter],
        name: str,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Converter:
        try:
            wrapped = found(self._map, *args, **kwargs)
            return CustomConverter(name, args, kwargs, wrapped=wrapped)
        except Exception as error:
            raise RouteError(
                f"the converter {name!r} cannot be made: "
                f"{found.__qualname__} raised {type(error).__name__}: {error}"
            ) from error


def _builtin(
    found: type[Converter], name: str, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Converter:
    if found is not AnyConverter:
        args, kwargs = (), _bind(found, name, args, kwargs)
    for argument, value in kwargs.items():
        _check(found, name, argument, value)
    made = found(name, args, kwargs, **kwargs)
    fault = made.fault()
    if fault is not None:
        raise RouteError(f"the arguments of {name!r} do not fit: {fault}")
    return made


def _bind(
    found: type[Converter],
    name: str,
    args: tuple[object, ...],
    kwargs: dict[str, object],
) -> dict[str, object]:
    if len(args) > len(found.parameters):
        raise RouteError(
            f"the converter {name!r} takes {len(found.parameters)} arguments, "
            f"got {len(args)}"
        )
    bound = dict(zip(found.parameters, args, strict=False))
    twice = bound.keys() & kwargs.keys()
    if twice:
        raise RouteError(f"the argument {min(twice)!r} of {name!r} is given twice")
    return bound | kwargs


def _check(found: type[Converter], name: str, argument: str, value: object) -> None:
    expected = found.parameters.get(argument)
    if expected is None:
        known = ", ".join(found.parameters)
        raise RouteError(
            f"the converter {name!r} has no argument {argument!r}",
            hint=nearest(argument, found.parameters)
            or (f"it takes {known}" if known else None),
        )
    if type(value) not in expected:
        wanted = " or ".join(_KINDS[kind] for kind in expected)
        raise RouteError(
            f"the argument {argument!r} of {name!r} is {value!r}: expected {wanted}"
        )
