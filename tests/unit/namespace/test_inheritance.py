"""What a class inherits: the events of its bases, overridden and taken off."""

from __future__ import annotations

from typing import Any

import pytest

from nsroute import ConflictError, RoutedNamespace, on
from tests.support.packet_client import code, served_class


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

    call = served_class(Room)
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

    call = served_class(Room)
    assert call("message", 1) == "room 2"
    assert code(call("message", "text")) == "invalid_arguments"
    assert call("named") == "room, not base named"


def test_an_overriding_method_may_have_another_route() -> None:
    """An overriding method with `on` of its own has that route in the other's place."""

    class Room(Base):
        @on("text")
        def message(self, text: str = "") -> str:
            return "room message"

    call = served_class(Room)
    assert call("text") == "room message"
    assert code(call("message")) == "unhandled_event"


def test_another_method_may_take_over_an_event() -> None:
    """A subclass may give an event to a method of another name."""

    class Room(Base):
        @on("message")
        def heard(self) -> str:
            return "heard"

    assert served_class(Room)("message") == "heard"


def test_a_subclass_takes_a_route_off() -> None:
    """A subclass that sets the name to None does not handle that event."""

    class Room(Base):
        message = None  # type: ignore[assignment]
        on_named = None  # type: ignore[assignment]

    call = served_class(Room)
    assert code(call("message")) == code(call("named")) == "unhandled_event"
    assert call("leave") == "base leave"


class Presence:
    """A mixin that handles what `Base` handles, by a method of another name."""

    @on("who")
    def who(self) -> list[str]:
        return sorted(self.clients)  # type: ignore[attr-defined]

    @on("leave")
    def presence_leave(self) -> str:
        return "presence leave"


@pytest.mark.parametrize("bases", [(Presence, Base), (Base, Presence)])
def test_bases_that_know_nothing_of_each_other_conflict(bases: Any) -> None:
    """Neither wins by the order of the bases: a guard would be lost without a word."""
    with pytest.raises(ConflictError, match="for the event 'leave'") as caught:
        type("Room", bases, {})
    conflict = caught.value
    assert conflict.target == "Room"
    assert {conflict.first, conflict.second} == {
        "Presence.presence_leave",
        "Base.leave",
    }
    assert conflict.hint == "route it in Room, or set one of the two to None there"


def test_who_is_nearer_than_both_decides() -> None:
    """A route of the class itself, or None in the place of one, ends the conflict."""

    class Own(Presence, Base):
        @on("leave")
        def mine(self) -> str:
            return "my leave"

    class Without(Base, Presence):
        leave = None  # type: ignore[assignment]

    class Other(Base, Presence):
        presence_leave = None  # type: ignore[assignment]

    assert served_class(Own)("leave") == "my leave"
    assert served_class(Without)("leave") == "presence leave"
    assert served_class(Other)("leave") == "base leave"


def test_who_knows_but_one_of_them_decides_nothing() -> None:
    """A base that takes over from one of them stands against the other."""

    class Nearer(Base):
        @on("leave")
        def nearer_leave(self) -> str:
            return "nearer leave"

    with pytest.raises(ConflictError) as caught:
        type("Room", (Nearer, Presence), {})
    assert caught.value.first == "Nearer.nearer_leave"
    assert caught.value.second == "Presence.presence_leave"


def test_a_mixin_brings_its_routes() -> None:
    """A mixin, a namespace or not, brings its routes."""

    class Room(Presence, Base):
        leave = None  # type: ignore[assignment]

    assert len(served_class(Room)("who")) == 1
    assert served_class(Room)("leave") == "presence leave"


def test_a_mixin_may_override_by_name() -> None:
    """A method of the same name is an override, and the nearest in the MRO wins."""

    class Quiet:
        def leave(self) -> str:
            return "quiet leave"

        @on("named")
        def on_named(self) -> str:
            return "quiet named"

    class Room(Quiet, Base):
        pass

    class Other(Base, Quiet):
        pass

    assert served_class(Room)("leave") == "quiet leave"
    assert served_class(Room)("named") == "quiet named"
    assert served_class(Other)("named") == "base named"


def test_a_diamond_has_each_route_once() -> None:
    """Two bases with one base are no conflict."""

    class Left(Base):
        def message(self, text: str = "") -> str:
            return "left"

    class Right(Base):
        pass

    class Room(Right, Left):
        pass

    assert served_class(Room)("message") == "left"


def test_a_method_set_on_an_object_is_not_called_in_its_place() -> None:
    """The method is looked up on the live object, so that a subclass's is called."""
    made: list[Any] = []

    class Room(Base):
        def opened(self) -> None:
            made.append(self)

        def message(self, text: str = "") -> str:
            return f"{self.params} {super().message()}"

    assert served_class(Room)("message") == "{} base message"
