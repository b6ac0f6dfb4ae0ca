"""A function -> its parameters, and whether it can be called as it will be.

A handler may be wrapped, the usual way to write `@authenticated_only`. A wrapper that
takes `*args` and nothing before it but `self` is looked through; any other is taken at
its word.
"""

from __future__ import annotations

import inspect
import itertools
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from inspect import Parameter
from typing import Any, Final

import attrs

from nsroute.errors import RouteError
from nsroute.signals import Kind

WIRE_NAMES: Final[Mapping[str, str]] = {"connect": "auth", "disconnect": "reason"}
"""What the one argument of a lifecycle handler is called."""
REASONS: Final = (
    "client disconnect",
    "server disconnect",
    "transport close",
    "transport error",
    "ping timeout",
)
"""The reasons of a disconnect: those of python-engineio's `BaseServer.reason`."""

_POSITIONAL = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)


@attrs.frozen
class Parameters:
    """What a function takes and returns."""

    positional: tuple[Parameter, ...] = ()
    """Those that get a positional argument each."""
    rest: Parameter | None = None
    """`*args`, where there is one."""
    required_names: frozenset[str] = frozenset()
    """The keyword-only ones without default."""
    optional_names: frozenset[str] = frozenset()
    """The keyword-only ones with one."""
    blocked_names: frozenset[str] = frozenset()
    """The keyword-only ones that a wrapper does not let through."""
    is_wrapped: bool = False
    """Whether a wrapper was looked through, which may add arguments of its own."""
    returns: Any = Parameter.empty
    """The annotation of the result; `Parameter.empty` if there is none."""
    globals: Mapping[str, Any] = attrs.field(factory=dict[str, Any], repr=False)
    """The names of the function's module, in which its annotations are read."""

    @property
    def required_count(self) -> int:
        """How many of the positional ones have no default."""
        return sum(one.default is Parameter.empty for one in self.positional)

    @property
    def is_uncounted(self) -> bool:
        """Whether a wrapper may add arguments, and no annotation says otherwise."""
        taken = (*self.positional, self.rest)
        typed = any(one and one.annotation is not Parameter.empty for one in taken)
        return self.is_wrapped and not typed

    def without(self, count: int) -> Parameters | None:
        """Leave out the first parameters; None if there are not so many."""
        if len(self.positional) < count and self.rest is None:
            return None
        return attrs.evolve(self, positional=self.positional[count:])


def read_parameters(function: Callable[..., Any], bound: int = 1) -> Parameters:
    """Read what a function takes besides the `bound` parameters that Python fills in.

    Raises:
        ValueError: If that cannot be known, as of some functions written in C.
    """
    chain = tuple(_chain(function))
    wrappers = tuple(itertools.takewhile(lambda w: _passes_on(w, bound), chain[:-1]))
    taken = chain[len(wrappers)]
    given: set[str] = set()
    blocked: set[str] = set()
    for i, one in enumerate(chain):
        names = {parameter.name for parameter in _of_kind(one, Parameter.KEYWORD_ONLY)}
        passed = {name for name in names if all(_takes(w, name) for w in chain[:i])}
        given |= passed
        blocked |= names - passed if i <= len(wrappers) else set()
    # Those that only a wrapped function has may be its wrapper's to give.
    own = _of_kind(chain[0], Parameter.KEYWORD_ONLY)
    required = {one.name for one in own if one.default is Parameter.empty}
    rest = _of_kind(taken, Parameter.VAR_POSITIONAL)
    return Parameters(
        positional=_of_kind(taken, *_POSITIONAL),
        rest=rest[0] if rest else None,
        required_names=frozenset(required),
        optional_names=frozenset(given - required),
        blocked_names=frozenset(blocked),
        is_wrapped=bool(wrappers),
        returns=taken.return_annotation,
        globals=getattr(inspect.unwrap(function), "__globals__", {}),
    )


def unfit(
    parameters: Parameters | None, kind: Kind, given: int
) -> Iterator[RouteError]:
    """Find what is wrong with the parameters that are left for the client.

    They are None if there are not as many as are given otherwise.
    """
    if parameters is None and given < 2:
        hint = "add it, or make it a staticmethod"
        yield RouteError("it takes no `self`", hint=hint)
    elif parameters is None:
        yield RouteError(
            "it takes no event name, and it handles several events",
            hint="take `self, event` first, then what the client sends",
        )
    elif kind != "event" and len(parameters.positional) > 1:
        names = ", ".join(repr(one.name) for one in parameters.positional)
        yield RouteError(
            f"a {kind} handler takes nothing or `{WIRE_NAMES[kind]}`, not {names}",
            hint="parameters of the pattern are keyword-only: write them after `*`",
        )


def evaluate(annotation: Any, names: Mapping[str, Any], more: Mapping[str, Any]) -> Any:
    """Resolve the forward references in an annotation, by `more` names if need be.

    Raises:
        NameError: If a name is not there (yet).
    """
    holder = types.SimpleNamespace(__annotations__={"it": annotation})
    try:
        hints = typing.get_type_hints(holder, dict(names), include_extras=True)
    except NameError:
        if not more:
            raise
        both = {**more, **names}
        hints = typing.get_type_hints(holder, both, include_extras=True)
    return hints["it"]


def _chain(function: Any) -> Iterator[inspect.Signature]:
    """Yield the signature of a function, and those of what it wraps."""
    yield inspect.signature(function, follow_wrapped=False)
    while hasattr(function, "__wrapped__") and not hasattr(function, "__signature__"):
        function = function.__wrapped__
        yield inspect.signature(function, follow_wrapped=False)


def _passes_on(wrapper: inspect.Signature, bound: int) -> bool:
    """Return whether a wrapper passes on whatever positional arguments come."""
    is_open = bool(_of_kind(wrapper, Parameter.VAR_POSITIONAL))
    return is_open and len(_of_kind(wrapper, *_POSITIONAL)) <= bound


def _of_kind(signature: inspect.Signature, *kinds: Any) -> tuple[Parameter, ...]:
    return tuple(one for one in signature.parameters.values() if one.kind in kinds)


def _takes(wrapper: inspect.Signature, name: str) -> bool:
    return name in wrapper.parameters or bool(_of_kind(wrapper, Parameter.VAR_KEYWORD))
