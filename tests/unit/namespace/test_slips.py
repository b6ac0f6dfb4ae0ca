"""What a class would silently not do is an error, or a warning, when it is defined."""

from __future__ import annotations

import functools
import importlib
import inspect
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest
from flask_socketio import Namespace

from nsroute import Route, RoutedNamespace, RouteWarning, errorhandler, on
from tests.support.packet_client import inline_client
from tests.support.problems import problem_of, problems_of
from tests.support.sites import site


def guarded(function: Callable[..., Any]) -> Any:
    """Guard a method, without `functools.wraps`."""

    def guard(*args: Any) -> Any:
        return function(*args)

    return guard


# --- marks that a decorator hides


def test_a_guard_above_on_does_not_open_the_door() -> None:
    """The mark that it hides is missed when the class is defined."""

    def declare() -> None:
        class Room(RoutedNamespace):
            @guarded
            @on("connect")
            def join(self): ...

    problem = problem_of(declare)
    assert str(problem) == (
        "Room.join: a decorator hides @on('connect'): nothing would be routed (put "
        "@on('connect') outermost, and use functools.wraps in the decorator)"
    )
    line = inspect.getsourcelines(declare)[1]
    assert problem.place == f"{__file__}:{line + 2}"
    assert problem.__notes__ == [f"declared at {problem.place}"]


@pytest.mark.parametrize(
    "hiding", [guarded, property, functools.cached_property, lambda function: None]
)
def test_whatever_hides_a_mark_is_found(hiding: Any) -> None:
    """A property, an object, or nothing at all in the place of the function."""

    def declare() -> None:
        class Room(RoutedNamespace):
            @hiding
            @errorhandler(KeyError, ValueError)
            def failed(self, error): ...

            @hiding
            @on("say")
            @on("shout")
            def say(self): ...

    told = [one.problem for one in problems_of(declare)]
    assert told == [
        f"a decorator hides @{what}: nothing would be routed"
        for what in (
            "errorhandler(KeyError)",
            "errorhandler(ValueError)",
            "on('shout')",
            "on('say')",
        )
    ]


def test_marks_of_a_mixin_are_missed_with_the_class_that_takes_it_in() -> None:
    """A mixin need not be a namespace, and is not looked at before."""

    class Guarding:
        @guarded
        @on("connect")
        def join(self): ...

    def declare() -> None:
        class Room(Guarding, RoutedNamespace): ...

    assert problem_of(declare).target == "Guarding.join"


def test_a_mark_is_found_again_wherever_it_is() -> None:
    """Under another name, through a decorator of one's own, in a class inside."""

    def routed(event: str) -> Callable[[Any], Any]:
        def decorate(function: Any) -> Any:
            return on(event)(function)

        return decorate

    class Room(RoutedNamespace):
        class Inner(RoutedNamespace):
            @routed("say")
            def say(self) -> str:
                return "inner"

        @routed("say")
        def _say(self) -> str:
            return "outer"

        on_tell = _say
        del _say

    client = inline_client(site(Route("/a", Room), Route("/b", Room.Inner)))
    for name, told in ("/a", "outer"), ("/b", "inner"):
        client.join(name)
        assert client.call(name, "say") == told


def test_a_method_that_is_defined_twice_loses_no_route() -> None:
    """The second would take the place of the first, and its route with it."""

    def declare() -> None:
        class Room(RoutedNamespace):
            @on("say")
            def handle(self): ...

            @on("shout")
            def handle(self): ...  # noqa: F811

    problem = problem_of(declare)
    assert str(problem) == (
        "Room.handle: the method is defined twice, and the second has no @on('say') "
        "(give each method a name of its own)"
    )


def test_a_function_of_a_module_is_no_handler(tmp_path: Path) -> None:
    """As with `@socketio.on`, which takes functions."""
    module = "from nsroute import on\n\n@on('say')\ndef say(text): ...\n"
    file = tmp_path / "functions_of_a_module.py"
    file.write_text(module)
    sys.path.insert(0, str(tmp_path))
    try:
        with pytest.warns(
            RouteWarning, match=r"@on\('say'\) marks what is in no"
        ) as got:
            importlib.import_module(file.stem)
    finally:
        sys.path.remove(str(tmp_path))
    assert (got[0].filename, got[0].lineno) == (str(file), 3)


