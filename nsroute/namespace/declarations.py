"""What a class declares: its event routes, its error handlers, its patterns.

Read once, when the class is defined: `declare` collects marks over the MRO.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import partial, partialmethod
from typing import Any, cast

import attrs

from nsroute.arguments import Middleware, Signature, read
from nsroute.dispatch.error_handlers import error_handler_problems
from nsroute.dispatch.routes import is_prefix
from nsroute.errors import (
    ConflictError,
    RouteError,
    name_of,
    place_of,
    raise_together,
)
from nsroute.events_queue import OrderChoice
from nsroute.namespace.inheritance import InheritedRoutes
from nsroute.namespace.marks import Mark, errors_of, function_of
from nsroute.namespace.slips import (
    body_problems,
    hidden_problems,
    lost_problems,
    reserved_problems,
    warn_of_slips,
)
from nsroute.records import LogChoice
from nsroute.routing import parameter_names
from nsroute.signals import Kind

_UNBOUND = (staticmethod,) if sys.version_info >= (3, 14) else (staticmethod, partial)
"""What does not get the object. Python 3.13 only warns that a `partial` will."""


@attrs.frozen(eq=False)
class EventRoute:
    """One event of a class and the method that handles it."""

    event: str
    method: str
    pattern: str | None
    """The one pattern that it is narrowed to; None for all of the class."""
    middleware: tuple[Middleware, ...]
    log: LogChoice
    order: OrderChoice
    signature: Signature
    leading: bool

    @property
    def kind(self) -> Kind:
        """What it handles."""
        return kind_of(self.event)


@attrs.frozen(eq=False)
class Declaration:
    """All that a class declares, its bases included."""

    routes: tuple[EventRoute, ...]
    errors: Mapping[type[BaseException], str]
    patterns: tuple[str, ...]

    def of(self, pattern: str | None) -> dict[str, EventRoute]:
        """Return event -> route for a pattern; a narrowed route beats a general one."""
        general = {r.event: r for r in self.routes if r.pattern is None}
        narrowed = {r.event: r for r in self.routes if r.pattern == pattern}
        return {**general, **narrowed}


def _signed(value: Any, cls: type) -> Any:
    """Return the function whose signature is that of a member of a class body."""
    if not isinstance(value, partialmethod):
        return function_of(value)
    bound: Any = cast("Any", value).__get__(None, cls)
    bound.__signature__ = inspect.signature(bound)
    # This leads to the module in which the annotations are read.
    bound.__wrapped__ = cast("Any", value).func
    return bound


def kind_of(event: str) -> Kind:
    """Return the kind of the dispatches of an event."""
    if event == "connect":
        return "connect"
    return "disconnect" if event == "disconnect" else "event"


def declare(
    cls: type,
    *,
    patterns: Sequence[str] = (),
    stop: tuple[type, ...] = (),
    typed: bool = True,
    strict: bool = True,
) -> Declaration:
    """Collect what a class and its bases declare; methods of `stop` are no routes.

    With `strict`, what would silently not do what it says is a problem too.
    """
    problems: list[Exception] = []
    inherited = InheritedRoutes()
    errors: dict[type[BaseException], str] = {}
    for base in reversed(cls.__mro__):
        if base not in stop and base is not object:
            inherited.inherit(base)
            errors = _errors_of(base, errors, problems)
    problems = [*inherited.conflicts(cls), *problems]
    routes = [
        _route(cls, one.method, one.mark, problems, typed) for one in inherited.found
    ]
    narrowed = [r.pattern for r in routes if r.pattern is not None]
    declaration = Declaration(
        tuple(routes), errors, tuple(dict.fromkeys([*patterns, *narrowed]))
    )
    problems.extend(_error_handler_problems(cls, errors))
    problems.extend(lost_problems(cls, stop))
    if strict:
        problems.extend(body_problems(cls, stop))
        handlers: dict[str, object] = {m: kind.__name__ for kind, m in errors.items()}
        handlers.update({one.method: one.mark for one in inherited.found})
        problems.extend(reserved_problems(cls, handlers, stop))
        problems.extend(_misplaced(declaration))
    raise_together(f"{name_of(cls)} is not a valid namespace", problems)
    if strict:
        warn_of_slips(cls, {one.event: one.method for one in routes}, stop)
    return declaration


def _misplaced(declaration: Declaration) -> Iterator[RouteError]:
    """Find what handlers take from the client though the name says another thing.

    A misspelled pattern is a problem of the table that it gets into.
    """
    for route in declaration.routes:
        yield from route.signature.check_lifecycle()
    for pattern in declaration.patterns:
        names = parameter_names(pattern)
        for route in declaration.of(pattern).values() if names else ():
            yield from route.signature.check_positional(names or (), pattern)


def _errors_of(
    base: type,
    inherited: dict[type[BaseException], str],
    problems: list[Exception],
) -> dict[type[BaseException], str]:
    """Return the error handlers of a class and its bases; None removes one."""
    members = vars(base)
    kept = {k: n for k, n in inherited.items() if members.get(n, n) is not None}
    own: dict[type[BaseException], str] = {}
    for method, value in members.items():
        for kind in errors_of(value):
            first = own.setdefault(kind, method)
            if first != method:
                problems.append(
                    ConflictError(
                        f"two handlers for the exception {name_of(kind)!r}",
                        target=name_of(base),
                        first=f"{name_of(base)}.{first}",
                        second=f"{name_of(base)}.{method}",
                        place=place_of(function_of(value)),
                    )
                )
    return kept | own


def _error_handler_problems(
    cls: type, errors: Mapping[type[BaseException], str]
) -> Iterator[RouteError]:
    for method in dict.fromkeys(errors.values()):
        value = inspect.getattr_static(cls, method)
        bound = 0 if isinstance(value, staticmethod) else 1
        owner = f"{name_of(cls)}.{method}"
        for problem in error_handler_problems(_signed(value, cls), owner, bound):
            problem.place = place_of(function_of(value))
            yield problem


def _route(
    cls: type, method: str, mark: Mark, problems: list[Exception], typed: bool
) -> EventRoute:
    value: Any = inspect.getattr_static(cls, method)
    leading = is_prefix(mark.event)
    owner = f"{name_of(cls)}.{method}"
    # A callable object, a `functools.partial` too, has no annotations to enforce.
    kind: object = value.__class__
    binds = hasattr(kind, "__get__") and not isinstance(value, _UNBOUND)
    is_method = isinstance(value, partialmethod) or (
        inspect.isroutine(cast("object", value)) and not isinstance(value, partial)
    )
    signature = read(
        _signed(value, cls),
        kind=kind_of(mark.event),
        owner=owner,
        leading=int(leading),
        bound=int(binds),
        typed=typed and is_method,
        names=dict(vars(cls)),
    )
    problems.extend(signature.problems)
    if typed:
        problems.extend(hidden_problems(value, owner))
    return EventRoute(
        event=mark.event,
        method=method,
        pattern=mark.pattern,
        middleware=mark.middleware,
        log=mark.log,
        order=mark.order,
        signature=signature,
        leading=leading,
    )
