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
from nsroute.namespace.inheritance import InheritedRoutes
from nsroute.namespace.marks import Mark, errors_of, function_of
from nsroute.records import LogChoice
from nsroute.routing import parameter_names
from nsroute.signals import Kind

_SUPPLY_IT: Final = (
    "the pattern has no such parameter; if the prefix of a Submount has, give it a "
    "default here"
)


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
    """Lay the error handlers of a class over those of its bases; None takes one off."""
    members = vars(base)
    kept = {k: n for k, n in inherited.items() if members.get(n, n) is not None}
    own: dict[type[BaseException], str] = {}
    for method, value in members.items():
        for kind in errors_of(value):
            first = own.setdefault(kind, method)
            if first != method:
                problem = f"two handlers for the exception {name_of(kind)!r}"
                parties = _parties(base, first, method)
                problems.append(ConflictError(problem, **parties))
    return kept | own


def _error_handler_problems(
    cls: type, errors: Mapping[type[BaseException], str]
) -> Iterator[RouteError]:
    for method in dict.fromkeys(errors.values()):
        value = inspect.getattr_static(cls, method)
        bound = 0 if isinstance(value, staticmethod) else 1
        owner = f"{name_of(cls)}.{method}"
        yield from error_handler_problems(_signed(value, cls), owner, bound)


def _parties(base: type, first: str, second: str) -> dict[str, str]:
    name = name_of(base)
    return {
        "target": name,
        "first": f"{name}.{first}",
        "second": f"{name}.{second}",
    }


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