# --- checks that a decorator hides


def test_a_decorator_under_on_hides_no_check() -> None:
    """Without `functools.wraps` the annotations are not seen, nor the parameters."""

    def declare() -> None:
        class Room(RoutedNamespace, namespace="/rooms/<int:room_id>"):
            @on("say")
            @guarded
            def say(self, text: str): ...

            @guarded
            @guarded
            def on_where(self, *, room_id): ...

    first, second = problems_of(declare)
    assert str(first) == (
        "Room.say: a decorator without functools.wraps hides its parameters, which "
        "would not be checked (write @functools.wraps(function) above the wrapper)"
    )
    assert second.target == "Room.on_where"


def test_an_object_that_hides_a_check_is_told_too() -> None:
    """A decorator may be a class."""

    class Guard:
        def __init__(self, function: Any) -> None:
            self.function = function

        def __call__(self, *args: Any) -> Any:
            raise AssertionError("it must not run")

    def declare() -> None:
        class Room(RoutedNamespace):
            @on("say")
            @Guard
            def say(self, text: str): ...

    assert "hides its parameters" in problem_of(declare).problem


def test_a_wrapper_that_wraps_itself_is_looked_at_once() -> None:
    """Nothing is looked for endlessly."""

    def wrapper(*args: Any) -> Any:
        return wrapper(*args)

    class Room(RoutedNamespace):
        say = on("say")(wrapper)

    assert Room.__nsroute_declaration__.routes


def test_a_decorator_that_hides_nothing_may_stand() -> None:
    """Where there is nothing to check, or the class checks nothing, or is plain."""

    class Room(RoutedNamespace):
        @on("say")
        @guarded
        def say(self, text):
            return text

    class Loose(RoutedNamespace, checked=False):
        @on("say")
        @guarded
        def say(self, text: int) -> int:
            return text

    class Plain(Namespace):  # type: ignore[misc]
        on_say = guarded(lambda self, text: text)

    def unbound(function: Any) -> Any:
        def empty(*args: Any) -> Any:
            return later(*args) if args else function

        if function is None:
            later = None
        return empty

    class Odd(RoutedNamespace):
        on_say = unbound(lambda self, text: text)

    places = {"/a": Room, "/b": Loose, "/c": Plain}
    client = inline_client(site(*(Route(name, places[name]) for name in places)))
    for name in places:
        client.join(name)
        assert client.call(name, "say", "hello") == "hello"
    assert Odd.__nsroute_declaration__.routes


# --- names that are taken


@pytest.mark.parametrize(
    "name",
    ["emit", "disconnect", "rooms", "accepted", "closed", "trigger_event", "namespace"],
)
def test_a_handler_takes_no_name_that_a_namespace_has(name: str) -> None:
    """`self.disconnect(sid)` would run the handler, and put nobody out."""

    def handle(self: Any, it: Any = None) -> None: ...

    def failed(self: Any, it: Any = None) -> None: ...

    for mark, function in (on("say"), handle), (errorhandler(KeyError), failed):
        members = {name: mark(function)}
        told = problem_of(functools.partial(type, "Room", (RoutedNamespace,), members))
        assert told.target == f"Room.{name}"
        assert told.problem.endswith("takes the name of what every namespace has")


def test_a_name_that_gives_way_may_be_taken() -> None:
    """`client` and its like are attributes that a class may have of its own."""

    class Room(RoutedNamespace):
        @on("event")
        def event(self) -> str:  # type: ignore[override]
            return "mine"

    client = inline_client(site(Route("/a", Room)))
    client.join("/a")
    assert client.call("/a", "event") == "mine"


def test_a_pattern_is_a_keyword_of_the_class() -> None:
    """To somebody who wrote one, "declares no pattern" says nothing."""

    def declare() -> None:
        class Room(RoutedNamespace):
            namespace = "/rooms/<int:room_id>"

    assert str(problem_of(declare)) == (
        "Room: `namespace` in the body of a class is no pattern (write "
        "class Room(RoutedNamespace, namespace='/rooms/<int:room_id>'))"
    )


# --- hooks


