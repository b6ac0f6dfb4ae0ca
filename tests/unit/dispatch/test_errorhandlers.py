"""Error handlers of a class: which one is asked, its own and its bases'."""

from __future__ import annotations

from typing import Any

import pytest

from nsroute import MetaRouter, RoutedNamespace, RouteError, errorhandler
from tests.support.dispatch_namespaces import INTERNAL, Base, Broken, served
from tests.support.dispatch_recorder import DispatchRecorder


def test_a_method_answers() -> None:
    """What an error handler returns is the answer, and the outcome is `rejected`."""

    class Room(Broken):
        @errorhandler(ValueError)
        def bad_value(self, problem: ValueError) -> dict[str, str]:
            return {"wrong": type(problem).__name__}

    here, client = served(Room)
    recorder = DispatchRecorder(here)
    assert client.call("/a", "raise", "ValueError") == {"wrong": "ValueError"}
    (dispatch,) = recorder.all
    assert (dispatch.outcome, dispatch.code) == ("rejected", None)
    assert isinstance(dispatch.error, ValueError)
    assert dispatch.target == "Room.throw"


def test_a_method_handles_no_other_kinds() -> None:
    """An exception of another kind is nobody's, and an internal error."""

    class Room(Broken):
        @errorhandler(ValueError)
        def bad_value(self, problem: ValueError) -> str:
            return "value"

    _, client = served(Room)
    assert client.call("/a", "raise", "KeyError") == INTERNAL


@pytest.mark.parametrize(
    "kind,name",
    [
        ("UnicodeError", "unicode"),
        ("ValueError", "value"),
        ("KeyError", "lookup"),
        ("IndexError", "lookup"),
        ("OSError", "rest"),
    ],
)
def test_the_nearest_class_wins(kind: str, name: str) -> None:
    """The handler of the nearest class in the exception's MRO answers, in any order."""

    class Room(Broken):
        @errorhandler()
        def rest(self, problem: Exception) -> str:
            return "rest"

        @errorhandler(ValueError)
        def value(self, problem: ValueError) -> str:
            return "value"

        @errorhandler(LookupError)
        def lookup(self, problem: LookupError) -> str:
            return "lookup"

        @errorhandler(UnicodeError)
        def unicode(self, problem: UnicodeError) -> str:
            return "unicode"

    assert served(Room)[1].call("/a", "raise", kind) == name


def test_one_method_may_handle_several_kinds() -> None:
    """Several classes in one decorator, and several decorators, are all handled."""

    class Room(Broken):
        @errorhandler(KeyError, IndexError)
        @errorhandler(OSError)
        def handle(self, problem: Exception) -> str:
            return type(problem).__name__

    _, client = served(Room)
    for kind in ("KeyError", "IndexError", "OSError"):
        assert client.call("/a", "raise", kind) == kind


def test_a_subclass_inherits() -> None:
    """The error handlers of a base class are those of its subclasses."""

    class Room(Base):
        pass

    assert served(Room)[1].call("/a", "raise", "KeyError") == "base lookup"


def test_a_subclass_overrides_by_name() -> None:
    """A method that overrides an error handler is one too, without the decorator."""

    class Room(Base):
        def value(self, problem: ValueError) -> str:
            return f"room, not {super().value(problem)}"

    told = served(Room)[1].call("/a", "raise", "ValueError")
    assert told == "room, not base value"


def test_a_subclass_overrides_by_kind() -> None:
    """A handler in a subclass comes before that of a base for the same exception."""

    class Room(Base):
        @errorhandler(ValueError)
        def another(self, problem: ValueError) -> str:
            return "room value"

    assert served(Room)[1].call("/a", "raise", "ValueError") == "room value"


def test_the_nearest_class_wins_between_classes_too() -> None:
    """A base's handler of a nearer exception beats a subclass's of a farther one."""

    class Room(Base):
        @errorhandler(Exception)
        def rest(self, problem: Exception) -> str:
            return "room rest"

    _, client = served(Room)
    assert client.call("/a", "raise", "KeyError") == "base lookup"
    assert client.call("/a", "raise", "OSError") == "room rest"


def test_a_subclass_takes_one_off() -> None:
    """A subclass that sets the name to None does not have that error handler."""

    class Room(Base):
        value = None  # type: ignore[assignment]

    _, client = served(Room)
    assert client.call("/a", "raise", "ValueError") == INTERNAL
    assert client.call("/a", "raise", "KeyError") == "base lookup"


def test_a_mixin_brings_its_own() -> None:
    """A mixin that is no namespace brings its error handlers along."""

    class Polite:
        @errorhandler(Exception)
        def sorry(self, problem: Exception) -> str:
            return "sorry"

    class Room(Polite, Broken):
        pass

    assert served(Room)[1].call("/a", "raise", "OSError") == "sorry"


@pytest.mark.parametrize("wrong", ["ValueError", ValueError("x"), int, None])
def test_what_is_no_exception_is_refused(wrong: Any) -> None:
    """Only classes of exceptions can be handled; the error says how to write it."""
    for declare in errorhandler, MetaRouter([]).errorhandler:
        with pytest.raises(RouteError, match="is not a class of exceptions") as caught:
            declare(wrong)
        hint = "write @errorhandler(ValueError), or @errorhandler()"
        assert caught.value.hint == hint


def test_a_bare_decorator_is_refused() -> None:
    """`@errorhandler` without parentheses takes the method for an exception."""
    with pytest.raises(RouteError, match="is not a class of exceptions"):

        class Room(RoutedNamespace):
            @errorhandler
            def handle(self, problem: Exception) -> None:
                raise AssertionError("it must not run")
