"""The `error` of a record: why a dispatch ended as it did, in one line."""

from __future__ import annotations

from traceback import extract_tb

import pytest
from flask_socketio import ConnectionRefusedError as Refused
from structlog.testing import capture_logs

from nsroute import EventError, InvalidArguments, RoutedNamespace, deny, on
from nsroute.records.failures import MAX_ERROR, exc_info_of, explain_failure
from tests.support.packet_client import PacketClient
from tests.support.server_configs import DEFAULT_CONFIG


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
        (KeyError("room"), "KeyError: 'room'"),
        (ValueError(), "ValueError"),
        (ValueError("two\nlines"), r"ValueError: two\nlines"),
        (Unspeakable(), "Unspeakable: <Unspeakable>"),
        (
            ExceptionGroup("both", [ValueError("a"), EventError("b", "B")]),
            "ValueError: a; B",
        ),
        (
            ExceptionGroup("all", [ExceptionGroup("some", [ValueError("a")])]),
            "ExceptionGroup: some (1 sub-exception)",
        ),
        (ValueError("half \ud800"), r"ValueError: half \ud800"),
    ],
)
def test_it_is_the_message_of_an_answer_or_the_class_and_its_text(
    error: Exception, text: str | None
) -> None:
    """Answers have their message, problems their path, bugs their class."""
    assert explain_failure(error) == (text or "arguments[0].x: Expected `int`")


def test_a_traceback_begins_where_the_application_does() -> None:
    """The frames of nsroute before the first of the application are left out."""

    class Room(RoutedNamespace, namespace="/rooms"):
        @on("fail")
        def fail(self) -> None:
            self.fail_deeper()

        def fail_deeper(self) -> None:
            raise LookupError

    site = DEFAULT_CONFIG.site(Room, middleware=[lambda _, proceed: proceed()])
    site.app.config["PROPAGATE_EXCEPTIONS"] = False
    client = PacketClient(site)
    with capture_logs() as captured:
        client.join("/rooms")
        client.call("/rooms", "fail")
    kind, error, found = captured[-1]["exc_info"]
    assert (kind, type(error)) == (LookupError, LookupError)
    names = [frame.name for frame in extract_tb(found)]
    assert (names[0], names[-2:]) == ("<lambda>", ["fail", "fail_deeper"])


def test_a_traceback_of_nsroute_alone_is_whole() -> None:
    """What no line of the application raised is shown from its beginning."""
    with pytest.raises(ValueError, match="is a word") as caught:
        deny("")
    error = caught.value
    assert error.__traceback__ is not None
    ours = error.with_traceback(error.__traceback__.tb_next)
    assert exc_info_of(ours) == (ValueError, ours, ours.__traceback__)


def test_an_exception_that_was_never_raised_has_no_traceback() -> None:
    """Some dispatches end with an exception that was only made."""
    error = EventError("full")
    assert exc_info_of(error) == (EventError, error, None)


def test_it_is_bounded() -> None:
    """An exception with a very long text does not fill the log."""
    assert len(explain_failure(ValueError("x" * 10**6))) == MAX_ERROR
