"""What a class declares: its event routes, its error handlers, its patterns.

Read once, when the class is defined. `on` and `errorhandler` only leave marks on
functions; `declare` collects them over the MRO.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partialmethod
from typing import Any, Final, TypeVar, cast

import attrs

from nsroute.arguments import Signature, read
from nsroute.dispatch import Kind
from nsroute.errors import ConflictError, RouteError, name_of, raise_together
from nsroute.events import is_prefix
from nsroute.pipeline.calls import class_layers, layers
from nsroute.pipeline.errorhandlers import handled_kinds
from nsroute.pipeline.turn import Middleware
from nsroute.records import LogChoice, check_choice

__all__ = ["Declaration", "EventRoute", "declare", "errorhandler", "on"]

F = TypeVar("F", bound=Callable[..., Any])

_ROUTES: Final = "__nsroute_routes__"
_ERRORS: Final = "__nsroute_errors__"


@attrs.frozen
class _Mark:
    """What one `on` says."""

    event: str
    pattern: str | None = None
    middleware: tuple[Middleware, ...] = ()
    log: LogChoice = None


@attrs.frozen(eq=False)
class EventRoute:
    """One event of a class and the method that handles it."""

    event: str
    method: str
    pattern: str | None
    """The one pattern that it is narrowed to; None for all of the class."""
    middleware: tuple[Middleware, ...]
    log: LogChoice
    signature: Signature
    leading: bool

    @property
    def kind(self) -> Kind:
        """What it handles."""
        return _kind(self.event)


@attrs.frozen(eq=False)
class Declaration:
    """All that a class declares, its bases included."""

    routes: tuple[EventRoute, ...]
    errors: Mapping[type[BaseException], str]
    patterns: tuple[str, ...]

    def of(self, pattern: str | None) -> dict[str, EventRoute]:
        """Return event -> route for one of the class's patterns.

        A route narrowed to that pattern beats a general one for the same event.
        """
        general = {r.event: r for r in self.routes if r.pattern is None}
        narrowed = {r.event: r for r in self.routes if r.pattern == pattern}
        return {**general, **narrowed}


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
        RouteError: If the event is not text, or if `log` is none of these.
    """
    given = cast("object", event)
    if not isinstance(given, str):
        raise RouteError(
            f"an event's name is text, not {type(given).__name__}",
            hint="write @on('message')" if callable(given) else None,
        )
    check_choice(log)
    mark = _Mark(event, namespace, layers(middleware), log)

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
        RouteError: If one is not a class of exceptions.
    """
    chosen = handled_kinds(exceptions)

    def decorate(function: F) -> F:
        for kind in chosen:
            _add(function, _ERRORS, kind)
        return function

    return decorate


def _add(function: Callable[..., Any], name: str, mark: object) -> None:
    inner = _function(function)
    marks: tuple[object, ...] = getattr(inner, name, ())
    setattr(inner, name, (*marks, mark))


def _function(value: Any) -> Any:
    """Return the function inside a static or class method: what is marked."""
    return getattr(value, "__func__", value)


def _signed(value: Any, cls: type) -> Any:
    """Return the function whose signature is that of a member of a class body."""
    if not isinstance(value, partialmethod):
        return _function(value)
    bound: Any = cast("Any", value).__get__(None, cls)
    bound.__signature__ = inspect.signature(bound)
    # This leads to the module in which the annotations are read.
    bound.__wrapped__ = cast("Any", value).func
    return bound


def _kind(event: str) -> Kind:
    if event == "connect":
        return "connect"
    return "disconnect" if event == "disconnect" else "event"


def declare(
    cls: type,
    *,
    patterns: Sequence[str] = (),
    stop: tuple[type, ...] = (),
    typed: bool = True,
) -> Declaration:
    """Collect what a class and its bases declare.

    Args:
        cls: The class.
        patterns: The namespace patterns of the class itself.
        stop: Base classes whose own methods are no routes.
        typed: Whether annotations are enforced.

    Raises:
        RouteError: If something is wrong; an `ExceptionGroup` of several.
    """
    problems: list[Exception] = []
    found: dict[tuple[str, str | None], tuple[str, _Mark]] = {}
    errors: dict[type[BaseException], str] = {}
    for base in reversed(cls.__mro__):
        if base not in stop and base is not object:
            _inherit(found, base, problems)
            errors = _errors_of(base, errors)
    routes = [
        _route(cls, method, mark, problems, typed) for method, mark in found.values()
    ]
    try:
        class_layers(cls)
    except RouteError as problem:
        problems.append(problem)
    raise_together(f"{name_of(cls)} is not a valid namespace", problems)
    narrowed = [r.pattern for r in routes if r.pattern is not None]
    return Declaration(
        tuple(routes), errors, tuple(dict.fromkeys([*patterns, *narrowed]))
    )


def _inherit(
    found: dict[tuple[str, str | None], tuple[str, _Mark]],
    base: type,
    problems: list[Exception],
) -> None:
    """Lay what one class declares over what its bases did."""
    own: dict[tuple[str, str | None], tuple[str, _Mark]] = {}
    for method, value in vars(base).items():
        marks = list(_marks(method, value))
        if marks or value is None:
            _forget(found, method)
        for mark in marks:
            key = (mark.event, mark.pattern)
            if key in own and own[key][0] != method:
                problems.append(_conflict(base, own[key][0], method, mark))
            own.setdefault(key, (method, mark))
    found.update(own)


def _marks(method: str, value: Any) -> Iterator[_Mark]:
    """Yield what a member of a class body is a route for."""
    function = _function(value)
    marks: tuple[_Mark, ...] = getattr(function, _ROUTES, ())
    yield from marks
    named = method.removeprefix("on_")
    is_method = inspect.isroutine(function) or isinstance(function, partialmethod)
    by_name = named != method and is_method
    if by_name and all(mark.event != named for mark in marks):
        yield _Mark(named)


def _forget(found: dict[tuple[str, str | None], tuple[str, _Mark]], name: str) -> None:
    for key in [key for key, (method, _) in found.items() if method == name]:
        del found[key]


def _errors_of(
    base: type, inherited: dict[type[BaseException], str]
) -> dict[type[BaseException], str]:
    """Lay the error handlers of a class over those of its bases; None takes one off."""
    own = vars(base)
    kept = {k: n for k, n in inherited.items() if own.get(n, n) is not None}
    return kept | {
        kind: name
        for name, value in own.items()
        for kind in getattr(_function(value), _ERRORS, ())
    }


def _conflict(base: type, first: str, second: str, mark: _Mark) -> ConflictError:
    return ConflictError(
        f"two handlers for the event {mark.event!r}",
        target=name_of(base),
        pattern=mark.pattern,
        first=f"{name_of(base)}.{first}",
        second=f"{name_of(base)}.{second}",
        hint="an on_<event> method is a route by its name",
    )


def _route(
    cls: type, method: str, mark: _Mark, problems: list[Exception], typed: bool
) -> EventRoute:
    value = inspect.getattr_static(cls, method)
    leading = is_prefix(mark.event)
    owner = f"{name_of(cls)}.{method}"
    signature = read(
        _signed(value, cls),
        kind=_kind(mark.event),
        owner=owner,
        leading=int(leading),
        bound=0 if isinstance(value, staticmethod) else 1,
        typed=typed,
        names=dict(vars(cls)),
    )
    problems.extend(signature.problems)
    return EventRoute(
        event=mark.event,
        method=method,
        pattern=mark.pattern,
        middleware=mark.middleware,
        log=mark.log,
        signature=signature,
        leading=leading,
    )
