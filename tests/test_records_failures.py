"""The `error` of a record: why a dispatch ended as it did, in one line."""

from __future__ import annotations

import pytest
from flask_socketio import ConnectionRefusedError as Refused

from nsroute import EventError, InvalidArguments
from nsroute.records.failures import MAX_ERROR, explain_failure


class Unspeakable(Exception):
    """Its text cannot be had."""

    def __str__(self) -> str:
        raise RuntimeError("no")


@pytest.mark.parametrize(
    "error, text",
    [
        (EventError("full", "The room is full."), "The room is full."),
        (EventError("full"), "full"),
        (EventError("odd", 5), "5"),  # type: ignore[arg-type]
        (Refused("sign in first", {"why": "secret"}), "sign in first"),
        (Refused(), "Connection rejected by server"),
        (InvalidArguments([("arguments[0].x", "Expected `int`")]), None),
        (InvalidArguments([("a", "b"), ("c", "d"), ("e", "f")]), "a: b (and 2 more)"),
        (InvalidArguments([]), "The arguments are not valid."),
        (KeyError("room"), "KeyError: 'room'"),
        (ValueError(), "ValueError"),
        (ValueError("two\nlines"), r"ValueError: two\nlines"),
        (Unspeakable(), "Unspeakable: <Unspeakable>"),
        (
            ExceptionGroup("both", [ValueError("a"), EventError("b", "B")]),
            "ValueError: a; B",
        ),
    ],
)
def test_it_is_what_the_client_was_told_or_the_class_and_its_text(
    error: Exception, text: str | None
) -> None:
    """Answers are told by their message, problems with their path, bugs by class."""
    assert explain_failure(error) == (text or "arguments[0].x: Expected `int`")


def test_it_is_bounded() -> None:
    """An exception with a very long text does not fill the log."""
    assert len(explain_failure(ValueError("x" * 10**6))) == MAX_ERROR
