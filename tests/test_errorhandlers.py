"""Error handlers: whose turn it is, from the class to Flask-SocketIO's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import g, request
from flask_socketio import ConnectionRefusedError, Namespace, emit

from nsroute import (
    EventError,
    MetaRouter,
    Route,
    RoutedNamespace,
    RouteError,
    errorhandler,
    on,
)
from tests.local import Tape, Wire, error, site

INTERNAL = error("internal_error", "internal error")


class Broken(RoutedNamespace):
    """It raises what it is given, by name."""

    KINDS = {
        kind.__name__: kind
        for kind in (ValueError, UnicodeError, KeyError, IndexError, OSError)
    }

    @on("raise")
    def throw(self, kind: str) -> None:
        raise self.KINDS[kind]("secret")


def _served(target: Any, **config: Any) -> tuple[Any, Wire]:
    here = site(Route("/<name>", target), config=config)
    wire = Wire(here)
    wire.join("/a")
    return here, wire


# --- on a class ----------------------------------------------------------------------


def test_a_method_answers() -> None:
    """What an error handler returns is the answer, and the outcome is `rejected`."""

    class Room(Broken):
        @errorhandler(ValueError)
        def bad_value(self, problem: ValueError) -> dict[str, str]:
            return {"wrong": type(problem).__name__}

    here, wire = _served(Room)
    tape = Tape(here.router)
    assert wire.call("/a", "raise", "ValueError") == {"wrong": "ValueError"}
    (dispatch,) = tape.all
    assert (dispatch.outcome, dispatch.code) == ("rejected", None)
    assert isinstance(dispatch.error, ValueError)
    assert dispatch.target == "Room.throw"


def test_a_method_handles_no_other_kinds() -> None:
    """An exception of another kind is nobody's, and an internal error."""

    class Room(Broken):
        @errorhandler(ValueError)
        def bad_value(self, problem: ValueError) -> str:
            return "value"

    _, wire = _served(Room)
    assert wire.call("/a", "raise", "KeyError") == INTERNAL


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

    assert _served(Room)[1].call("/a", "raise", kind) == name


def test_one_method_may_handle_several_kinds() -> None:
    """Several classes in one decorator, and several decorators, are all handled."""

    class Room(Broken):
        @errorhandler(KeyError, IndexError)
        @errorhandler(OSError)
        def handle(self, problem: Exception) -> str:
            return type(problem).__name__

    _, wire = _served(Room)
    for kind in ("KeyError", "IndexError", "OSError"):
        assert wire.call("/a", "raise", kind) == kind


class Base(Broken):
    @errorhandler(ValueError)
    def value(self, problem: ValueError) -> str:
        return "base value"

    @errorhandler(LookupError)
    def lookup(self, problem: LookupError) -> str:
        return "base lookup"


def test_a_subclass_inherits() -> None:
    """The error handlers of a base class are those of its subclasses."""

    class Room(Base):
        pass

    assert _served(Room)[1].call("/a", "raise", "KeyError") == "base lookup"


def test_a_subclass_overrides_by_name() -> None:
    """A method that overrides an error handler is one too, without the decorator."""

    class Room(Base):
        def value(self, problem: ValueError) -> str:
            return f"room, not {super().value(problem)}"

    told = _served(Room)[1].call("/a", "raise", "ValueError")
    assert told == "room, not base value"


def test_a_subclass_overrides_by_kind() -> None:
    """A handler in a subclass comes before that of a base for the same exception."""

    class Room(Base):
        @errorhandler(ValueError)
        def another(self, problem: ValueError) -> str:
            return "room value"

    assert _served(Room)[1].call("/a", "raise", "ValueError") == "room value"


def test_the_nearest_class_wins_between_classes_too() -> None:
    """A base's handler of a nearer exception beats a subclass's of a farther one."""

    class Room(Base):
        @errorhandler(Exception)
        def rest(self, problem: Exception) -> str:
            return "room rest"

    _, wire = _served(Room)
    assert wire.call("/a", "raise", "KeyError") == "base lookup"
    assert wire.call("/a", "raise", "OSError") == "room rest"


def test_a_subclass_takes_one_off() -> None:
    """A subclass that sets the name to None does not have that error handler."""

    class Room(Base):
        value = None  # type: ignore[assignment]

    _, wire = _served(Room)
    assert wire.call("/a", "raise", "ValueError") == INTERNAL
    assert wire.call("/a", "raise", "KeyError") == "base lookup"


def test_a_mixin_brings_its_own() -> None:
    """A mixin that is no namespace brings its error handlers along."""

    class Polite:
        @errorhandler(Exception)
        def sorry(self, problem: Exception) -> str:
            return "sorry"

    class Room(Polite, Broken):
        pass

    assert _served(Room)[1].call("/a", "raise", "OSError") == "sorry"


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


# --- on the router -------------------------------------------------------------------


