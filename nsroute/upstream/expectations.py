"""Whether a private method is the one that was checked."""

from __future__ import annotations

import inspect
from typing import Any

__all__ = ["is_expected"]


def is_expected(
    instance: object, original: type, name: str, parameters: list[str]
) -> bool:
    """Say whether an instance has a method as its original class had it when checked.

    Args:
        instance: Whose class may override the method.
        original: The class of the library.
        name: The name of the method.
        parameters: The names of its parameters, `self` included.
    """
    kind: Any = type(instance)
    checked: Any = getattr(original, name, None)
    if getattr(kind, name, None) is not checked or not callable(checked):
        return False
    return list(inspect.signature(checked).parameters) == parameters
