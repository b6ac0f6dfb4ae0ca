"""A function or a class as a person wants to read of it: signature, purpose, place."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs

__all__ = ["place_of", "purpose_of", "signature_of"]


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
    return _Bare(annotation) if isinstance(annotation, str) else annotation


def purpose_of(thing: object) -> str | None:
    """Give the first line of a docstring that is the thing's own."""
    text = getattr(thing, "__doc__", None)
    inherited = type(thing).__doc__ if not isinstance(thing, type) else None
    if not isinstance(text, str) or not text.strip() or text == inherited:
        return None
    return text.strip().splitlines()[0].strip()


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
