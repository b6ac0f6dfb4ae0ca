"""What a refusal is made of, and what stands for one."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Response, redirect
from flask_socketio import ConnectionRefusedError as Refused
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.exceptions import Forbidden, HTTPException, ImATeapot

from nsroute import EventError
from nsroute.dispatch.refusals import (
    UnhandledEvent,
    UnstatedRefusal,
    as_answer,
    error_answer,
    filled,
    is_by_false,
    refusal,
    refusal_of,
    why_rejected,
)


class Odd(HTTPException):
    """An error of HTTP without a text."""

    code = 499
    name = ""


# --- what is raised


@pytest.mark.parametrize("kind", ["connect", "event", "disconnect"])
@pytest.mark.parametrize("error", [EventError("full"), Refused("no"), UnhandledEvent()])
def test_answers_are_what_they_are(error: Exception, kind: Any) -> None:
    """In whatever kind of dispatch they are raised."""
    assert as_answer(error, kind) is error


@pytest.mark.parametrize("kind", ["connect", "event", "disconnect"])
@pytest.mark.parametrize(
    "error, code, message",
    [
        (Forbidden("Members only."), "forbidden", "Members only."),
        (ImATeapot(), "im_a_teapot", ImATeapot.description),
        (Odd(), "http_499", "."),
    ],
)
def test_an_http_exception_is_an_answer(
    error: HTTPException, code: str, message: str, kind: Any
) -> None:
    """Its name is the code, its description the message."""
    answer = as_answer(error, kind)
    assert isinstance(answer, EventError)
    assert (answer.code, answer.message) == (code, message)


def test_pythons_own_refusal_is_an_answer_to_a_connect_alone() -> None:
    """The client is told nothing of it; the record hints at the import."""
    error = ConnectionRefusedError(111, "the database")
    answer = as_answer(error, "connect")
    assert isinstance(answer, UnstatedRefusal)
    assert (answer.code, answer.message) == ("refused", "Connection refused by server")
    assert "the database" in str(answer)
    assert "import ConnectionRefusedError from flask_socketio" in str(answer)
    assert as_answer(error, "event") is None


@pytest.mark.parametrize("error", [ValueError(), KeyboardInterrupt(), SystemExit()])
def test_any_other_exception_is_an_error(error: BaseException) -> None:
    """It goes to the error handlers."""
    assert as_answer(error, "connect") is None


# --- the result of a connect


@pytest.mark.parametrize("strict", [True, False])
def test_none_and_true_admit_and_false_refuses(strict: bool) -> None:
    """For every class."""
    assert refusal_of(None, "Room.join", strict=strict) is None
    assert refusal_of(True, "Room.join", strict=strict) is None
    assert is_by_false(refusal_of(False, "Room.join", strict=strict))


@given(
    st.one_of(st.integers(), st.text(), st.binary(), st.lists(st.none()), st.floats())
)
def test_any_other_value_is_no_consent_but_to_a_plain_class(value: Any) -> None:
    """The record says what was returned, and by whom."""
    refused = refusal_of(value, "Room.join", strict=True)
    assert isinstance(refused, UnstatedRefusal)
    kind = type(value).__name__
    assert str(refused).startswith(f"Room.join returned a value of the type {kind};")
    assert (refused.code, refused.message) == (
        "refused",
        "Connection rejected by server",
    )
    assert refusal_of(value, "Room.join", strict=False) is None


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize(
    "value, code, message, shown",
    [
        (redirect("/login"), "refused", "Connection rejected by server", "302 FOUND"),
        (Response(status=403), "forbidden", "Forbidden.", "403 FORBIDDEN"),
        (Forbidden("No."), "forbidden", "No.", "an exception (Forbidden)"),
        (ValueError("x"), "refused", "Connection rejected by server", "(ValueError)"),
    ],
)
def test_a_response_or_an_exception_is_consent_to_nobody(
    value: Any, code: str, message: str, shown: str, strict: bool
) -> None:
    """Whoever returns one means a refusal, a plain class too."""
    refused = refusal_of(value, "Room.join", strict=strict)
    assert isinstance(refused, UnstatedRefusal)
    assert (refused.code, refused.message) == (code, message)
    assert shown in str(refused)


# --- what is sent


def test_a_refusal_is_what_upstream_sends() -> None:
    """A message, and data where there are any."""
    assert refusal("no").error_args == {"message": "no"}
    assert refusal("no", {"a": 1}).error_args == {"message": "no", "data": {"a": 1}}


@pytest.mark.parametrize("data", [b"raw", {"a": [b"raw"]}, object()])
def test_a_refusal_that_its_packet_cannot_carry_is_an_error(data: Any) -> None:
    """It takes no binary; the client would wait for ever."""
    with pytest.raises(TypeError, match="not JSON serializable"):
        refusal("no", data)


def test_an_error_has_what_is_known_of_it() -> None:
    """`message` and `details` where there are any."""
    assert error_answer("a", None) == {"error": {"code": "a"}}
    assert error_answer("a", "b", []) == {
        "error": {"code": "a", "message": "b", "details": []}
    }
    assert filled(a=None, b=0, c="") == {"b": 0, "c": ""}


@pytest.mark.parametrize(
    "connected, event, code",
    [
        (False, "say", "not_connected"),
        (False, 5, "not_connected"),
        (True, "connect", "reserved_event"),
        (True, 5, "invalid_event"),
    ],
)
def test_an_event_that_reaches_no_handler_is_told_why(
    connected: bool, event: Any, code: str
) -> None:
    """Each reason has a code."""
    assert why_rejected(connected, event).code == code
