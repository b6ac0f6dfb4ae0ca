"""What a class declares: its events, by `on` and by name, its own and its bases'."""

from __future__ import annotations

import enum
import functools
from collections.abc import Callable
from typing import Any

import pytest

from nsroute import ConflictError, MetaRouter, Route, RoutedNamespace, RouteError, on
from tests.local import Wire, site

INVALID = "invalid_arguments"


def _served(target: Any) -> Callable[..., Any]:
    """Serve a class at one name; give what sends it an event."""
    wire = Wire(site(Route("/it", target)))
    wire.join("/it")
    return functools.partial(wire.call, "/it")


def _code(told: Any) -> Any:
    return told["error"]["code"]


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

    assert _served(Room)(event) == "handled"


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


def test_several_on_one_method_are_several_routes() -> None:
    """One method may handle several events."""

    class Room(RoutedNamespace):
        @on("one")
        @on("two")
        def either(self) -> str:
            return "either"

    call = _served(Room)
    assert call("one") == call("two") == "either"
    assert _code(call("either")) == "unhandled_event"


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

    call = _served(Room)
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

    call = _served(Room)
    assert call("add", 10, 5) == call("add ten", 5) == 15
    assert call("twice", 10, 5) == 30
    assert call("rest") == 100
    assert call("rest", 1, 2) == 103
    assert _code(call("add", 5, 5)) == _code(call("add ten", "5")) == INVALID
    assert _code(call("add ten", 5, 5)) == INVALID


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

    call = _served(Room)
    assert call("over", 1) == call("under", 1) == [1, 1]
    assert _code(call("over", "one")) == _code(call("under", "one"))


# --- exact, prefix, rest -------------------------------------------------------------


class Prefixes(RoutedNamespace):
    @on("*")
    def rest(self, event: str, *args: Any) -> list[Any]:
        return ["rest", event, *args]

    @on("cursor:*")
    def cursor(self, event: str, *args: Any) -> list[Any]:
        return ["cursor", event, *args]

    @on("cursor:move")
    def move(self, x: int = 0) -> list[Any]:
        return ["move", x]

    @on("cursor:move:*")
    def moved(self, event: str) -> list[Any]:
        return ["moved", event]


@pytest.mark.parametrize(
    "event,args,told",
    [
        ("cursor:move", (5,), ["move", 5]),
        ("cursor:move:", (), ["moved", "cursor:move:"]),
        ("cursor:move:fast", (), ["moved", "cursor:move:fast"]),
        ("cursor:moved", (1,), ["cursor", "cursor:moved", 1]),
        ("cursor:", (), ["cursor", "cursor:"]),
        ("cursor", (1, 2), ["rest", "cursor", 1, 2]),
        ("", (), ["rest", ""]),
        ("*", (), ["rest", "*"]),
        ("connected", (), ["rest", "connected"]),
    ],
)
def test_exact_beats_prefix_and_longer_beats_shorter(
    event: str, args: tuple[Any, ...], told: Any
) -> None:
    """The nearest route gets an event; one of several events gets its name first."""
    assert _served(Prefixes)(event, *args) == told


def test_the_rest_is_no_lifecycle() -> None:
    """`"*"` takes neither connects nor disconnects, genuine or made up."""
    heard: list[str] = []

    class Room(RoutedNamespace):
        @on("*")
        def rest(self, event: str, *args: Any) -> None:
            heard.append(event)

    wire = Wire(site(Route("/it", Room)))
    wire.join("/it")
    assert _code(wire.call("/it", "connect")) == "reserved_event"
    wire.leave("/it")
    assert heard == []


def test_a_prefix_may_look_like_the_lifecycle() -> None:
    """`"connect*"` takes custom events that begin so, not the connect itself."""
    heard: list[str] = []

    class Room(RoutedNamespace):
        @on("connect*")
        def rest(self, event: str) -> None:
            heard.append(event)

    call = _served(Room)
    call("connected")
    assert heard == ["connected"]


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

    wire = Wire(site(Route("/it", Room)))
    wire.join("/it")
    assert wire.call("/it", "message", "hi") == "hi"
    wire.leave("/it")
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

    call = _served(Room)
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

    call = _served(Room)
    for event in ("air", "property", "class"):
        assert _code(call(event)) == "unhandled_event"