def test_a_hook_takes_no_parameters() -> None:
    """Nothing would fill them in, and every client would be refused."""

    def declare() -> None:
        class Room(RoutedNamespace):
            def opened(self, sid): ...

            @staticmethod
            def closed(sid): ...

            async def accepted(self): ...

    first, second, third = problems_of(declare)
    assert str(first) == (
        "Room.opened: a hook is called without arguments "
        "(write def opened(self); self.sid is the client's sid)"
    )
    assert second.target == "Room.accepted"
    assert "never awaits" in second.problem
    assert second.place
    assert third.hint == "write def closed(); self.sid is the client's sid"


def test_a_hook_is_a_method() -> None:
    """A class that moves over may have an attribute of that name: it is told."""
    members = {"closed": False}
    problem = problem_of(lambda: type("Room", (RoutedNamespace,), members))
    assert problem.target == "Room.closed"


@pytest.mark.parametrize(
    "name, hook",
    [
        ("open", "opened"),
        ("opening", "opened"),
        ("opned", "opened"),
        ("close", "closed"),
        ("closes", "closed"),
        ("accept", "accepted"),
        ("acepted", "accepted"),
    ],
)
def test_a_method_that_is_nearly_a_hook_is_warned_of(name: str, hook: str) -> None:
    """Nothing would call it."""

    def method(self: Any) -> None: ...

    told = f"Room.{name}: nothing calls it; the hook is '{hook}'"
    with pytest.warns(RouteWarning, match=told) as caught:
        type("Room", (RoutedNamespace,), {name: method})
    assert caught[0].filename == __file__


def test_what_only_looks_like_a_hook_is_nobodys_business() -> None:
    """A handler, a method with parameters, or a class that has the hook itself."""

    class Room(RoutedNamespace):
        @on("open")
        def open(self): ...

        def close(self, door): ...

        accept = True

        def reopened(self): ...

    class Base(RoutedNamespace):
        def closed(self): ...

    class Hall(Base):
        def close(self): ...


@pytest.mark.parametrize(
    "event, meant",
    [
        ("Connect", "connect"),
        ("connection", "connect"),
        ("DISCONNECT", "disconnect"),
        ("disconnected", "disconnect"),
    ],
)
def test_an_event_that_is_nearly_of_the_lifecycle_is_warned_of(
    event: str, meant: str
) -> None:
    """A guard there would guard nothing: it is an event that clients send."""

    def method(self: Any) -> None: ...

    told = f"Room.method: '{event}' is an event that clients send, not '{meant}'"
    with pytest.warns(RouteWarning, match=told):
        room: Any = type("Room", (RoutedNamespace,), {"method": on(event)(method)})
    type("Inheriting", (room,), {})  # it was said once


def test_a_connect_method_without_on_is_warned_of() -> None:
    """It is nobody's guard."""

    def connect(self: Any, auth: Any) -> None: ...

    with pytest.warns(RouteWarning, match=r"Room.connect: .* write @on\('connect'\)"):
        type("Room", (RoutedNamespace,), {"connect": connect})
    with warnings.catch_warnings():
        type("Room", (RoutedNamespace,), {"connect": on("connect")(connect)})


# --- attrs


def test_a_class_that_attrs_makes_anew_keeps_its_options() -> None:
    """With slots, `define` makes a second class of the first one's body."""

    @attrs.define(init=False, eq=False)
    class Room(RoutedNamespace, namespace="/rooms/<int:room_id>", checked=False):
        visits: int = 0

        def __init__(self, namespace: str) -> None:
            super().__init__(namespace)
            self.visits = 7

        @on("visits")
        def tell(self, more: int) -> int:
            return self.visits + more

    client = inline_client(site(Room))
    client.join("/rooms/1")
    assert client.call("/rooms/1", "visits", 0.5) == 7.5


def test_a_mark_that_gets_lost_in_a_plain_class_is_found_by_the_router() -> None:
    """It is nsroute's mark, whatever the class is derived from."""

    class Old(Namespace):  # type: ignore[misc]
        @guarded
        @on("connect")
        def join(self): ...

    problem = problem_of(lambda: site(Route("/old", Old)))
    assert problem.target == "Old.join"