def test_the_router_handles_the_rest() -> None:
    """The router's handlers get what the class does not handle, the nearest first."""
    here, wire = _served(Base)

    @here.router.errorhandler(OSError)
    def system(problem: OSError) -> str:
        return "router system"

    @here.router.errorhandler()
    def rest(problem: Exception) -> str:
        return "router rest"

    assert wire.call("/a", "raise", "ValueError") == "base value"
    assert wire.call("/a", "raise", "OSError") == "router system"

    class Room(Broken):
        pass

    here2 = site(Route("/<name>", Room))
    here2.router.errorhandler(LookupError, ValueError)(rest)
    wire2 = Wire(here2)
    wire2.join("/a")
    assert wire2.call("/a", "raise", "KeyError") == "router rest"
    assert wire2.call("/a", "raise", "UnicodeError") == "router rest"
    assert wire2.call("/a", "raise", "OSError") == INTERNAL


def test_the_class_comes_before_the_router() -> None:
    """A class's handler of a farther exception beats the router's of a nearer one."""

    class Room(Broken):
        @errorhandler()
        def rest(self, problem: Exception) -> str:
            return "class"

    here, wire = _served(Room)
    here.router.errorhandler(ValueError)(lambda problem: "router")
    assert wire.call("/a", "raise", "ValueError") == "class"


# --- on a plain class, and Flask-SocketIO's own --------------------------------------


class Plain(Namespace):  # type: ignore[misc]
    def on_raise(self, kind: str) -> None:
        raise Broken.KINDS[kind]("secret")


class PlainWithError(Plain):
    def error(self, problem: Exception) -> str:
        return f"error {type(problem).__name__}"


def test_a_plain_class_may_use_both_ways() -> None:
    """A plain class's own `errorhandler` comes before its method `error`."""

    class Chat(PlainWithError):
        @errorhandler(ValueError)
        def value(self, problem: ValueError) -> str:
            return "value"

    _, wire = _served(Chat)
    assert wire.call("/a", "raise", "ValueError") == "value"
    assert wire.call("/a", "raise", "KeyError") == "error KeyError"


def test_the_levels_have_an_order() -> None:
    """Class, router, a plain class's `error`, `on_error`, `on_error_default`."""

    class Chat(PlainWithError):
        @errorhandler(ValueError)
        def value(self, problem: ValueError) -> str:
            return "class"

    here = site(Route("/with/<name>", Chat), Route("/without/<name>", Plain))
    here.router.errorhandler(KeyError)(lambda problem: "router")
    here.socketio.on_error("/without/a")(lambda problem: "on_error")
    here.socketio.on_error_default(lambda problem: "on_error_default")
    wire = Wire(here)
    for name in ("/with/a", "/without/a", "/without/b"):
        wire.join(name)
    told = {
        (name, kind): wire.call(name, "raise", kind)
        for name in ("/with/a", "/without/a", "/without/b")
        for kind in ("ValueError", "KeyError", "OSError")
    }
    assert told == {
        ("/with/a", "ValueError"): "class",
        ("/with/a", "KeyError"): "router",
        ("/with/a", "OSError"): "error OSError",
        ("/without/a", "ValueError"): "on_error",
        ("/without/a", "KeyError"): "router",
        ("/without/a", "OSError"): "on_error",
        ("/without/b", "ValueError"): "on_error_default",
        ("/without/b", "KeyError"): "router",
        ("/without/b", "OSError"): "on_error_default",
    }


def test_a_class_that_moved_over_keeps_its_error_method() -> None:
    """A class whose base became `RoutedNamespace` still has its `error` called."""

    class Room(Broken):
        def error(self, problem: Exception) -> str:
            return "moved"

    assert _served(Room)[1].call("/a", "raise", "OSError") == "moved"


def test_a_route_named_error_is_no_error_handler() -> None:
    """A method `error` that is the route of an event never gets an exception."""
    heard: list[Any] = []

    class Room(Broken):
        @on("error")
        def error(self, text: Any) -> str:
            heard.append(text)
            return str(text)

    _, wire = _served(Room)
    assert wire.call("/a", "raise", "OSError") == INTERNAL
    assert wire.call("/a", "error", "from the client") == "from the client"
    assert heard == ["from the client"]


def test_an_errorhandler_named_error_handles_its_kinds_only() -> None:
    """A method `error` with `errorhandler` does not get all the rest besides."""

    class Room(Broken):
        @errorhandler(ValueError)
        def error(self, problem: Exception) -> str:
            return "value"

    _, wire = _served(Room)
    assert wire.call("/a", "raise", "UnicodeError") == "value"
    assert wire.call("/a", "raise", "OSError") == INTERNAL


def test_an_attribute_named_error_is_no_error_handler() -> None:
    """An attribute `error` that cannot be called is left alone."""

    class Room(Broken):
        error = "none so far"

    assert _served(Room)[1].call("/a", "raise", "OSError") == INTERNAL