# --- inheritance ---------------------------------------------------------------------


class Base(RoutedNamespace):
    @on("message")
    def message(self, text: str = "") -> str:
        return "base message"

    @on("leave")
    def leave(self) -> str:
        return "base leave"

    def on_named(self) -> str:
        return "base named"


def test_routes_are_inherited() -> None:
    """A subclass handles what its base handles."""

    class Room(Base):
        @on("more")
        def more(self) -> str:
            return "more"

    call = _served(Room)
    assert [call(e) for e in ("message", "named", "more")] == [
        "base message",
        "base named",
        "more",
    ]


def test_an_overriding_method_keeps_its_route() -> None:
    """A method that overrides a routed one handles the event, by its own signature."""

    class Room(Base):
        def message(self, text: int) -> str:  # type: ignore[override]
            return f"room {text + 1}"

        def on_named(self) -> str:
            return f"room, not {super().on_named()}"

    call = _served(Room)
    assert call("message", 1) == "room 2"
    assert _code(call("message", "text")) == "invalid_arguments"
    assert call("named") == "room, not base named"


def test_an_overriding_method_may_have_another_route() -> None:
    """An overriding method with `on` of its own has that route in the other's place."""

    class Room(Base):
        @on("text")
        def message(self, text: str = "") -> str:
            return "room message"

    call = _served(Room)
    assert call("text") == "room message"
    assert _code(call("message")) == "unhandled_event"


def test_another_method_may_take_over_an_event() -> None:
    """A subclass may give an event to a method of another name."""

    class Room(Base):
        @on("message")
        def heard(self) -> str:
            return "heard"

    assert _served(Room)("message") == "heard"


def test_a_subclass_takes_a_route_off() -> None:
    """A subclass that sets the name to None does not handle that event."""

    class Room(Base):
        message = None  # type: ignore[assignment]
        on_named = None  # type: ignore[assignment]

    call = _served(Room)
    assert _code(call("message")) == _code(call("named")) == "unhandled_event"
    assert call("leave") == "base leave"


def test_a_mixin_brings_its_routes() -> None:
    """A mixin, a namespace or not, brings its routes; the nearest in the MRO wins."""

    class Presence:
        @on("who")
        def who(self) -> list[str]:
            return sorted(self.clients)  # type: ignore[attr-defined]

        @on("leave")
        def presence_leave(self) -> str:
            return "presence leave"

    class Room(Presence, Base):
        pass

    class Other(Base, Presence):
        pass

    assert len(_served(Room)("who")) == 1
    assert _served(Room)("leave") == "presence leave"
    assert _served(Other)("leave") == "base leave"


def test_a_diamond_has_each_route_once() -> None:
    """Two bases with one base are no conflict."""

    class Left(Base):
        def message(self, text: str = "") -> str:
            return "left"

    class Right(Base):
        pass

    class Room(Right, Left):
        pass

    assert _served(Room)("message") == "left"


def test_a_method_set_on_an_object_is_not_called_in_its_place() -> None:
    """The method is looked up on the live object, so that a subclass's is called."""
    made: list[Any] = []

    class Room(Base):
        def opened(self) -> None:
            made.append(self)

        def message(self, text: str = "") -> str:
            return f"{self.params} {super().message()}"

    assert _served(Room)("message") == "{} base message"


# --- conflicts -----------------------------------------------------------------------


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
        "middleware": [None],
    }
    with pytest.raises(ExceptionGroup, match="Room is not a valid namespace") as caught:
        type("Room", (RoutedNamespace,), body)
    problems = caught.value.exceptions
    assert [type(problem).__name__ for problem in problems] == [
        "ConflictError",
        "RouteError",
        "RouteError",
    ]


