"""Middleware around the call of a handler, and what a refusal inside of it means."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, cast

from nsroute.arguments import takes, unawaited
from nsroute.dispatch.refusals import refusal_of
from nsroute.errors import RouteError, raise_together
from nsroute.signals import Dispatch, update

Middleware = Callable[[Dispatch, Callable[[], Any]], Any]
"""Called with the dispatch and with `proceed`, which goes on; returns the answer."""


def wrap(
    middleware: Sequence[Middleware], inner: Callable[[Dispatch], Any]
) -> Callable[[Dispatch], Any]:
    """Put middleware around a call, the first outermost; none costs nothing."""
    for one in reversed(middleware):
        inner = _layer(one, inner)
    return inner


def _layer(
    middleware: Middleware, inner: Callable[[Dispatch], Any]
) -> Callable[[Dispatch], Any]:
    def call(dispatch: Dispatch) -> Any:
        return middleware(dispatch, partial(inner, dispatch))

    return call


def wrap_connect(
    middleware: Sequence[Middleware], inner: Callable[[Dispatch], Any], *, strict: bool
) -> Callable[[Dispatch], Any]:
    """Put middleware around a connect, so that no layer undoes a refusal inside it."""
    inner = keeping_out(inner, strict=strict)
    for one in reversed(middleware):
        inner = keeping_out(_layer(one, inner), strict=strict)
    return inner


def keeping_out(
    inner: Callable[[Dispatch], Any], *, strict: bool
) -> Callable[[Dispatch], Any]:
    """Keep a client out although the middleware around its connect goes on.

    It may have forgotten to return what `proceed()` returned, or have caught what it
    only meant to log. Where it raises another refusal, the client is told that. Where
    it proceeds again, the last time counts.
    """

    def call(dispatch: Dispatch) -> Any:
        update(dispatch, refusal=None)
        try:
            result = inner(dispatch)
        except BaseException as error:
            update(dispatch, refusal=error)
            raise
        refused = refusal_of(result, dispatch.target, strict=strict)
        if refused is not None:
            update(dispatch, refusal=refused)
        return result

    return call


def checked_middleware(
    middleware: object, owner: str | None = None
) -> tuple[Middleware, ...]:
    """Return middleware as a tuple.

    Args:
        middleware: What was declared as such.
        owner: The class that declares it, for the error.

    Raises:
        RouteError: If it is no list of functions, or if one cannot be called with a
            dispatch and `proceed`; an `ExceptionGroup` of several.
    """
    if isinstance(middleware, str) or not isinstance(middleware, Iterable):
        raise _not_a_function(middleware, owner)
    given: tuple[Any, ...] = tuple(cast("Iterable[object]", middleware))
    raise_together("This is not middleware", [*middleware_problems(given, owner)])
    return given


def middleware_problems(
    middleware: Iterable[object], owner: str | None = None
) -> Iterator[RouteError]:
    """Yield what is listed as middleware and could not be called as such."""
    for one in middleware:
        if not callable(one):
            yield _not_a_function(one, owner)
        elif not takes(one, 2):
            name = getattr(one, "__name__", "layer")
            yield RouteError(
                f"middleware is called with a dispatch and `proceed`, which {one!r} "
                "does not take",
                target=owner,
                hint=f"write def {name}(dispatch, proceed)",
            )
        else:
            yield from unawaited(one, owner, what=repr(one))


def _not_a_function(one: object, owner: str | None) -> RouteError:
    return RouteError(
        f"middleware is a list of functions, and {one!r} is not",
        target=owner,
        hint="write middleware=[audit]",
    )
