"""An error handler that could not handle is found when it is declared."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import pytest

from nsroute import (
    ConflictError,
    MetaRouter,
    Route,
    RoutedNamespace,
    RouteError,
    errorhandler,
    on,
)
from tests.support.packet_client import inline_client
from tests.support.sites import error, site


def _no_error(self: Any) -> None: ...


def _no_self(error: Any) -> None: ...


def _two(self: Any, error: Any, namespace: Any) -> None: ...


def _keyword(self: Any, error: Any, *, namespace: Any) -> None: ...


def _room(handle: Any) -> type[RoutedNamespace]:
    """Make a class with one error handler."""
    return type("Room", (RoutedNamespace,), {"handle": errorhandler()(handle)})


@pytest.mark.parametrize("wrong", [_no_error, _no_self, _two, _keyword])
def test_a_method_that_an_error_cannot_call_is_refused(wrong: Any) -> None:
    """It has to take the exception, and nothing else."""
    with pytest.raises(RouteError) as caught:
        _room(wrong)
    assert str(caught.value) == (
        "Room.handle: an error handler is called with the exception alone "
        "(write def handle(self, error))"
    )


def test_a_static_method_takes_the_exception_alone() -> None:
    """One that takes `self` besides is refused, and told how it is written."""
    with pytest.raises(RouteError, match="with the exception alone") as caught:
        _room(staticmethod(lambda self, error: None))
    assert caught.value.hint == "write def handle(error)"


def test_a_coroutine_function_is_refused() -> None:
    """It would never be awaited."""

    async def handle(self: Any, error: Any) -> str:
        return "never"

    with pytest.raises(RouteError, match="never awaits") as caught:
        _room(handle)
    assert caught.value.target == "Room.handle"


def test_what_stands_in_the_place_of_an_inherited_one_has_to_fit() -> None:
    """A subclass may not put there what cannot be called with the exception."""
    base = _room(lambda self, error: "base")
    for wrong in (5, lambda self: "less"):
        with pytest.raises(RouteError, match="with the exception alone") as caught:
            type("Derived", (base,), {"handle": wrong})
        assert caught.value.target == "Derived.handle"


def _doubled(self: Any, error: Any, *, more: int = 0) -> str:
    return "handled"


def _wrapped(function: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap as decorators do: here the wrapper brings the second argument itself."""

    @functools.wraps(function)
    def wrapper(*args: Any) -> Any:
        return function(*args, "second")

    return wrapper


@pytest.mark.parametrize(
    "fitting",
    [
        lambda self, error: "handled",
        lambda *args: "handled",
        lambda self, error, more=1: "handled",
        _doubled,
        staticmethod(lambda error: "handled"),
        classmethod(lambda cls, error: "handled"),
        functools.partialmethod(lambda self, first, error: "handled", 1),
        _wrapped(lambda self, error, second: "handled"),
    ],
    ids=[
        "plain",
        "rest",
        "default",
        "keyword",
        "static",
        "class",
        "partial",
        "wrapped",
    ],
)
def test_whatever_the_exception_can_call_handles_it(fitting: Any) -> None:
    """It may be of any kind that can be called so; of a wrapped one the wrapper is."""

    class Room(_room(fitting)):  # type: ignore[misc]
        @on("fail")
        def fail(self) -> None:
            raise ValueError

    client = inline_client(site(Route("/it", Room)))
    client.join("/it")
    assert client.call("/it", "fail") == "handled"


def test_one_without_a_signature_is_taken_at_its_word() -> None:
    """Of some functions that are written in C nobody can tell what they take."""
    router = MetaRouter([])
    assert router.errorhandler(LookupError)(iter) is iter


def test_two_methods_for_one_exception_are_a_conflict() -> None:
    """One of them would never be called."""
    with pytest.raises(ConflictError) as caught:

        class Room(RoutedNamespace):
            @errorhandler(ValueError)
            def first(self, error: ValueError) -> None: ...

            @errorhandler(KeyError, ValueError)
            def second(self, error: Exception) -> None: ...

    assert str(caught.value) == (
        "Room: two handlers for the exception 'ValueError': Room.first and Room.second"
    )


def test_a_subclass_may_handle_what_its_base_handles() -> None:
    """That is no conflict: the subclass is nearer."""

    class Room(RoutedNamespace, namespace="/room"):
        @errorhandler(ValueError)
        def first(self, error: ValueError) -> str:
            return "base"

        @on("fail")
        def fail(self) -> None:
            raise ValueError

    class Loud(Room, namespace="/loud"):
        @errorhandler(ValueError, ValueError)
        def second(self, error: ValueError) -> str:
            return "derived"

    client = inline_client(site(Room, Loud))
    client.join("/room")
    client.join("/loud")
    assert client.call("/room", "fail") == "base"
    assert client.call("/loud", "fail") == "derived"


def test_all_that_is_wrong_is_told_at_once() -> None:
    """Handlers of events and of errors are looked at together."""
    with pytest.raises(ExceptionGroup, match="Room is not a valid namespace") as group:

        class Room(RoutedNamespace):
            @on("say")
            def say(self, number: complex) -> None: ...

            @errorhandler(ValueError)
            def less(self) -> None: ...

            @errorhandler(KeyError)
            async def later(self) -> None: ...

    found = [str(one).partition(" ")[0] for one in group.value.exceptions]
    assert found == ["Room.say:", "Room.less:", "Room.later:", "Room.later:"]


def test_the_routers_are_found_as_they_are_registered() -> None:
    """A function has to take the exception; a refused one handles nothing."""
    here = site(Route("/it", _failing()))
    router = here.router
    with pytest.raises(RouteError, match="with the exception alone") as caught:

        @router.errorhandler(ValueError)
        def handle() -> None: ...

    assert caught.value.target == "handle"
    assert caught.value.hint == "write def handle(error)"

    with pytest.raises(RouteError, match="never awaits"):

        @router.errorhandler(ValueError)
        async def later(error: ValueError) -> None: ...

    client = inline_client(here)
    client.join("/it")
    assert client.call("/it", "fail") == error("internal_error", "internal error")


def _failing() -> type[RoutedNamespace]:
    class Room(RoutedNamespace):
        @on("fail")
        def fail(self) -> None:
            raise ValueError

    return Room


@pytest.mark.parametrize("wrong", [property(lambda self: 1), 5])
def test_a_mark_on_what_is_no_function_is_refused(wrong: Any) -> None:
    """`on` and `errorhandler` say what they decorate."""
    kind = type(wrong).__name__
    for decorate in (on("say"), errorhandler(ValueError)):
        with pytest.raises(RouteError, match=f"a function, not a {kind}") as caught:
            decorate(wrong)
        assert caught.value.hint == "decorate a method with it"
