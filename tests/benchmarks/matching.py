"""The cost of a match, of compiling a table, and of what a live namespace keeps."""

from __future__ import annotations

import gc
from collections.abc import Iterator

from flask_socketio import Namespace
from werkzeug.routing import Map, Rule

from nsroute import Route, RouteTable
from tests.benchmarks.measure import Row, compare, cpu

__all__ = ["rows"]

MATCHES = 20_000
MANY = 10_000


class Target(Namespace):
    """Served by nobody here."""


def table(size: int) -> RouteTable:
    """Make a table in which `/rooms/<int:room_id>` is the last of so many."""
    others = [Route(f"/kind{i}/<int:x>/part{i}", Target) for i in range(size - 1)]
    return RouteTable([*others, Route("/rooms/<int:room_id>", Target)])


def rows() -> Iterator[Row]:
    """Measure compiling, and matches against those in a table of one."""
    yield _compile()
    one = table(1)
    for size in (100, MANY):
        yield _match(one, table(size), size)


def _match(one: RouteTable, many: RouteTable, size: int) -> Row:
    return compare(
        f"match in {size:,} patterns, against in 1",
        lambda: cpu(lambda: one.match("/rooms/42"), MATCHES),
        lambda: cpu(lambda: many.match("/rooms/42"), MATCHES),
        target=1.2,
    )


def _compile() -> Row:
    def ours() -> float:
        gc.collect()
        return cpu(lambda: table(MANY), 1) / MANY

    def theirs() -> float:
        gc.collect()
        rules = [Rule(f"/kind{i}/<int:x>/part{i}", endpoint=i) for i in range(MANY)]
        return cpu(lambda: Map(rules).update(), 1) / MANY

    name = f"compile one of {MANY:,} routes, against Werkzeug's Map"
    return compare(name, theirs, ours, rounds=3, limit=40)
