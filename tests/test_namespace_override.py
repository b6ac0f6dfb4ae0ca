"""A routed class may override `trigger_event`; each event stays one dispatch."""

from __future__ import annotations

from typing import Any

from nsroute import Dispatch, RoutedNamespace, errorhandler, on
from tests.local import Proceed, Tape, Wire, site

PASSED: list[str] = []


def note(dispatch: Dispatch, proceed: Proceed) -> Any:
    """Be middleware that tells what went through it."""
    PASSED.append(dispatch.event)
    return proceed()


class Curious(RoutedNamespace, namespace="/rooms/<int:room_id>"):
    middleware = (note,)

    def trigger_event(self, event: str, *args: Any) -> Any:
        if event == "kept":
            return "kept"
        if event == "broken":
            raise LookupError("in the override")
        return super().trigger_event(event.removeprefix("old:"), *args)

    @on("say", middleware=[note])
    def say(self, text: str) -> str:
        return f"{text} in {self.params['room_id']}"

    @errorhandler(LookupError)
    def handle(self, error: LookupError) -> str:
        return f"handled {error.args[0]!r}"


def test_what_it_passes_on_is_one_dispatch_of_the_handler() -> None:
    """The handler that `super()` finds is the target, and each middleware runs once."""
    PASSED.clear()
    here = site(Curious)
    wire, tape = Wire(here), Tape(here.router)
    wire.join("/rooms/1")
    assert wire.call("/rooms/1", "old:say", "hi") == "hi in 1"
    assert [d.target for d in tape.all] == ["Curious", "Curious.say"]
    assert PASSED == ["connect", "old:say", "say"]


def test_what_it_keeps_is_a_dispatch_too() -> None:
    """An override that answers itself is the target, and is recorded."""
    here = site(Curious)
    wire, tape = Wire(here), Tape(here.router)
    wire.join("/rooms/1")
    assert wire.call("/rooms/1", "kept") == "kept"
    assert (tape.last.target, tape.last.outcome) == ("Curious.trigger_event", "ok")


def test_what_it_raises_goes_to_the_error_handlers() -> None:
    """An exception of the override is answered as one of a handler."""
    here = site(Curious)
    wire, tape = Wire(here), Tape(here.router)
    wire.join("/rooms/1")
    assert wire.call("/rooms/1", "broken") == "handled 'in the override'"
    assert tape.last.outcome == "rejected"


def test_what_it_passes_on_is_checked_as_ever() -> None:
    """Wrong arguments and unknown events are told apart behind an override."""
    here = site(Curious)
    wire, tape = Wire(here), Tape(here.router)
    wire.join("/rooms/1")
    wire.call("/rooms/1", "say", 5)
    wire.call("/rooms/1", "other")
    assert tape.shown()[1:] == [
        ("event", "say", "rejected", "invalid_arguments"),
        ("event", "other", "unhandled", "unhandled_event"),
    ]
