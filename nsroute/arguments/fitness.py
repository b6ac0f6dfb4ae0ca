"""Whether a function can be called as it will be, its annotations apart."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final, cast

from nsroute.arguments.parameters import Parameters
from nsroute.dispatch import Kind
from nsroute.errors import RouteError

__all__ = ["REASONS", "WIRE_NAMES", "takes", "unawaited", "unfit"]

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


def takes(function: Callable[..., Any], count: int) -> bool:
    """Say whether a function can be called with so many positional arguments.

    Of a wrapped function only the wrapper is asked. True where it cannot be known.
    """
    try:
        signature = inspect.signature(function, follow_wrapped=False)
    except ValueError:
        return True
    except TypeError:  # it is nothing that can be called
        return False
    try:
        signature.bind(*[None] * count)
    except TypeError:
        return False
    return True


def unawaited(
    function: Callable[..., Any], owner: str | None = None, what: str = "it"
) -> Iterator[RouteError]:
    """Find a function whose call only makes a coroutine or a generator."""
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


def unfit(
    function: Callable[..., Any], parameters: Parameters, kind: Kind, given: int
) -> list[RouteError]:
    """Find what is wrong with a signature apart from its annotations."""
    found = [
        RouteError(
            f"its wrapper does not pass on the keyword-only parameter {name!r}",
            hint="let the wrapper take **kwargs and pass them on",
        )
        for name in parameters.blocked_names
    ]
    found.extend(unawaited(function))
    rest = parameters.without(given)
    if rest is None:
        found.append(_too_few(given))
    elif kind != "event" and len(rest.positional) > 1:
        found.append(_too_many(kind, rest))
    return found


def _too_few(given: int) -> RouteError:
    if given < 2:
        return RouteError(
            "it takes no `self`", hint="add it, or make it a staticmethod"
        )
    return RouteError(
        "it takes no event name, and it handles several events",
        hint="take `self, event` first, then what the client sends",
    )


def _too_many(kind: Kind, parameters: Parameters) -> RouteError:
    wire_name = WIRE_NAMES[kind]
    names = ", ".join(repr(one.name) for one in parameters.positional)
    return RouteError(
        f"a {kind} handler takes nothing or `{wire_name}`, not {names}",
        hint="parameters of the pattern are keyword-only: write them after `*`",
    )
