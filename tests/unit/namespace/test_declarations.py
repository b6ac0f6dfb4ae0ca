"""What a class declares: its events, by `on` and by name."""

from __future__ import annotations

import enum
import functools
from collections.abc import Callable
from typing import Any

import pytest

from nsroute import Route, RoutedNamespace, RouteError, on
from tests.support.packet_client import code, inline_client, served_class
from tests.support.sites import site

INVALID = "invalid_arguments"


# --- on ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "event", ["message", "a b", "ünï", "a:b/c", "", "\x00", "on_x", "__init__", "*x"]
)
def test_any_name_is_allowed(event: str) -> None:
    """An event may have any name that is text."""

    class Room(RoutedNamespace):
        @on(event)
        def handle(self) -> str:
            return "handled"

    assert served_class(Room)(event) == "handled"


@pytest.mark.parametrize("wrong", [5, None, b"message", ["message"]])
def test_a_name_is_text(wrong: Any) -> None:
    """`on` refuses what is no text, and says what it found."""
    with pytest.raises(RouteError, match="an event's name is text, not") as caught:
        on(wrong)
    assert type(wrong).__name__ in str(caught.value)
    assert caught.value.hint is None


def test_a_bare_decorator_is_refused() -> None:
    """`@on` without a name says how it is written."""
    with pytest.raises(RouteError, match="is text, not function") as caught:

        class Room(RoutedNamespace):
            @on  # type: ignore[arg-type]
            def message(self) -> None:
                raise AssertionError("it must not run")

    assert caught.value.hint == "write @on('message')"


@pytest.mark.parametrize("wrong", [["/a", "/b"], 5])
def test_a_route_is_narrowed_to_one_pattern(wrong: Any) -> None:
    """`namespace=` is a text; for several patterns there are several `@on`."""
    with pytest.raises(RouteError, match="namespace= is one pattern, not") as caught:
        on("say", namespace=wrong)
    assert type(wrong).__name__ in str(caught.value)
    assert caught.value.hint == "write an @on for each pattern"


def test_several_on_one_method_are_several_routes() -> None:
    """One method may handle several events."""

    class Room(RoutedNamespace):
        @on("one")
        @on("two")
        def either(self) -> str:
            return "either"

    call = served_class(Room)
    assert call("one") == call("two") == "either"
    assert code(call("either")) == "unhandled_event"


def test_methods_may_be_static_or_of_the_class() -> None:
    """`on` takes static methods and methods of the class, above it or below."""

    class Room(RoutedNamespace):
        @on("static")
        @staticmethod
        def static(number: int) -> int:
            return number

        @staticmethod
        @on("static2")
        def static2(number: int) -> int:
            return number

        @on("class")
        @classmethod
        def of_class(cls, number: int) -> list[Any]:
            return [cls.__name__, number]

    call = served_class(Room)
    assert [call("static", 1), call("static2", 2), call("class", 3)] == [
        1,
        2,
        ["Room", 3],
    ]


class Amount(enum.IntEnum):
    TEN = 10


def test_a_method_may_be_partial() -> None:
    """A partial method is a route of its own, with what is left of the signature."""

    class Room(RoutedNamespace):
        @on("add")
        def add(self, first: Amount, second: int, *, scale: int = 1) -> int:
            return (first + second) * scale

        add_ten = on("add ten")(functools.partialmethod(add, Amount.TEN))
        on_twice = functools.partialmethod(add, scale=2)

        def total(self, first: int, *rest: int) -> int:
            return first + sum(rest)

        on_rest = functools.partialmethod(total, 100)

    call = served_class(Room)
    assert call("add", 10, 5) == call("add ten", 5) == 15
    assert call("twice", 10, 5) == 30
    assert call("rest") == 100
    assert call("rest", 1, 2) == 103
    assert code(call("add", 5, 5)) == code(call("add ten", "5")) == INVALID
    assert code(call("add ten", 5, 5)) == INVALID


def test_a_wrapped_method_keeps_its_route() -> None:
    """A decorator that uses `functools.wraps` may stand over `on` and under it."""

    def twice(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            return [function(*args, **kwargs)] * 2

        return wrapper

    class Room(RoutedNamespace):
        @twice
        @on("over")
        def over(self, number: int) -> int:
            return number

        @on("under")
        @twice
        def under(self, number: int) -> int:
            return number

    call = served_class(Room)
    assert call("over", 1) == call("under", 1) == [1, 1]
    assert code(call("over", "one")) == code(call("under", "one"))


# --- on_<event> ----------------------------------------------------------------------


def test_a_method_is_a_route_by_its_name() -> None:
    """`on_<event>` handles that event, as in Flask-SocketIO."""
    heard: list[str] = []

    class Room(RoutedNamespace):
        def on_connect(self) -> None:
            heard.append("connect")

        def on_message(self, text: str) -> str:
            return text

        def on_disconnect(self) -> None:
            heard.append("disconnect")

    client = inline_client(site(Route("/it", Room)))
    client.join("/it")
    assert client.call("/it", "message", "hi") == "hi"
    client.leave("/it")
    assert heard == ["connect", "disconnect"]


def test_a_named_method_may_have_a_decorator_too() -> None:
    """With `on`, a method named `on_<event>` handles that event besides."""

    class Room(RoutedNamespace):
        @on("text")
        @on("message")
        def on_message(self) -> str:
            return "message"

        @on("renamed")
        def on_other(self) -> str:
            return "other"

    call = served_class(Room)
    assert [call(e) for e in ("text", "message", "renamed", "other")] == [
        "message",
        "message",
        "other",
        "other",
    ]


def test_what_is_no_method_is_no_route() -> None:
    """A property, a value or a class named `on_…` is never touched by a client."""

    class Room(RoutedNamespace):
        on_air = True

        @property
        def on_property(self) -> None:
            raise AssertionError("it must not be evaluated")

        class on_class:  # noqa: N801 - it is named like a route on purpose
            pass

    call = served_class(Room)
    for event in ("air", "property", "class"):
        assert code(call(event)) == "unhandled_event"
