"""The registry: the converters that patterns can name, made from what they spell."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from functools import partial
from typing import cast

from werkzeug.routing import BaseConverter, FloatConverter, Map

from nsroute.errors import RouteError, nearest
from nsroute.routing.arguments import parse_arguments, problem_of
from nsroute.routing.converters import BUILT_IN, CanonicalFloatConverter, Converter


class ConverterRegistry:
    """Werkzeug's own converters and given ones.

    Attributes:
        problems: What is wrong with the given converters, which are then unknown.
    """

    def __init__(
        self, converters: Mapping[str, type[BaseConverter]] | None = None
    ) -> None:
        self.problems: list[RouteError] = []
        # Werkzeug constructs a converter with the map that it belongs to.
        self._map = Map()
        self._made: dict[tuple[str, str], Converter] = {}
        given = cast("object", converters or {})
        if isinstance(given, Mapping):
            for name, found in cast("Mapping[str, object]", given).items():
                self._add(name, found)
        else:
            problem = f"converters are {given!r}: expected a dict of classes"
            self.problems.append(RouteError(problem))

    def _add(self, name: str, found: object) -> None:
        if isinstance(found, type) and issubclass(found, BaseConverter):
            self._map.converters[name] = found
        else:
            problem = (
                f"the converter {name!r} is {found!r}: expected a class derived from "
                "werkzeug.routing.BaseConverter"
            )
            self.problems.append(RouteError(problem))

    def find(self, name: str, arguments: str = "") -> Converter:
        """Return the converter of a name with the arguments spelled in a text.

        Raises:
            RouteError: If there is none, or if it does not take the arguments.
        """
        made = self._made.get((name, arguments))
        if made is None:
            found = self._class(name)
            name_shown = "string" if name == "default" else name
            made = _make(name_shown, partial(found, self._map), arguments)
            self._made[name, arguments] = made
        return made

    def _class(self, name: str) -> type[BaseConverter]:
        known = self._map.converters
        if name not in known:
            names = ", ".join(sorted(known.keys() - {"default"}))
            raise RouteError(
                f"unknown converter {name!r}",
                hint=nearest(name, known) or f"known are {names}",
            )
        found = known[name]
        return CanonicalFloatConverter if found is FloatConverter else found


def _make(name: str, make: partial[BaseConverter], spelled: str) -> Converter:
    args, kwargs = parse_arguments(spelled)
    found = cast("type[BaseConverter]", make.func)
    signature = inspect.signature(make)
    try:
        arguments = signature.bind(*args, **kwargs).arguments
    except TypeError as error:
        raise RouteError(
            f"the arguments of {name!r} do not fit: {error}",
            hint=f"it takes {', '.join(signature.parameters) or 'none'}",
        ) from None
    problem = problem_of(found, arguments) if found in BUILT_IN else None
    if problem is not None:
        raise RouteError(f"the arguments of {name!r} do not fit: {problem}")
    try:
        return Converter(name, make(*args, **kwargs), arguments)
    except Exception as error:
        raise RouteError(
            f"the converter {name!r} cannot be made: "
            f"{found.__qualname__} raised {type(error).__name__}: {error}"
        ) from error
