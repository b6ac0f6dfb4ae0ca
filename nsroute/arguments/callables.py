"""What can be called as a predicate or as middleware, checked when it is declared."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, cast

from nsroute.errors import RouteError, raise_together
from nsroute.signals import Dispatch

Middleware = Callable[[Dispatch, Callable[[], Any]], Any]
"""Called with the dispatch and with `proceed`, which goes on; returns the answer."""


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
        called = inspect.unwrap(cast("Any", called).func)
    for one in (called, inspect.unwrap(type(called).__call__)):
        if inspect.iscoroutinefunction(one) or inspect.isasyncgenfunction(one):
            yield RouteError(
                f"{what} is a coroutine function (async def), which Flask-SocketIO "
                "never awaits",
                target=owner,
                hint="define it with def",
            )
        elif inspect.isgeneratorfunction(one):
            yield RouteError(
                f"{what} is a generator function, whose body Flask-SocketIO never runs",
                target=owner,
                hint="define it without yield",
            )


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
