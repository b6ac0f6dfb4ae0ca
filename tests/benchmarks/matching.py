"""The cost of a match, of compiling a table, and of what a live namespace keeps."""

from __future__ import annotations

from collections.abc import Iterator

from flask_socketio import Namespace

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
    """Measure matches against those in a table of one, and compiling."""
    one = table(1)
    for size in (100, MANY):
        yield _match(one, table(size), size)
    yield _compile()


def _match(one: RouteTable, many: RouteTable, size: int) -> Row:
    return compare(
        f"match in {size:,} patterns, against in 1",
        lambda: cpu(lambda: one.match("/rooms/42"), MATCHES),
        lambda: cpu(lambda: many.match("/rooms/42"), MATCHES),
        target=1.2,
    )


def _compile() -> Row:
    """Compare the time for a route in a large table with 40 µs."""
    from werkzeug.routing import Map, Rule

    def ours() -> float:
        return cpu(lambda: table(MANY), 1) / MANY

    def theirs() -> float:
        rules = [Rule(f"/kind{i}/<int:x>/part{i}", endpoint=i) for i in range(MANY)]
        return cpu(lambda: Map(rules).update(), 1) / MANY

    return compare("compile a route, against Werkzeug's Map", theirs, ours, rounds=3)
