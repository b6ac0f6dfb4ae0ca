"""What an error handler may do: answer, raise the answer, use Flask."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import g, request
from flask_socketio import ConnectionRefusedError, emit

from nsroute import EventError, RoutedNamespace, errorhandler, on
from tests.support.dispatch_namespaces import INTERNAL, Broken, served
from tests.support.dispatch_recorder import DispatchRecorder
from tests.support.sites import error


def _handled(act: Callable[[Exception], Any]) -> tuple[DispatchRecorder, Any]:
    """Let an error handler act; give the dispatches, and what the client is told."""

    class Room(Broken):
        @errorhandler()
        def handle(self, problem: Exception) -> Any:
            return act(problem)

    here, client = served(Room)
    recorder = DispatchRecorder(here)
    return recorder, client.call("/a", "raise", "ValueError")


def _raiser(exception: Exception) -> Callable[[Exception], Any]:
    def act(_: Exception) -> Any:
        raise exception

    return act


def test_it_may_answer_nothing() -> None:
    """An error handler that returns nothing acknowledges without arguments."""
    recorder, told = _handled(lambda _: None)
    assert told == ()
    assert recorder.last.outcome == "rejected"


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
    recorder, answer = _handled(_raiser(raised))
    assert answer == told
    assert (recorder.last.outcome, recorder.last.code) == ("rejected", code)
    assert recorder.last.error is raised


def test_its_own_error_is_an_internal_error() -> None:
    """What an error handler raises goes to no other, and is recorded with its cause."""
    broken = LookupError("secret")
    recorder, answer = _handled(_raiser(broken))
    assert answer == INTERNAL
    assert recorder.last.error is broken
    assert isinstance(broken.__context__, ValueError)


def test_it_may_raise_the_exception_again() -> None:
    """An error handler that raises what it was given leaves it unhandled."""

    def act(problem: Exception) -> Any:
        raise problem

    recorder, answer = _handled(act)
    assert answer == INTERNAL
    assert isinstance(recorder.last.error, ValueError)


def test_an_answer_that_no_packet_can_carry_is_an_internal_error() -> None:
    """An error handler is not excused from what the wire can carry."""
    recorder, answer = _handled(lambda problem: problem)
    assert answer == INTERNAL
    assert isinstance(recorder.last.error, TypeError)


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

    _, client = served(Room)
    for event in ("event error", "refused", "typed", "unknown"):
        assert "error" in client.call("/a", event)


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

    _, client = served(Room)
    assert client.call("/a", "guarded") == "system"
    assert client.call("/a", "unsendable") == "unfit"


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

    _, client = served(Room)
    assert client.call("/a", "raise") == ["handler", "raise", client.sids["/a"], 1]
    assert client.received("/a") == [("sorry",)]
