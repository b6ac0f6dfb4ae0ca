"""A look-up does little work, whatever is asked for and however many routes there are.

What it finds is tested where it is shown, in `tests/unit/cli/test_match.py`.
"""

from __future__ import annotations

import pytest
from flask import Flask
from flask_socketio import SocketIO
from werkzeug.routing import BaseConverter

from nsroute import MetaRouter, Route, RoutedNamespace
from nsroute.handlers.lookup import LONGEST, Lookup, look_up
from nsroute.routing.nearest import _COMPARED as COMPARED


class Room(RoutedNamespace): ...


class Counting(BaseConverter):
    """Counts how many texts it is asked to read."""

    regex = "[a-z]+"
    read: int = 0

    def to_python(self, value: str) -> str:
        Counting.read += 1
        return value


def look(patterns: list[str], name: str, event: str | None = None) -> Lookup:
    """Look a name up in a table of patterns."""
    app = Flask("tested")
    routes = [Route(pattern, Room) for pattern in patterns]
    router = MetaRouter(routes, converters={"counting": Counting})
    Counting.read = 0
    return look_up(router.mount(SocketIO(app, async_mode="threading")), name, event)


@pytest.mark.parametrize("name", ["/areas/UP/1", "/" + "x" * 5000, "/x" * 2000])
def test_a_name_is_compared_with_a_bounded_number_of_routes(name: str) -> None:
    """Only the routes that begin most like it are compared with it in full."""
    patterns = [f"/area{number}/<counting:a>/x" for number in range(10 * COMPARED)]
    found = look(patterns, name)
    assert not found.served
    assert len(found.near) <= 5
    assert 0 <= Counting.read <= 5 * COMPARED


@pytest.mark.parametrize(
    "name, pattern",
    [
        ("/zoo/7/ape", "/zoo/<int:number>/apes"),
        ("/zo/7/apes", "/zoo/<int:number>/apes"),
        ("/zoo/07/apes", "/zoo/<int:number>/apes"),
    ],
)
def test_the_nearest_route_is_found_among_many(name: str, pattern: str) -> None:
    """A slip at the start, in the middle or at the end is found all the same."""
    patterns = [f"/area{number}/<int:a>/x" for number in range(10 * COMPARED)]
    found = look([*patterns, pattern], name)
    assert found.near[0].route.pattern == pattern
    assert found.hint == "did you mean '/zoo/7/apes'?"


def test_what_is_asked_for_is_cut() -> None:
    """Of a name and an event only what can matter is looked at."""
    found = look(["/room"], "/" + "n" * 10_000_000)
    assert len(found.namespace) == LONGEST
    assert "more than 1000 characters" not in (found.hint or "")
    found = look(["/room"], "/room", "e" * 10_000_000)
    assert (found.served, len(found.event or "")) == (True, LONGEST)
