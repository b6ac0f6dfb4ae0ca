"""What a client is told of errors: one envelope in acknowledgements."""

from __future__ import annotations

from typing import Any

import pytest
from flask_socketio import ConnectionRefusedError

from nsroute import EventError
from tests.support.dispatch_namespaces import (
    INTERNAL,
    SECRET,
    Colour,
    EchoClient,
    Point,
)
from tests.support.packet_client import NO_ACKNOWLEDGEMENT, inline_client
from tests.support.sites import error


@pytest.fixture
def echo(monkeypatch: pytest.MonkeyPatch) -> EchoClient:
    """A client that is connected to `Echo`."""
    return EchoClient(monkeypatch)


def test_an_unhandled_event_is_answered(echo: EchoClient) -> None:
    """An event that no handler takes is answered as `unhandled_event`."""
    told = echo.client.call("/echo", "sing", SECRET)
    assert told == error("unhandled_event", "Nothing handles this event.")
    assert echo.recorder.last.outcome == "unhandled"


def test_invalid_arguments_are_answered_with_their_paths(echo: EchoClient) -> None:
    """What is wrong with the arguments is told problem by problem, each by its path."""
    stroke = {"points": [{"x": 1, "y": 2}, {"x": "1", "y": None}], "colour": "blue"}
    told = echo.client.call("/echo", "draw", stroke)["error"]
    assert (told["code"], told["message"]) == (
        "invalid_arguments",
        "The arguments are not valid.",
    )
    assert [problem["path"] for problem in told["details"]] == [
        "arguments[0].points[1].x",
        "arguments[0].points[1].y",
        "arguments[0].colour",
    ]
    assert (echo.recorder.last.outcome, echo.recorder.last.code) == (
        "rejected",
        "invalid_arguments",
    )


@pytest.mark.parametrize("args", [(), (1, 2, 3)])
def test_a_wrong_number_of_arguments_is_answered(
    echo: EchoClient, args: tuple[Any, ...]
) -> None:
    """Too few and too many arguments are `invalid_arguments` as a whole."""
    told = echo.client.call("/echo", "add", *args)["error"]
    assert told["code"] == "invalid_arguments"
    assert told["details"] == [
        {
            "path": "arguments",
            "message": f"Expected 1 to 2 arguments, got {len(args)}",
        }
    ]


def test_the_answer_is_short_whatever_was_sent(echo: EchoClient) -> None:
    """However much of what was sent is wrong, the answer stays small."""
    points = [{"x": "x" * 1000, "y": "y" * 1000} for _ in range(1000)]
    stroke = {"points": points, "colour": "z" * 100_000, "more": "m" * 100_000}
    told = echo.client.call("/echo", "draw", stroke)
    assert told["error"]["code"] == "invalid_arguments"
    assert len(repr(told)) < 10_000


@pytest.mark.parametrize(
    "problem,told",
    [
        (EventError("full"), error("full", "")),
        (EventError("full", "No seats."), error("full", "No seats.")),
        (
            EventError("full", "No seats.", {"seats": 0}),
            error("full", "No seats.", {"seats": 0}),
        ),
        (EventError("full", details=0), error("full", "", 0)),
        (EventError("full", details=[]), error("full", "", [])),
        (
            EventError("full", "No seats.", Point(1, 2)),
            error("full", "No seats.", {"x": 1, "y": 2}),
        ),
        (EventError("raw", "", b"\x00"), error("raw", "", b"\x00")),
    ],
)
def test_an_event_error_is_the_answer(
    echo: EchoClient, problem: EventError, told: Any
) -> None:
    """Code, message and details of an `EventError` are told; details may be typed."""
    assert echo.told_of(problem) == told
    assert echo.recorder.last.outcome == "rejected"
    assert echo.recorder.last.code == problem.code
    assert echo.recorder.last.error is problem


