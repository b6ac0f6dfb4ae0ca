"""Handlers that `__init__` puts on an object are found there, as upstream does it."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

import pytest
from flask_socketio import ConnectionRefusedError, Namespace

from nsroute import Route, RoutedNamespace, on
from tests.support.alone import served
from tests.support.dispatch_recorder import DispatchRecorder
from tests.support.event_log import Proceed
from tests.support.packet_client import code, inline_client
from tests.support.sites import Site, site


class Guard:
    """A callable object."""

    def __call__(self, auth: Any) -> None:
        if auth != "swordfish":
            raise ConnectionRefusedError("no stranger")


def _say(greeting: str, text: str = "nothing") -> str:
    return f"{greeting} {text}"


class Setting:
    """Puts its handlers on itself."""

    def __init__(self, namespace: str | None = None) -> None:
        super().__init__(namespace)  # type: ignore[call-arg]
        self.left: list[str] = []
        self.on_connect = Guard()
        self.on_say = functools.partial(_say, "hello")
        self.on_number = lambda number: number
        self.on_disconnect = self.left.append
        self.on_air = True
        self.on_type = Guard


class Routed(Setting, RoutedNamespace, namespace="/routed/<x>"):
    """A class that has changed its base."""


class Plain(Setting, Namespace):  # type: ignore[misc]
    """A class that a route serves as it is."""


class Body(RoutedNamespace, namespace="/body/<x>"):
    """Has such objects in its body."""

    on_connect = Guard()
    on_say = staticmethod(functools.partial(_say, "hello"))
    on_number = staticmethod(lambda number: number)

    def __init__(self, namespace: str | None = None) -> None:
        super().__init__(namespace)
        self.left: list[str] = []

    def on_disconnect(self, reason: str) -> None:
        self.left.append(reason)


def _alone(name: str) -> Site:
    return served(Routed(name))


def _by_router(name: str) -> Site:
    return site(Routed, Body, Route("/plain/<x>", Plain))


PLACES: list[tuple[str, Callable[[str], Site]]] = [
    ("/routed/1", _by_router),
    ("/routed/1", _alone),
    ("/plain/1", _by_router),
    ("/body/1", _by_router),
]


@pytest.mark.parametrize("name, made", PLACES)
def test_a_connect_guard_that_an_object_has_guards(
    name: str, made: Callable[[str], Site]
) -> None:
    """The first client too, for whom the object is made."""
    here = made(name)
    client = inline_client(here)
    for _ in range(2):
        assert client.refusal(name, "guess") == {"message": "no stranger"}
        assert client.refusal(name) == {"message": "no stranger"}
    client.join(name, "swordfish")
    other = inline_client(here)
    assert other.refusal(name, "guess") == {"message": "no stranger"}
    assert client.call(name, "say", "ann") == "hello ann"
    assert client.call(name, "say") == "hello nothing"
    assert client.call(name, "number", "as it came") == "as it came"
    for event in "air", "type" if "plain" not in name else "air":
        assert code(client.call(name, event)) == "unhandled_event"
    assert code(client.call(name, "say", 1, 2, 3)) == "invalid_arguments"
    served_by = here.router.live[name] if here.router else None
    client.leave(name)
    if served_by is not None:
        assert served_by.left == ["client disconnect"]


# Python 3.13 warns that 3.14 will give the object to it.
@pytest.mark.filterwarnings("ignore:functools.partial will be:FutureWarning")
@pytest.mark.parametrize("base", [RoutedNamespace, Namespace])
def test_a_partial_in_a_body_is_called_as_this_python_calls_it(base: type) -> None:
    """Python 3.14 gives it the object, older ones do not; `staticmethod` never."""

    def note(*args: object) -> int:
        return len(args)

    class Noting(base):  # type: ignore[misc]
        on_note = functools.partial(note, "bound")
        on_static = staticmethod(functools.partial(note, "bound"))

    client = inline_client(site(Route("/noting", Noting)))
    client.join("/noting")
    upstream_gives = Noting("/noting").on_note("a", "b")
    assert upstream_gives == (4 if sys.version_info >= (3, 14) else 3)
    assert client.call("/noting", "note", "a", "b") == upstream_gives
    assert client.call("/noting", "static", "a", "b") == 3


@pytest.mark.filterwarnings("ignore:functools.partial will be:FutureWarning")
def test_arguments_of_a_partial_in_a_body_are_counted_as_it_takes_them() -> None:
    """Behind the object where it gets one; its annotations are not enforced."""

    def say(text: str = "nothing") -> str:
        return "said"

    def say_as(told: object, text: str = "nothing") -> str:
        return "said"

    class Saying(RoutedNamespace, namespace="/saying"):
        on_say = functools.partial(say_as if sys.version_info >= (3, 14) else say)

    client = inline_client(site(Saying))
    client.join("/saying")
    assert client.call("/saying", "say") == client.call("/saying", "say", 1) == "said"
    assert code(client.call("/saying", "say", "a", "b")) == "invalid_arguments"


def test_what_an_object_has_is_recorded_and_wrapped_like_a_method() -> None:
    """By its own name, inside all middleware of the class."""
    seen: list[str] = []

    def noting(dispatch: Any, proceed: Proceed) -> Any:
        seen.append(dispatch.event)
        return proceed()

    class Wrapped(Routed, namespace="/wrapped", middleware=[noting]):
        """With middleware."""

    here = site(Wrapped, Route("/plain", Plain, middleware=[noting]))
    recorder = DispatchRecorder(here)
    client = inline_client(here)
    for name, cls in ("/wrapped", "Wrapped"), ("/plain", "Plain"):
        client.join(name, "swordfish")
        client.call(name, "say")
        client.leave(name)
        assert seen == ["connect", "say", "disconnect"]
        assert [one.target for one in recorder.take()] == [
            f"{cls}.on_connect",
            f"{cls}.on_say",
            f"{cls}.on_disconnect",
        ]
        seen.clear()


def test_what_an_object_has_takes_the_place_of_the_method_of_that_name() -> None:
    """With a signature of its own; `self` is not filled in."""

    class Replacing(RoutedNamespace, namespace="/replacing/<int:x>"):
        def __init__(self, namespace: str) -> None:
            super().__init__(namespace)
            self.on_say = lambda one, two, *, x: [one, two, x]  # type: ignore[method-assign,assignment]

        def on_say(self, text: str) -> str:
            raise AssertionError("it must not run")

        def on_stay(self) -> str:
            return "stays"

    client = inline_client(site(Replacing))
    client.join("/replacing/5")
    assert client.call("/replacing/5", "say", 1, 2) == [1, 2, 5]
    assert client.call("/replacing/5", "stay") == "stays"


def test_an_object_takes_no_event_from_a_method_of_another_name() -> None:
    """Of two handlers neither wins: the client is refused, and the record says why."""

    class Twice(RoutedNamespace, namespace="/twice"):
        def __init__(self, namespace: str) -> None:
            super().__init__(namespace)
            self.on_connect = lambda: None

            async def later() -> None: ...

            self.on_later = later

        @on("connect")
        def guard(self) -> bool:
            return False

    here = site(Twice)
    recorder = DispatchRecorder(here)
    assert inline_client(here).refusal("/twice") == {"message": "internal error"}
    told = recorder.next()
    assert isinstance(told.error, ExceptionGroup)
    first, second = map(str, told.error.exceptions)
    assert first == (
        "Twice: two handlers for the event 'connect' (set the method of the class, or "
        "route it otherwise): Twice.guard and self.on_connect"
    )
    assert "Twice.on_later: it is a coroutine or generator function" in second


def test_a_plain_class_finds_what_comes_later() -> None:
    """Upstream asks the object at each event."""

    class Growing(Namespace):  # type: ignore[misc]
        def on_learn(self, word: str) -> None:
            setattr(self, f"on_{word}", lambda: word)

        def on_forget(self, word: str) -> None:
            delattr(self, f"on_{word}")

    client = inline_client(site(Route("/growing", Growing)))
    client.join("/growing")
    assert code(client.call("/growing", "sit")) == "unhandled_event"
    client.call("/growing", "learn", "sit")
    assert client.call("/growing", "sit") == "sit"
    client.call("/growing", "forget", "sit")
    assert code(client.call("/growing", "sit")) == "unhandled_event"
