"""A function or a class as a person wants to read of it: signature, purpose, place."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from types import FunctionType
from typing import Any, Final

import attrs

__all__ = ["place_of", "purpose_of", "signature_of"]

_MUTE: Final = frozenset({"builtins", "functools"})
"""Modules of classes whose docstrings say nothing of their objects."""


@attrs.frozen(repr=False)
class _Bare:
    """An annotation that was written as text, without quotes."""

    text: str

    def __repr__(self) -> str:
        return self.text


def signature_of(function: Callable[..., Any]) -> str:
    """Write what a handler takes and gives, without `self`."""
    signature = inspect.signature(function)
    parameters = [
        one.replace(annotation=_bare(one.annotation))
        for one in signature.parameters.values()
        if one.name != "self"
    ]
    return str(
        signature.replace(
            parameters=parameters, return_annotation=_bare(signature.return_annotation)
        )
    )


def _bare(annotation: Any) -> Any:
    text = isinstance(annotation, str)
    return _Bare(annotation.strip("'\"")) if text else annotation


def purpose_of(thing: object) -> str | None:
    """Give the first line of the docstring of a function, a class or its object."""
    text = thing.__doc__
    own = isinstance(thing, type | FunctionType) or type(thing).__module__ not in _MUTE
    if not text or not own:
        return None
    return text.strip().partition("\n")[0].strip() or None


def place_of(thing: Any) -> str | None:
    """Give the file and line of a function or a class, short from where one stands."""
    source = inspect.unwrap(thing)
    try:
        file = Path(inspect.getfile(source))
        line = inspect.getsourcelines(source)[1]
    except (OSError, TypeError):
        return None
    here = Path.cwd()
    shown = file.relative_to(here) if file.is_relative_to(here) else file
    return f"{shown}:{line}"
