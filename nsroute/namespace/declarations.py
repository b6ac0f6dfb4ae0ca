"""What a class declares: its event routes, its error handlers, its patterns.

Read once, when the class is defined: `declare` collects marks over the MRO.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from functools import partialmethod
from typing import Any, Final, cast

import attrs

from nsroute.arguments import Middleware, Signature, read
from nsroute.dispatch.error_handlers import error_handler_problems
from nsroute.dispatch.routes import is_prefix
from nsroute.errors import ConflictError, RouteError, name_of, raise_together
from nsroute.namespace.marks import Mark, errors_of, function_of, marks_of
from nsroute.records import LogChoice
from nsroute.routing import parameter_names
from nsroute.signals import Kind

_SUPPLY_IT: Final = (
    "the pattern has no such parameter; if the prefix of a Submount has, give it a "
    "default here"
)


Key = tuple[str, str | None]


@attrs.frozen
class Marked:
    """A method that is marked as a route, and the class whose body has it."""

    base: type
    method: str
    mark: Mark

    @property
    def key(self) -> Key:
        """The event and the pattern: for each there is one route."""
        return self.mark.event, self.mark.pattern

    def keeps(self, other: Marked) -> bool:
        """Return whether a route of a farther class for its event stands beside it."""
        return self.method != other.method and not issubclass(self.base, other.base)

    def conflict(self, other: Marked, cls: type, cure: str) -> ConflictError:
        """Return the error for two that handle one event in one scope of a class."""
        return ConflictError(
            f"two handlers for the event {self.mark.event!r}",
            target=name_of(cls),
            pattern=self.mark.pattern,
            first=f"{name_of(self.base)}.{self.method}",
            second=f"{name_of(other.base)}.{other.method}",
            hint=cure,
        )


class InheritedRoutes:
    """What the classes of an MRO declare, collected from the farthest to the nearest.

    A class wins over one that it is derived from. Of two mixins that handle one event
    neither wins: which one did would depend on the order of the bases, and a guard in
    a connect handler would be lost without a word.
    """

    def __init__(self) -> None:
        self._routes: dict[Key, list[Marked]] = {}
        """Who handles an event; of several none derives from another."""
        self._doubled: list[tuple[Marked, Marked]] = []

    @property
    def found(self) -> list[Marked]:
        """The routes."""
        return [routes[-1] for routes in self._routes.values()]

    def inherit(self, base: type) -> None:
        """Add what one class declares to what its bases do."""
        own: dict[Key, Marked] = {}
        for method, value in vars(base).items():
            marked = [Marked(base, method, mark) for mark in marks_of(method, value)]
            if marked or value is None:
                self._forget(method)
            for one in marked:
                first = own.setdefault(one.key, one)
                if first.method != method:
                    self._doubled.append((first, one))
        for one in own.values():
            routes = self._routes.get(one.key, ())
            self._routes[one.key] = [*filter(one.keeps, routes), one]

    def conflicts(self, cls: type) -> Iterator[ConflictError]:
        """Yield the events that two methods handle in one scope."""
        for first, second in self._doubled:
            cure = "an on_<event> method is a route by its name"
            yield first.conflict(second, first.base, cure)
        for *rivals, nearest in self._routes.values():
            cure = f"route it in {name_of(cls)}, or set one of the two to None there"
            yield from (nearest.conflict(rival, cls, cure) for rival in rivals)

    def _forget(self, method: str) -> None:
        """Remove what a method of this name was the route for."""
        kept = {
            key: [one for one in routes if one.method != method]
            for key, routes in self._routes.items()
        }
        self._routes = {key: routes for key, routes in kept.items() if routes}


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
    """Collect what a class and its bases declare; methods of `stop` are no routes."""
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
    problems.extend(_unsupplied(declaration))
    problems.extend(_error_handler_problems(cls, errors))
    raise_together(f"{name_of(cls)} is not a valid namespace", problems)
    return declaration


def _unsupplied(declaration: Declaration) -> Iterator[RouteError]:
    """Find the parameters of handlers that the patterns of the class do not have.

    A misspelled pattern is a problem of the table that it gets into.
    """
    for pattern in declaration.patterns:
        names = parameter_names(pattern)
        if names is not None:
            for route in declaration.of(pattern).values():
                yield from route.signature.check(names, pattern, _SUPPLY_IT)


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
        yield from error_handler_problems(_signed(value, cls), owner, bound)


def _route(
    cls: type, method: str, mark: Mark, problems: list[Exception], typed: bool
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
