"""Two handlers for one event are a conflict when the class is defined."""

from __future__ import annotations

from typing import Any

import pytest

from nsroute import ConflictError, RoutedNamespace, on


def test_two_handlers_for_one_event_are_a_conflict() -> None:
    """One event in one scope has one handler; the error names both and the class."""
    with pytest.raises(
        ConflictError, match="two handlers for the event 'say'"
    ) as caught:

        class Room(RoutedNamespace):
            @on("say")
            def one(self) -> None:
                raise AssertionError("it must not run")

            @on("say")
            def two(self) -> None:
                raise AssertionError("it must not run")

    conflict = caught.value
    assert conflict.hint == "keep one, or give one another event"
    assert conflict.first.endswith("Room.one")
    assert conflict.second.endswith("Room.two")
    assert str(conflict.target).endswith("Room")


@pytest.mark.parametrize("event", ["connect", "*", "cursor:*"])
def test_lifecycle_and_prefixes_conflict_too(event: str) -> None:
    """Two handlers for a connect or for one prefix are a conflict as well."""

    def first(self: Any, event: Any = None) -> None:
        raise AssertionError("it must not run")

    def second(self: Any, event: Any = None) -> None:
        raise AssertionError("it must not run")

    body = {"first": on(event)(first), "second": on(event)(second)}
    with pytest.raises(ConflictError, match="two handlers for the event") as caught:
        type("Room", (RoutedNamespace,), body)
    assert (caught.value.first, caught.value.second) == ("Room.first", "Room.second")


def test_a_named_method_conflicts_with_a_decorated_one() -> None:
    """`on_say` and `@on("say")` are two handlers for one event; the hint says why."""
    with pytest.raises(ConflictError, match="'say'") as caught:

        class Room(RoutedNamespace):
            def on_say(self) -> None:
                raise AssertionError("it must not run")

            @on("say")
            def say(self) -> None:
                raise AssertionError("it must not run")

    assert "is a route by its name" in str(caught.value.hint)


def test_all_problems_are_told_at_once() -> None:
    """Conflicts, signatures and middleware of one class are raised together."""

    def one(self: Any, auth: Any, more: Any) -> None:
        raise AssertionError("it must not run")

    def two(self: Any) -> None:
        raise AssertionError("it must not run")

    body = {
        "one": on("connect")(one),
        "two": on("connect")(two),
    }
    with pytest.raises(ExceptionGroup, match="Room is not a valid namespace") as caught:
        type("Room", (RoutedNamespace,), body, middleware=[None])
    problems = caught.value.exceptions
    assert [type(problem).__name__ for problem in problems] == [
        "ConflictError",
        "RouteError",
        "RouteError",
    ]