# --- one class, several namespaces ---------------------------------------------------


class Many(RoutedNamespace, namespace=["/a/<int:n>", "/b/<name>"]):
    @on("where")
    def where(self) -> list[Any]:
        return ["general", dict(self.params)]

    @on("where", namespace="/b/<name>")
    def in_b(self, *, name: str) -> list[Any]:
        return ["b", name]

    @on("only")
    @on("also", namespace="/c")
    def only(self) -> str:
        return self.namespace

    @on("where", namespace="/c")
    def in_c(self) -> str:
        return "c"

    @on("*", namespace="/c")
    def rest(self, event: str) -> str:
        return f"rest {event}"


def test_a_class_may_serve_several_patterns() -> None:
    """Each pattern leads to the class; a narrowed route adds its own to them."""
    here = site(Many)
    assert {route.pattern for route in here.router.table} == {
        "/a/<int:n>",
        "/b/<name>",
        "/c",
    }


def test_a_narrowed_route_beats_a_general_one() -> None:
    """Where a route is narrowed to a pattern, it goes before the general one there."""
    wire = Wire(site(Many))
    for name in ("/a/1", "/b/x", "/c"):
        wire.join(name)
    assert wire.call("/a/1", "where") == ["general", {"n": 1}]
    assert wire.call("/b/x", "where") == ["b", "x"]
    assert wire.call("/c", "where") == "c"


def test_a_narrowed_route_is_nowhere_else() -> None:
    """A narrowed route handles its event at its pattern, and no other."""
    wire = Wire(site(Many))
    for name in ("/a/1", "/c"):
        wire.join(name)
    assert wire.call("/c", "also") == "/c"
    assert wire.call("/c", "only") == "/c"
    assert wire.call("/a/1", "only") == "/a/1"
    assert _code(wire.call("/a/1", "also")) == "unhandled_event"
    assert wire.call("/c", "sing") == "rest sing"
    assert _code(wire.call("/a/1", "sing")) == "unhandled_event"


def test_a_class_may_have_narrowed_routes_only() -> None:
    """A class without `namespace=` serves the patterns of its narrowed routes."""

    class Room(RoutedNamespace):
        @on("where", namespace="/a")
        def in_a(self) -> str:
            return "a"

        @on("where", namespace="/b")
        def in_b(self) -> str:
            return "b"

    wire = Wire(site(Room))
    wire.join("/a")
    wire.join("/b")
    assert [wire.call("/a", "where"), wire.call("/b", "where")] == ["a", "b"]


def test_lifecycle_routes_may_be_narrowed() -> None:
    """A connect handler may be that of one pattern."""
    heard: list[str] = []

    class Room(RoutedNamespace, namespace=["/a", "/b"]):
        @on("connect")
        def join(self) -> None:
            heard.append("general")

        @on("connect", namespace="/b")
        def join_b(self) -> None:
            heard.append("b")

    wire = Wire(site(Room))
    wire.join("/a")
    wire.join("/b")
    assert heard == ["general", "b"]


def test_a_general_handler_cannot_have_the_parameter_of_one_pattern() -> None:
    """A parameter that one of the patterns does not have is refused in the table."""

    class Room(RoutedNamespace, namespace=["/a/<int:n>", "/b/<name>"]):
        @on("where")
        def where(self, *, name: str) -> None:
            raise AssertionError("it must not run")

    with pytest.raises(RouteError, match="'name'") as caught:
        MetaRouter([Room])
    assert str(caught.value.target).endswith("Room.where")


def test_one_event_may_be_narrowed_twice() -> None:
    """The same event narrowed to two patterns is no conflict; twice to one is."""
    with pytest.raises(ConflictError, match="two handlers for the event 'x'") as caught:

        class Room(RoutedNamespace):
            @on("x", namespace="/a")
            def one(self) -> None:
                raise AssertionError("it must not run")

            @on("x", namespace="/a")
            def two(self) -> None:
                raise AssertionError("it must not run")

    assert caught.value.pattern == "/a"