def test_a_subclass_of_event_error_is_the_answer(echo: EchoClient) -> None:
    """An application may make classes of its answers."""

    class Full(EventError):
        def __init__(self, seats: int) -> None:
            super().__init__("full", f"{seats} seats are taken.", {"seats": seats})

    assert echo.told_of(Full(7)) == error("full", "7 seats are taken.", {"seats": 7})


def test_code_and_message_may_be_other_than_text(echo: EchoClient) -> None:
    """A member of an enum is told by its value, a lazy text as the text that it is."""

    class Lazy:
        def __str__(self) -> str:
            return "translated"

    problem = EventError(Colour.RED, Lazy())  # type: ignore[arg-type]
    assert echo.told_of(problem) == error("red", "translated")


@pytest.mark.parametrize(
    "args,told",
    [
        ((), error("refused", "Connection rejected by server")),
        (("no",), error("refused", "no")),
        (
            ("no", {"why": Point(1, 2)}),
            error("refused", "no", {"why": {"x": 1, "y": 2}}),
        ),
        (("no", 1, 2), error("refused", "no", [1, 2])),
    ],
)
def test_a_refusal_in_an_event_is_an_answer(
    echo: EchoClient, args: tuple[Any, ...], told: Any
) -> None:
    """`ConnectionRefusedError` from an event handler is told as `refused`."""
    assert echo.told_of(ConnectionRefusedError(*args)) == told
    assert (echo.recorder.last.outcome, echo.recorder.last.code) == (
        "rejected",
        "refused",
    )


@pytest.mark.parametrize(
    "problem",
    [
        RuntimeError(SECRET),
        KeyError(SECRET),
        OSError(1, SECRET),
        ValueError({"nested": SECRET}),
        ExceptionGroup(SECRET, [ValueError(SECRET)]),
        TypeError(SECRET),
        EventError("full", "No seats.", object()),
        EventError(object(), "No seats."),  # type: ignore[arg-type]
        ConnectionRefusedError("no", {SECRET: object()}),
    ],
)
def test_of_an_unexpected_exception_nothing_is_told(
    echo: EchoClient, problem: Exception
) -> None:
    """Neither the text nor the kind of an exception nobody expected gets out."""
    assert echo.told_of(problem) == INTERNAL
    assert (echo.recorder.last.outcome, echo.recorder.last.code) == (
        "error",
        "internal_error",
    )


def test_a_system_exit_is_an_error_like_any(echo: EchoClient) -> None:
    """`argparse` raises it for what a client sent; in gevent it would end them all."""
    echo.site.app.testing = True
    assert echo.told_of(SystemExit(3)) == INTERNAL
    assert echo.recorder.last.outcome == "error"


@pytest.mark.parametrize("problem", [GeneratorExit(), KeyboardInterrupt()])
def test_what_is_to_end_the_process_is_raised(
    echo: EchoClient, problem: BaseException
) -> None:
    """Exceptions that are no errors go on, and are recorded."""
    with pytest.raises(type(problem)) as caught:
        echo.told_of(problem)
    assert caught.value is problem
    assert echo.recorder.last.error is problem
    assert echo.recorder.last.outcome == "error"


@pytest.mark.parametrize("name", ["connect", "disconnect"])
def test_a_reserved_name_is_answered(echo: EchoClient, name: str) -> None:
    """An event with the name of a lifecycle event runs no handler."""
    told = echo.client.call("/echo", name, {"user": "root"})
    assert told == error("reserved_event", "This name is reserved for the lifecycle.")


@pytest.mark.parametrize("name", [1, 1.5, None, True, "", [], {}, b"say"])
def test_a_name_that_is_no_text_is_answered(echo: EchoClient, name: Any) -> None:
    """A name that is no text is an `invalid_event`; empty text is just unhandled."""
    code = "unhandled_event" if name == "" else "invalid_event"
    assert echo.client.call("/echo", name)["error"]["code"] == code


def test_an_unknown_client_is_not_answered(echo: EchoClient) -> None:
    """An event in a namespace that the client is not in is dropped by upstream."""
    assert inline_client(echo.site).call("/echo", "say") is NO_ACKNOWLEDGEMENT
