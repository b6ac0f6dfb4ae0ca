"""What a client is told whom a connect handler does not let in."""

from __future__ import annotations

from typing import Any

import pytest
from flask_socketio import ConnectionRefusedError

from nsroute import EventError, RoutedNamespace, on
from tests.support.dispatch_namespaces import SECRET, Colour, Echo, EchoClient, Point
from tests.support.packet_client import inline_client
from tests.support.sites import left_behind, site


@pytest.fixture
def echo(monkeypatch: pytest.MonkeyPatch) -> EchoClient:
    """A client that is connected to `Echo`."""
    return EchoClient(monkeypatch)


@pytest.mark.parametrize(
    "args,told",
    [
        ((), {"message": "Connection rejected by server"}),
        (("no",), {"message": "no"}),
        (("no", 0), {"message": "no", "data": 0}),
        (("no", Point(1, 2)), {"message": "no", "data": {"x": 1, "y": 2}}),
        (("no", 1, Colour.RED), {"message": "no", "data": [1, "red"]}),
    ],
)
def test_a_refusal_is_told(echo: EchoClient, args: tuple[Any, ...], told: Any) -> None:
    """`ConnectionRefusedError` refuses with its message and its data, typed or not."""
    assert echo.refused_with(ConnectionRefusedError(*args)) == told
    assert (echo.recorder.last.outcome, echo.recorder.last.code) == (
        "refused",
        "refused",
    )


@pytest.mark.parametrize(
    "problem,told",
    [
        (EventError("full"), {"message": "", "data": {"code": "full"}}),
        (
            EventError("full", "No seats.", Point(1, 2)),
            {
                "message": "No seats.",
                "data": {"code": "full", "details": {"x": 1, "y": 2}},
            },
        ),
    ],
)
def test_an_event_error_refuses(
    echo: EchoClient, problem: EventError, told: Any
) -> None:
    """An `EventError` refuses with its message and, as data, its code and details."""
    assert echo.refused_with(problem) == told
    assert (echo.recorder.last.outcome, echo.recorder.last.code) == ("refused", "full")


def test_returning_false_refuses(echo: EchoClient) -> None:
    """`return False` refuses in upstream's words."""
    Echo.result = False
    try:
        told = inline_client(echo.site).refusal("/echo", "auth")
    finally:
        Echo.result = None
    assert told == {"message": "Connection rejected by server"}
    assert (echo.recorder.last.outcome, echo.recorder.last.error) == ("refused", None)


@pytest.mark.parametrize("result", [0, "", [], None, "False", ("", 400)])
def test_only_false_refuses(
    echo: EchoClient, monkeypatch: pytest.MonkeyPatch, result: Any
) -> None:
    """Anything else that a connect handler returns lets the client in, as upstream."""
    monkeypatch.setattr(Echo, "result", result)
    assert inline_client(echo.site).join("/echo", "auth")


@pytest.mark.parametrize(
    "problem",
    [
        RuntimeError(SECRET),
        TypeError(SECRET),
        OSError(SECRET),
        __builtins__["ConnectionRefusedError"](SECRET),
        SystemExit(SECRET),
        EventError("full", "No seats.", object()),
        EventError("raw", "", b"binary"),
        ConnectionRefusedError("no", b"binary"),
        ConnectionRefusedError("no", object()),
    ],
)
def test_any_other_exception_refuses_without_a_word(
    echo: EchoClient, problem: BaseException
) -> None:
    """A connect that fails is refused as an internal error, and leaves nothing behind.

    So is a refusal that cannot be sent: the packet of a refusal cannot carry binary.
    """
    before = left_behind(echo.site)
    assert echo.refused_with(problem) == {"message": "internal error"}
    assert (echo.recorder.last.outcome, echo.recorder.last.code) == (
        "error",
        "internal_error",
    )
    assert left_behind(echo.site) == {**before, "environ": 2}


def test_invalid_auth_refuses() -> None:
    """A connect handler whose `auth` is typed refuses what is not of that type."""

    class Room(RoutedNamespace, namespace="/room"):
        @on("connect")
        def join(self, auth: Point) -> None:
            assert auth == Point(1, 2)

    client = inline_client(site(Room))
    told = client.refusal("/room", {"x": 1})
    assert told["message"] == "The arguments are not valid."
    assert told["data"]["code"] == "invalid_arguments"
    assert [problem["path"] for problem in told["data"]["details"]] == ["auth.y"]
    assert client.join("/room", {"x": 1, "y": 2})
