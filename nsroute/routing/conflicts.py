"""Conflicts: bound routes that cannot stand in one table."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence

from nsroute.errors import ConflictError, RouteError
from nsroute.routing.routes import BoundRoute
from nsroute.routing.targets import qualified


def conflicts(bound: Sequence[BoundRoute]) -> Iterator[RouteError]:
    """Find the routes that conflict with each other, or with their classes."""
    yield from _equal_patterns(bound)
    yield from _ambiguous_names(bound)
    for one in bound:
        # A class may check the names of the parameters, and the pattern it declared.
        check = getattr(one.route.target, "__nsroute_check__", None)
        if check is not None:
            for problem in check(one.pattern.names, one.route.declared):
                problem.pattern = problem.pattern or one.pattern.text
                yield problem


def _equal_patterns(bound: Iterable[BoundRoute]) -> Iterator[RouteError]:
    firsts: dict[Hashable, BoundRoute] = {}
    for one in bound:
        first = firsts.setdefault(one.pattern.key, one)
        if first is not one:
            yield _conflict("two routes match the same names", first, one)


def _ambiguous_names(bound: Iterable[BoundRoute]) -> Iterator[RouteError]:
    firsts: dict[str, BoundRoute] = {}
    for one in bound:
        name = one.route.name
        if name is None:
            continue
        first = firsts.setdefault(name, one)
        if first.route.target is not one.route.target:
            yield _conflict(f"the name {name!r} leads to two classes", first, one)


def _conflict(problem: str, first: BoundRoute, second: BoundRoute) -> ConflictError:
    return ConflictError(
        problem,
        first=str(first.route),
        second=str(second.route),
        pattern=second.pattern.text,
        target=qualified(second.route.target),
    )
