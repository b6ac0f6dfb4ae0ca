"""A handler as tools show it: its event, title, signature, purpose and place."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from types import FunctionType
from typing import Any, Final, Literal

import attrs

from nsroute.arguments import Signature

_LONGEST_TITLE: Final = 60
_UNDOCUMENTED: Final = frozenset({"builtins", "functools"})
"""Modules whose classes have docstrings that say nothing about their objects."""
_OBJECTS: Final = frozenset({"function", "layers", "signature", "dispatch_target"})
"""The fields of a `HandlerEntry` that its JSON leaves out."""


@attrs.frozen(eq=False)
class HandlerEntry:
    """One event of a namespace, and what handles it."""

    kind: Literal["function", "namespace", "route"]
    """What declares it: a function, the class of an exact namespace, or a route."""
    namespace: str
    """The concrete name, the pattern, or `*`."""
    event: str
    """The event as declared; `*` and `prefix*` stand for several."""
    handler: str | None
    """The function, or the class and the method; None if nothing is called."""
    target: str | None = None
    """The class; None of a function."""
    route: str | None = None
    """The name of the route, if it has one."""
    middleware: tuple[str, ...] = ()
    """The titles of `layers`."""
    shadows: tuple[str, ...] = ()
    """The patterns of the routes that do not get the event because of this handler."""
    shadowed_by: str | None = None
    """The function that gets the event instead of this handler."""
    function: Callable[..., Any] | None = None
    layers: tuple[Any, ...] = ()
    """The middleware, outermost first."""
    signature: Signature | None = None
    """The signature of a method, as nsroute read it; None for functions."""
    dispatch_target: str | None = None
    """The `target` of its dispatches; None unless it is a route's."""

    @property
    def is_silent(self) -> bool:
        """Whether it is a disconnect that calls nothing."""
        return self.event == "disconnect" and self.handler is None

    def as_json(self) -> dict[str, Any]:
        """Return the fields that JSON can hold."""
        return attrs.asdict(self, filter=lambda field, _: field.name not in _OBJECTS)


def function_of(cls: type, method: str) -> Callable[..., Any]:
    """Return the function that a method was written as."""
    found: Any = inspect.getattr_static(cls, method)
    # A `partialmethod` has its function there.
    function: Callable[..., Any] = inspect.unwrap(getattr(found, "func", found))
    return function


def title_of(thing: object) -> str:
    """Return a short name of a class, a function or an object."""
    name: str | None = getattr(thing, "__qualname__", None)
    if name is None and type(thing).__repr__ is not object.__repr__:
        name = repr(thing)
    title = (name or type(thing).__qualname__).replace(".<locals>", "")
    is_long = len(title) > _LONGEST_TITLE
    return f"{title[: _LONGEST_TITLE - 1]}…" if is_long else title


class _Unquoted(str):
    """An annotation that was written as text, shown without quotes."""

    __slots__ = ()
    __repr__ = str.__str__


def signature_of(function: Callable[..., Any]) -> str:
    """Return a handler's signature as text, without `self`."""
    signature = inspect.signature(function)
    parameters = [
        one.replace(annotation=_unquoted(one.annotation))
        for one in signature.parameters.values()
        if one.name != "self"
    ]
    result = _unquoted(signature.return_annotation)
    return str(signature.replace(parameters=parameters, return_annotation=result))


def _unquoted(annotation: Any) -> Any:
    is_text = isinstance(annotation, str)
    return _Unquoted(annotation.strip("'\"")) if is_text else annotation


def purpose_of(thing: object) -> str | None:
    """Return the first line of the docstring of a function, a class or its object."""
    is_own = isinstance(thing, type | FunctionType)
    if not thing.__doc__ or not (is_own or type(thing).__module__ not in _UNDOCUMENTED):
        return None
    return thing.__doc__.strip().partition("\n")[0].strip() or None


def place_of(thing: Any) -> str | None:
    """Return the file and line of a function or a class, if they can be found.

    Files below the current directory are relative to it.
    """
    source = inspect.unwrap(thing)
    try:
        file = Path(inspect.getfile(source))
        line = inspect.getsourcelines(source)[1]
    except (OSError, TypeError):
        return None
    here = Path.cwd()
    shown = file.relative_to(here) if file.is_relative_to(here) else file
    return f"{shown}:{line}"
