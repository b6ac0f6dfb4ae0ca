"""Errors name what was found, where, and what would be right."""

from __future__ import annotations

import pickle

import pytest

from nsroute.errors import (
    ConflictError,
    EventError,
    InvalidArguments,
    RouteError,
    nearest,
    parts_of,
    raise_together,
)


def test_a_route_error_says_where_and_what_and_the_cure() -> None:
    """The class, the pattern, the problem and the hint are in one line."""
    error = RouteError("is no good", target="Room", pattern="/rooms", hint="try it")
    assert str(error) == "Room at '/rooms': is no good (try it)"


def test_a_route_error_without_a_place_is_just_its_problem() -> None:
    """What is unknown is not made up."""
    assert str(RouteError("is no good")) == "is no good"


def test_a_conflict_names_both_parties() -> None:
    """Both parties are fields and stand in the text."""
    error = ConflictError("two of them", first="A", second="B", pattern="/x")
    assert (error.first, error.second) == ("A", "B")
    assert str(error) == "'/x': two of them: A and B"
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_an_event_error_shows_its_code_and_message() -> None:
    """The text has what the client is told, without details."""
    assert str(EventError("full", "No more room.")) == "full: No more room."
    assert str(EventError("full")) == "full"


def test_invalid_arguments_list_each_problem_with_its_path() -> None:
    """The details are what a client can act on."""
    error = InvalidArguments([("arguments[0].x", "Expected `int`")])
    assert error.code == "invalid_arguments"
    assert error.details == [{"path": "arguments[0].x", "message": "Expected `int`"}]


def test_the_nearest_name_is_suggested() -> None:
    """A near miss gets a suggestion, a far one nothing."""
    assert nearest("room_id", ["room_id_", "user"]) == "did you mean 'room_id_'?"
    assert nearest("zzz", ["user"]) is None


def test_one_problem_is_raised_alone_and_several_together() -> None:
    """Nothing is raised for nothing, one for one, a group for more."""
    raise_together("no problem", [])
    one, two = RouteError("one"), RouteError("two")
    with pytest.raises(RouteError, match=r"^one$"):
        raise_together("problems", [one])
    with pytest.raises(ExceptionGroup, match="problems") as caught:
        raise_together("problems", [one, two])
    assert parts_of(caught.value) == (one, two)
    assert parts_of(one) == (one,)
