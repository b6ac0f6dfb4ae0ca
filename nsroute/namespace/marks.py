"""The marks that `on` and `errorhandler` leave on the functions of a class body.

The body of the class notes them too: what a decorator hides is missed there.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterable, Iterator
from functools import partialmethod
from types import FrameType
from typing import Any, Final, Never, TypeVar, cast

import attrs

from nsroute.arguments import Middleware, checked_middleware
from nsroute.dispatch.error_handlers import handled_exceptions
from nsroute.dispatch.routes import LIFECYCLE
from nsroute.errors import RouteError, RouteWarning
from nsroute.events_queue import UNSET, OrderChoice, check_order
from nsroute.records import LogChoice, check_choice

F = TypeVar("F", bound=Callable[..., Any])

_ROUTES: Final = "__nsroute_routes__"
_ERRORS: Final = "__nsroute_errors__"
_NOTED: Final = "__nsroute_marks__"


# Without equality: each mark is found again as itself.
@attrs.frozen(eq=False)
class Mark:
    """What one `on` says."""

    event: str
    pattern: str | None = None
    middleware: tuple[Middleware, ...] = ()
    log: LogChoice = None
    order: OrderChoice = UNSET

    def __str__(self) -> str:
        return f"@on({self.event!r})"


@attrs.frozen(eq=False)
class ErrorMark:
    """What one `errorhandler` says of one exception."""

    exception: type[BaseException]

    def __str__(self) -> str:
        return f"@errorhandler({self.exception.__name__})"


def on(
    event: str,
    *others: Never,
    namespace: str | None = None,
    middleware: Iterable[Middleware] = (),
    log: LogChoice = None,
    order: OrderChoice = UNSET,
) -> Callable[[F], F]:
    """Route an event to a method of a `RoutedNamespace`.

    Several on one method are several routes.

    Args:
        event: The event's name. `connect` and `disconnect` are the lifecycle events. A
            name that ends in `*` takes every custom event with that prefix, and its
            handler gets the event's name as first argument. Exact beats prefix, the
            longer prefix beats the shorter.
        *others: None: each event has an `@on` of its own.
        namespace: A pattern that the route is narrowed to, and that is added to those
            of the class.
        middleware: Wraps this handler only, innermost of all.
        log: How its dispatches are recorded: a `LogPolicy`, False for not at all, or a
            level for `ok`.
        order: What an event waits for: `"client"` for the earlier events of its client,
            `"namespace"` for all that runs in its namespace, None for nothing. By
            default the class says, or else the router.

    Raises:
        RouteError: If the event or the pattern is not text, if `log` or `order` is none
            of these, or if what it decorates is no function.
    """
    if others:
        raise RouteError("@on takes one event", hint="write an @on for each event")
    given = cast("object", event)
    if not isinstance(given, str):
        raise RouteError(
            f"an event's name is text, not {type(given).__name__}",
            hint="write @on('message')" if callable(given) else None,
        )
    narrowed = cast("object", namespace)
    if not (narrowed is None or isinstance(narrowed, str)):
        raise RouteError(
            f"namespace= is one pattern, not {type(narrowed).__name__}",
            hint="write an @on for each pattern",
        )
    check_choice(log)
    check_order(order)
    if order is not UNSET and event in LIFECYCLE:
        raise RouteError(
            f"order= is of events, and {event!r} has the order of its class",
            hint="write it behind the name of the class: class Room(..., order=...)",
        )
    mark = Mark(event, namespace, checked_middleware(middleware), log, order)

    def decorate(function: F) -> F:
        _add(function, _ROUTES, mark)
        return function

    return decorate


def errorhandler(*exceptions: type[BaseException]) -> Callable[[F], F]:
    """Let a method handle exceptions that the handlers of its class raise.

    The nearest class in the exception's MRO wins. What the method returns is the
    client's answer; of a failed connect, no answer lets the client in.

    Args:
        *exceptions: The classes of exceptions; none stands for `Exception`.

    Raises:
        RouteError: If one is not a class of exceptions, or if what it decorates is no
            function.
    """
    chosen = handled_exceptions(exceptions)

    def decorate(function: F) -> F:
        for kind in chosen:
            _add(function, _ERRORS, ErrorMark(kind))
        return function

    return decorate


def _add(function: Callable[..., Any], name: str, mark: Mark | ErrorMark) -> None:
    inner = function_of(function)
    marks: tuple[object, ...] = getattr(inner, name, ())
    try:
        if isinstance(inner, type):
            raise AttributeError
        setattr(inner, name, (*marks, mark))
    except AttributeError:
        kind = "class" if isinstance(inner, type) else type(inner).__name__
        raise RouteError(
            f"it decorates a function, not a {kind}", hint="decorate a method with it"
        ) from None
    here = inspect.currentframe()
    while here is not None and here.f_globals is globals():
        here = here.f_back
    body = _class_body(here)
    if body is not None:
        body.setdefault(_NOTED, []).append((mark, inner))
    elif here is not None and here.f_locals is here.f_globals:
        warnings.warn_explicit(
            f"{mark} marks what is in no class, and nothing will call it: events are "
            "routed to methods of a RoutedNamespace",
            RouteWarning,
            here.f_code.co_filename,
            here.f_lineno,
        )


def _class_body(frame: FrameType | None) -> dict[str, Any] | None:
    """Return the members so far of the class in whose body a decorator is called."""
    while frame is not None and frame.f_locals is not frame.f_globals:
        if "__qualname__" in frame.f_locals:
            return frame.f_locals
        frame = frame.f_back
    return None


def function_of(value: Any) -> Any:
    """Return the function inside a static or class method: what is marked."""
    return getattr(value, "__func__", value)


def marks_of(method: str, value: Any) -> Iterator[Mark]:
    """Yield what a member of a class body is a route for."""
    function = function_of(value)
    marks: tuple[Mark, ...] = getattr(function, _ROUTES, ())
    yield from marks
    named = method.removeprefix("on_")
    by_name = named != method and is_handler(function)
    if by_name and all(mark.event != named for mark in marks):
        yield Mark(named)


def errors_of(value: Any) -> tuple[type[BaseException], ...]:
    """Return the exceptions that a member of a class body handles."""
    marks: tuple[ErrorMark, ...] = getattr(function_of(value), _ERRORS, ())
    return tuple(mark.exception for mark in marks)


def is_handler(value: object) -> bool:
    """Return whether a value can handle the event that its name says: no class can."""
    is_callable = callable(value) and not isinstance(value, type)
    return is_callable or isinstance(value, partialmethod)


def lost_marks(base: type) -> Iterator[tuple[Mark | ErrorMark, Any]]:
    """Yield the marks made in the body of a class that none of its members has."""
    kept: set[int] = set()
    for value in vars(base).values():
        function = function_of(value)
        for holder in (function, getattr(function, "function", None)):
            for name in (_ROUTES, _ERRORS):
                kept.update(map(id, getattr(holder, name, ())))
    noted: list[tuple[Mark | ErrorMark, Any]] = vars(base).get(_NOTED, [])
    yield from (one for one in noted if id(one[0]) not in kept)
