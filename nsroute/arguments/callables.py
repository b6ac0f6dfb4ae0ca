"""What can be called: as a handler, as a predicate, as middleware; read beforehand.

A handler may be wrapped, the usual way to write `@authenticated_only`. A wrapper that
takes `*args` and nothing before it but `self` is looked through; any other is taken at
its word.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from inspect import Parameter
from itertools import takewhile
from typing import Any, Final, cast

import attrs

from nsroute.errors import RouteError, raise_together
from nsroute.signals import Dispatch, Kind

Middleware = Callable[[Dispatch, Callable[[], Any]], Any]
"""Called with the dispatch and with `proceed`, which goes on; returns the answer."""

WIRE_NAMES: Final[Mapping[str, str]] = {"connect": "auth", "disconnect": "reason"}
"""What the one argument of a lifecycle handler is called."""

_POSITIONAL = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
_UNAWAITED = (
    inspect.iscoroutinefunction,
    inspect.isgeneratorfunction,
    inspect.isasyncgenfunction,
)


@attrs.frozen
class Parameters:
    """What a function takes and returns."""

    positional: tuple[Parameter, ...] = ()
    rest: Parameter | None = None
    names: frozenset[str] = frozenset()
    """The keyword-only ones, as far as wrappers let them through."""
    required_names: frozenset[str] = frozenset()
    """Those that have no default and are not a wrapper's to give."""
    is_wrapped: bool = False
    """Whether a wrapper was looked through, which may add arguments of its own."""
    returns: Any = Parameter.empty
    globals: Mapping[str, Any] = attrs.field(factory=dict[str, Any], repr=False)

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


def read_parameters(function: Callable[..., Any], bound: int) -> Parameters:
    """Read what a function takes, the `bound` ones that Python fills in included."""
    chain = tuple(_chain(function))
    wrappers = tuple(takewhile(lambda one: passes_on(one, bound), chain[:-1]))
    taken = chain[len(wrappers)]
    own, *_ = keywords = [_of_kind(one, Parameter.KEYWORD_ONLY) for one in chain]
    rest = _of_kind(taken, Parameter.VAR_POSITIONAL)
    return Parameters(
        positional=_of_kind(taken, *_POSITIONAL),
        rest=rest[0] if rest else None,
        names=frozenset(
            one.name
            for i, ones in enumerate(keywords)
            for one in ones
            if all(_takes(wrapper, one.name) for wrapper in chain[:i])
        ),
        required_names=frozenset(p.name for p in own if p.default is p.empty),
        is_wrapped=bool(wrappers),
        returns=taken.return_annotation,
        globals=getattr(inspect.unwrap(function), "__globals__", {}),
    )


def unfit(
    parameters: Parameters, kind: Kind, bound: int, leading: int
) -> Iterator[RouteError]:
    """Find why a function cannot be called as a handler, `leading` arguments first."""
    first = ", ".join(["self"] * bound + ["event"] * leading)
    names = [one.name for one in parameters.positional[bound + leading :]]
    if len(parameters.positional) < bound + leading and parameters.rest is None:
        hint = "write it before what the client sends"
        yield RouteError(f"it does not take `{first}` first", hint=hint)
    elif kind != "event" and len(names) > 1:
        shown = ", ".join(map(repr, names))
        text = f"a {kind} handler takes nothing or `{WIRE_NAMES[kind]}`, not {shown}"
        hint = "parameters of the pattern are keyword-only: write them after `*`"
        yield RouteError(text, hint=hint)


def takes(function: Callable[..., Any], count: int) -> bool:
    """Return whether a function can be called with so many positional arguments.

    Of a wrapped function only the wrapper is asked. True where it cannot be known.
    """
    try:
        inspect.signature(function, follow_wrapped=False).bind(*[None] * count)
    except ValueError:
        return True
    except TypeError:  # also of what cannot be called at all
        return False
    return True


def unawaited(
    function: Callable[..., Any], owner: str | None = None, what: str = "it"
) -> Iterator[RouteError]:
    """Yield an error for what only makes a coroutine or a generator."""
    called: Any = inspect.unwrap(function)
    if isinstance(called, partial):
        called = cast("Any", called).func
    for one in (called, type(called).__call__):
        if any(is_kind(one) for is_kind in _UNAWAITED):
            text = "coroutine or generator function, which Flask-SocketIO never awaits"
            hint = "define it with def, without yield"
            yield RouteError(f"{what} is a {text}", target=owner, hint=hint)


def checked_middleware(
    middleware: object, owner: str | None = None
) -> tuple[Middleware, ...]:
    """Return middleware as a tuple, or raise all that is wrong with it."""
    given = middleware_tuple(middleware, owner)
    raise_together("This is not middleware", [*middleware_problems(given, owner)])
    return given


def middleware_tuple(
    middleware: object, owner: str | None = None
) -> tuple[Middleware, ...]:
    """Return a list of middleware as a tuple; what is in it is not looked at."""
    if isinstance(middleware, str) or not isinstance(middleware, Iterable):
        raise _not_middleware(middleware, owner)
    given: tuple[Any, ...] = tuple(cast("Iterable[object]", middleware))
    return given


def middleware_problems(
    middleware: Iterable[object], owner: str | None = None
) -> Iterator[RouteError]:
    """Yield what is listed as middleware and could not be called as such."""
    for one in middleware:
        if takes(cast("Any", one), 2):
            yield from unawaited(cast("Any", one), owner, what=repr(one))
        else:
            yield _not_middleware(one, owner)


def _not_middleware(one: object, owner: str | None) -> RouteError:
    called = "functions that are called with a dispatch and `proceed`"
    text = f"middleware is a list of {called}, and {one!r} is not"
    hint = "write middleware=[audit] for def audit(dispatch, proceed)"
    return RouteError(text, target=owner, hint=hint)


def _chain(function: Any) -> Iterator[inspect.Signature]:
    """Yield the signature of a function, and those of what it wraps."""
    yield inspect.signature(function, follow_wrapped=False)
    while hasattr(function, "__wrapped__") and not hasattr(function, "__signature__"):
        function = function.__wrapped__
        yield inspect.signature(function, follow_wrapped=False)


def passes_on(wrapper: inspect.Signature, bound: int) -> bool:
    """Return whether a wrapper passes on whatever positional arguments come."""
    is_open = bool(_of_kind(wrapper, Parameter.VAR_POSITIONAL))
    return is_open and len(_of_kind(wrapper, *_POSITIONAL)) <= bound


def _of_kind(signature: inspect.Signature, *kinds: Any) -> tuple[Parameter, ...]:
    return tuple(one for one in signature.parameters.values() if one.kind in kinds)


def _takes(wrapper: inspect.Signature, name: str) -> bool:
    return name in wrapper.parameters or bool(_of_kind(wrapper, Parameter.VAR_KEYWORD))
