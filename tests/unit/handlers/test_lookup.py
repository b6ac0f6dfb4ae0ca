"""A look-up does little work, whatever is asked for.

What it finds is tested where it is shown, in `tests/unit/cli/test_match.py`.
"""

from __future__ import annotations

from flask import Flask
from flask_socketio import SocketIO

from nsroute import MetaRouter, Route, RoutedNamespace
from nsroute.handlers import Lookup, look_up
from nsroute.handlers.lookup import LONGEST


class Room(RoutedNamespace): ...


def look(name: str, event: str | None = None) -> Lookup:
    """Look a name up in a table of one route."""
    router = MetaRouter([Route("/room", Room)])
    router.mount(SocketIO(Flask("tested"), async_mode="threading"))
    return look_up(router, name, event)


def test_what_is_asked_for_is_cut() -> None:
    """Of a name and an event only what can matter is looked at."""
    found = look("/" + "n" * 10_000_000)
    assert len(found.namespace) == LONGEST
    assert "more than 1000 characters" not in (found.hint or "")
    found = look("/room", "e" * 10_000_000)
    assert (found.served, len(found.event or "")) == (True, LONGEST)
