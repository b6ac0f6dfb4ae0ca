"""A function -> its parameters, as the wire will meet them.

A handler may be wrapped, the usual way to write `@authenticated_only`. A wrapper that
passes `*args` on is looked through; one that spells out its parameters is taken at its
word.
"""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Mapping
from inspect import Parameter
from typing import Any

import attrs

__all__ = [
    "Parameters",
    "evaluate",
    "read_parameters",
]

_POSITIONAL = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)


@attrs.frozen
class Parameters:
    """What a function takes."""

    positional: tuple[Parameter, ...]
    """Those that get a positional argument each."""
    rest: Parameter | None
    """`*args`, where there is one."""
    required_names: frozenset[str]
    """The keyword-only ones without default."""
    optional_names: frozenset[str]
    """The keyword-only ones with one."""
    namespace: Mapping[str, Any]
    """The names of the function's module, in which its annotations are read."""
    blocked_names: tuple[str, ...]
    """The keyword-only ones that a wrapper does not let through."""

    @property
    def required_count(self) -> int:
        """How many of the positional ones have no default."""
        return sum(one.default is Parameter.empty for one in self.positional)

    def without(self, count: int) -> Parameters | None:
        """Leave out the first parameters; None if there are not so many."""
        if len(self.positional) < count and self.rest is None:
            return None
        return attrs.evolve(self, positional=self.positional[count:])


def read_parameters(function: Callable[..., Any]) -> Parameters:
    """Read what a function takes.

    Raises:
        ValueError: If that cannot be known, as of some functions written in C.
    """
    wrappers: list[inspect.Signature] = []
    signature = _own_signature(function)
    inner = function
    while _is_transparent(inner, signature):
        wrappers.append(signature)
        inner = inner.__wrapped__  # type: ignore[attr-defined]
        signature = _own_signature(inner)
    by_kind = list(signature.parameters.values())
    names = [one for one in by_kind if one.kind is Parameter.KEYWORD_ONLY]
    rest = [one for one in by_kind if one.kind is Parameter.VAR_POSITIONAL]
    return Parameters(
        positional=tuple(one for one in by_kind if one.kind in _POSITIONAL),
        rest=rest[0] if rest else None,
        required_names=frozenset(
            one.name for one in names if one.default is Parameter.empty
        ),
        optional_names=frozenset(
            one.name for one in names if one.default is not Parameter.empty
        ),
        namespace=getattr(inspect.unwrap(function), "__globals__", {}),
        blocked_names=tuple(
            one.name for one in names if not all(_takes(w, one.name) for w in wrappers)
        ),
    )


def evaluate(
    annotation: Any, namespace: Mapping[str, Any], more: Mapping[str, Any]
) -> Any:
    """Resolve the forward references in an annotation.

    Args:
        annotation: As the function has it.
        namespace: The names of the module.
        more: Names to try besides, where the module's are not enough.

    Raises:
        NameError: If a name is not there (yet).
    """
    holder = types.SimpleNamespace(__annotations__={"it": annotation})
    try:
        hints = typing.get_type_hints(holder, dict(namespace), include_extras=True)
    except NameError:
        if not more:
            raise
        both = {**more, **namespace}
        hints = typing.get_type_hints(holder, both, include_extras=True)
    return hints["it"]


def _own_signature(function: Callable[..., Any]) -> inspect.Signature:
    return inspect.signature(function, follow_wrapped=False)


def _is_transparent(function: Any, signature: inspect.Signature) -> bool:
    """Tell whether a wrapper passes on whatever positional arguments come."""
    if not hasattr(function, "__wrapped__") or hasattr(function, "__signature__"):
        return False
    kinds = {one.kind for one in signature.parameters.values()}
    return Parameter.VAR_POSITIONAL in kinds


def _takes(wrapper: inspect.Signature, name: str) -> bool:
    kinds = {one.kind for one in wrapper.parameters.values()}
    return Parameter.VAR_KEYWORD in kinds or name in wrapper.parameters
