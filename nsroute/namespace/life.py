"""How long an object lives, how many it takes, and what it does by itself."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import Context
from functools import partial
from math import inf
from typing import Any, Final, TypeVar

from nsroute.arguments import takes, unawaited
from nsroute.dispatch import CompiledHandler, run_unasked
from nsroute.errors import RouteError, name_of, place_of
from nsroute.events_queue import UNSET
from nsroute.live import LiveNamespace
from nsroute.namespace.marks import function_of
from nsroute.namespace.slips import reserved_problems
from nsroute.records import keep_log_context
from nsroute.signals import Dispatch

F = TypeVar("F", bound=Callable[..., Any])

_EVERY: Final = "__nsroute_every__"


def every(seconds: float) -> Callable[[F], F]:
    """Call a method of a `RoutedNamespace` every so many seconds.

    It runs while its object is open: for the first time after these seconds, never
    twice at once, and never after `closed`. What it has missed is left out. There is no
    client and no request; `self.emit`, `self.clients` and `current_app` work. What it
    raises goes to the error handlers and is recorded, and it goes on.

    Args:
        seconds: How many, 0.05 for twenty times a second.

    Raises:
        RouteError: If that is no number above 0, or if what it decorates is no
            function.
    """
    if not (_is_number(seconds) and 0 < seconds < inf):
        raise RouteError(
            f"a timer runs every so many seconds, not every {seconds!r}",
            hint="write @every(1) above a method"
            if callable(seconds)
            else "it is a number above 0",
        )

    def decorate(function: F) -> F:
        inner = function_of(function)
        try:
            setattr(inner, _EVERY, float(seconds))
        except AttributeError:
            kind = type(inner).__name__
            raise RouteError(
                f"it decorates a function, not a {kind}", hint="decorate a method"
            ) from None
        return function

    return decorate


def timers_of(cls: type) -> Mapping[str, float]:
    """Return the methods of a class and its bases that are called every so often.

    A method that overrides one keeps its seconds; None takes its place.
    """
    found: dict[str, float] = {}
    for base in reversed(cls.__mro__):
        for method, value in vars(base).items():
            seconds = getattr(function_of(value), _EVERY, None)
            if seconds is not None:
                found[method] = seconds
            elif value is None:
                found.pop(method, None)
    return found


def start_task(
    live: LiveNamespace,
    function: Callable[..., object],
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
) -> object:
    """Start a background task of a live object; return its thread or greenlet."""
    named: Any = function if hasattr(function, "__qualname__") else type(function)
    name, target = named.__name__, name_of(named)

    logging_as_here = keep_log_context(function)

    def call(_: Dispatch) -> None:
        logging_as_here(*args, **kwargs)

    handler = CompiledHandler(call, call, target, live.route.unhandled.recorder)
    run = partial(run_unasked, "task", name, live, handler)
    return live.host.server.start_background_task(Context().run, run)


def declare_life(
    cls: Any, linger: Any, capacity: Any, bases: Iterable[type]
) -> list[RouteError]:
    """Keep what a class declares of its life; return what is wrong with that.

    `bases` are nsroute's and upstream's classes, whose methods no timer replaces.
    """
    timers = timers_of(cls)
    problems = [*_life_problems(cls, linger, capacity), *_timer_problems(cls, timers)]
    marks = {method: f"@every({timers[method]:g})" for method in timers}
    problems += reserved_problems(cls, marks, bases)
    given = {"linger": linger, "capacity": capacity, "timers": timers}
    for option, value in given.items():
        if value is not UNSET:
            setattr(cls, f"__nsroute_{option}__", value)
    return problems


def _life_problems(cls: type, linger: Any, capacity: Any) -> Iterator[RouteError]:
    """Yield what is wrong with the timers of a class, and with its options."""
    name = name_of(cls)
    if linger is not UNSET and not (_is_number(linger) and 0 <= linger < inf):
        yield RouteError(
            f"linger is a number of seconds, 0 or more, not {linger!r}", target=name
        )
    is_count = isinstance(capacity, int) and not isinstance(capacity, bool)
    if capacity not in (UNSET, None) and not (is_count and capacity >= 1):
        yield RouteError(
            "capacity is how many clients a namespace takes: a whole number of 1 or "
            f"more, or None for any number, not {capacity!r}",
            target=name,
        )


def _timer_problems(cls: type, timers: Iterable[str]) -> Iterator[RouteError]:
    for method in timers:
        value = inspect.getattr_static(cls, method)
        function, owner = function_of(value), f"{name_of(cls)}.{method}"
        bound = 0 if isinstance(value, staticmethod) else 1
        if not takes(function, bound):
            yield RouteError(
                "a timer is called without arguments",
                target=owner,
                hint=f"write def {method}({'self' * bound})",
                place=place_of(function),
            )
        yield from unawaited(function, owner)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
