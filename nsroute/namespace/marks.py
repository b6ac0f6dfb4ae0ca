"""The marks that `on` and `errorhandler` leave on the functions of a class body."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from functools import partialmethod
from typing import Any, Final, TypeVar, cast

import attrs

from nsroute.arguments import Middleware, checked_middleware
from nsroute.dispatch.error_handlers import handled_exceptions
from nsroute.errors import RouteError
from nsroute.records import LogChoice, check_choice

F = TypeVar("F", bound=Callable[..., Any])

_ROUTES: Final = "__nsroute_routes__"
_ERRORS: Final = "__nsroute_errors__"


@attrs.frozen
class Mark:
    """What one `on` says."""

    event: str
    pattern: str | None = None
    middleware: tuple[Middleware, ...] = ()
    log: LogChoice = None


def on(
    event: str,
    *,
    namespace: str | None = None,
    middleware: Iterable[Middleware] = (),
    log: LogChoice = None,
) -> Callable[[F], F]:
    """Route an event to a method of a `RoutedNamespace`.

    Several on one method are several routes.

    Args:
        event: The event's name. `connect` and `disconnect` are the lifecycle events. A
            name that ends in `*` takes every custom event with that prefix, and its
            handler gets the event's name as first argument. Exact beats prefix, the
            longer prefix beats the shorter.
        namespace: A pattern that the route is narrowed to, and that is added to those
            of the class.
        middleware: Wraps this handler only, innermost of all.
        log: How its dispatches are recorded: a `LogPolicy`, False for not at all, or a
            level for `ok`.

    Raises:
        RouteError: If the event or the pattern is not text, if `log` is none of these,
            or if what it decorates is no function.
    """
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
    mark = Mark(event, namespace, checked_middleware(middleware), log)

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
            _add(function, _ERRORS, kind)
        return function

    return decorate


def _add(function: Callable[..., Any], name: str, mark: object) -> None:
    inner = function_of(function)
    marks: tuple[object, ...] = getattr(inner, name, ())
    try:
        setattr(inner, name, (*marks, mark))
    except AttributeError:
        kind = type(inner).__name__
        raise RouteError(
            f"it decorates a function, not a {kind}", hint="decorate a method with it"
        ) from None


def function_of(value: Any) -> Any:
    """Return the function inside a static or class method: what is marked."""
    return getattr(value, "__func__", value)


def marks_of(method: str, value: Any) -> Iterator[Mark]:
    """Yield what a member of a class body is a route for."""
    function = function_of(value)
    marks: tuple[Mark, ...] = getattr(function, _ROUTES, ())
    yield from marks
    named = method.removeprefix("on_")
    is_method = inspect.isroutine(function) or isinstance(function, partialmethod)
    by_name = named != method and is_method
    if by_name and all(mark.event != named for mark in marks):
        yield Mark(named)


def errors_of(value: Any) -> tuple[type[BaseException], ...]:
    """Return the exceptions that a member of a class body handles."""
    kinds: tuple[type[BaseException], ...] = getattr(function_of(value), _ERRORS, ())
    return kinds
