"""Middleware of routes and submounts: its type, and what cannot be called as such."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias

from nsroute.errors import RouteError

Middleware: TypeAlias = Callable[[Any, Callable[[], Any]], Any]
"""Called with a dispatch and `proceed`, which goes on with it."""


# Not `tuple` itself, of which mypy cannot tell what it takes.
def as_tuple(middleware: Iterable[Middleware]) -> tuple[Middleware, ...]:
    """Return middleware as a tuple."""
    return tuple(middleware)


def middleware_problems(middleware: Iterable[object]) -> Iterator[RouteError]:
    """Find what cannot be called with a dispatch and `proceed`."""
    for one in middleware:
        if not callable(one):
            yield RouteError(
                f"middleware is a list of functions, and {one!r} is not",
                hint="write middleware=[audit]",
            )
        elif not _takes_two(one):
            name = getattr(one, "__name__", "layer")
            yield RouteError(
                f"middleware is called with a dispatch and `proceed`, which {one!r} "
                "does not take",
                hint=f"write def {name}(dispatch, proceed)",
            )
        elif inspect.iscoroutinefunction(inspect.unwrap(one)):
            yield RouteError(
                f"{one!r} is a coroutine function (async def), which Flask-SocketIO "
                "never awaits",
                hint="define it with def",
            )


def _takes_two(function: Callable[..., object]) -> bool:
    try:
        inspect.signature(function, follow_wrapped=False).bind(None, None)
    except ValueError:  # a built-in function without a signature
        return True
    except TypeError:
        return False
    return True