def test_a_standing_namespace_has_the_same() -> None:
    """Without a router, the class's handlers and Flask-SocketIO's own are asked."""
    here = site()
    here.socketio.on_namespace(Base("/lobby"))
    here.socketio.on_error("/lobby")(lambda problem: "on_error")
    wire = Wire(here)
    wire.join("/lobby")
    assert wire.call("/lobby", "raise", "KeyError") == "base lookup"
    assert wire.call("/lobby", "raise", "OSError") == "on_error"


# --- what an error handler may do ----------------------------------------------------


def _handled(act: Callable[[Exception], Any]) -> tuple[Tape, Any]:
    """Let an error handler act; give the dispatches, and what the client is told."""

    class Room(Broken):
        @errorhandler()
        def handle(self, problem: Exception) -> Any:
            return act(problem)

    here, wire = _served(Room)
    tape = Tape(here.router)
    return tape, wire.call("/a", "raise", "ValueError")


def _raiser(exception: Exception) -> Callable[[Exception], Any]:
    def act(_: Exception) -> Any:
        raise exception

    return act


def test_it_may_answer_nothing() -> None:
    """An error handler that returns nothing acknowledges without arguments."""
    tape, told = _handled(lambda _: None)
    assert told == ()
    assert tape.last.outcome == "rejected"


def test_its_answer_may_be_typed() -> None:
    """What an error handler returns is turned into what the wire can carry."""
    assert _handled(lambda _: {1})[1] == [1]


@pytest.mark.parametrize(
    "raised,told,code",
    [
        (EventError("bad", "So bad.", [1]), error("bad", "So bad.", [1]), "bad"),
        (ConnectionRefusedError("no"), error("refused", "no"), "refused"),
    ],
)
def test_it_may_raise_the_answer(raised: Exception, told: Any, code: str) -> None:
    """An error handler may turn an exception into an `EventError` or a refusal."""
    tape, answer = _handled(_raiser(raised))
    assert answer == told
    assert (tape.last.outcome, tape.last.code) == ("rejected", code)
    assert tape.last.error is raised


def test_its_own_error_is_an_internal_error() -> None:
    """What an error handler raises goes to no other, and is recorded with its cause."""
    broken = LookupError("secret")
    tape, answer = _handled(_raiser(broken))
    assert answer == INTERNAL
    assert tape.last.error is broken
    assert isinstance(broken.__context__, ValueError)


def test_it_may_raise_the_exception_again() -> None:
    """An error handler that raises what it was given leaves it unhandled."""

    def act(problem: Exception) -> Any:
        raise problem

    tape, answer = _handled(act)
    assert answer == INTERNAL
    assert isinstance(tape.last.error, ValueError)


def test_an_answer_that_no_packet_can_carry_is_an_internal_error() -> None:
    """An error handler is not excused from what the wire can carry."""
    tape, answer = _handled(lambda problem: problem)
    assert answer == INTERNAL
    assert isinstance(tape.last.error, TypeError)


def test_answers_pass_error_handlers_by() -> None:
    """`EventError`, refusals and what nothing handles never reach an error handler."""

    class Room(RoutedNamespace):
        @on("event error")
        def event_error(self) -> None:
            raise EventError("told")

        @on("refused")
        def refused(self) -> None:
            raise ConnectionRefusedError("told")

        @on("typed")
        def typed(self, number: int) -> None:
            raise AssertionError("it must not run")

        @errorhandler(Exception, EventError)
        def handle(self, problem: Exception) -> str:
            return "handled"

    _, wire = _served(Room)
    for event in ("event error", "refused", "typed", "unknown"):
        assert "error" in wire.call("/a", event)


def test_it_handles_what_middleware_and_conversion_raise() -> None:
    """Errors around the handler are handled like those inside it."""

    def broken(dispatch: Any, proceed: Callable[[], Any]) -> Any:
        raise OSError("secret")

    class Room(RoutedNamespace):
        @on("guarded", middleware=[broken])
        def guarded(self) -> None:
            raise AssertionError("it must not run")

        @on("unsendable")
        def unsendable(self) -> object:
            return object()

        @errorhandler(OSError)
        def system(self, problem: OSError) -> str:
            return "system"

        @errorhandler(TypeError)
        def unfit(self, problem: TypeError) -> str:
            return "unfit"

    _, wire = _served(Room)
    assert wire.call("/a", "guarded") == "system"
    assert wire.call("/a", "unsendable") == "unfit"


def test_flask_is_there() -> None:
    """An error handler runs in the context of the dispatch, and may emit."""

    class Room(RoutedNamespace):
        @on("raise")
        def throw(self) -> None:
            g.step = "handler"
            self.client["tries"] = 1
            raise ValueError

        @errorhandler(ValueError)
        def handle(self, problem: ValueError) -> list[Any]:
            emit("sorry")
            return [g.step, request.event["message"], request.sid, self.client["tries"]]

    _, wire = _served(Room)
    assert wire.call("/a", "raise") == ["handler", "raise", wire.sids["/a"], 1]
    assert wire.heard("/a") == [("sorry",)]
