"""What a client is told whom a connect handler does not let in."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Response, redirect
from flask_socketio import ConnectionRefusedError
from werkzeug.exceptions import Forbidden

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


@pytest.mark.parametrize("result", [None, True])
def test_none_and_true_admit(
    echo: EchoClient, monkeypatch: pytest.MonkeyPatch, result: Any
) -> None:
    """What a connect handler returns where it lets the client in."""
    monkeypatch.setattr(Echo, "result", result)
    assert inline_client(echo.site).join("/echo", "auth")


@pytest.mark.parametrize(
    "result,code,message,shown",
    [
        (0, "refused", "Connection rejected by server", "a value of the type int"),
        ("False", "refused", "Connection rejected by server", "of the type str"),
        (("no", 401), "refused", "Connection rejected by server", "the type tuple"),
        ({"error": 1}, "refused", "Connection rejected by server", "the type dict"),
        (ValueError(SECRET), "refused", "Connection rejected by server", "ValueError"),
        (Response(status=401), "unauthorized", "Unauthorized.", "401 UNAUTHORIZED"),
        (redirect("/login"), "refused", "Connection rejected by server", "302 FOUND"),
        (Forbidden("Members only."), "forbidden", "Members only.", "Forbidden"),
    ],
)
def test_anything_else_is_no_consent(
    echo: EchoClient,
    monkeypatch: pytest.MonkeyPatch,
    result: Any,
    code: str,
    message: str,
    shown: str,
) -> None:
    """A guard that answers in place of raising keeps its client out."""
    monkeypatch.setattr(Echo, "result", result)
    told = inline_client(echo.site).refusal("/echo", "auth")
    assert told == {"message": message, "data": {"code": code}}
    assert (echo.recorder.last.outcome, echo.recorder.last.code) == ("refused", code)
    assert shown in str(echo.recorder.last.error)
    assert SECRET not in str(echo.recorder.last.error)


def test_an_aborted_request_refuses_with_its_code(echo: EchoClient) -> None:
    """`abort(403)` is an answer, not an error."""
    told = echo.refused_with(Forbidden("Members only."))
    assert told == {"message": "Members only.", "data": {"code": "forbidden"}}
    assert echo.recorder.last.outcome == "refused"


def test_pythons_own_connection_refused_error_refuses_with_a_hint(
    echo: EchoClient,
) -> None:
    """The client is told nothing of it; the record names the import."""
    told = echo.refused_with(__builtins__["ConnectionRefusedError"](SECRET))
    assert told == {
        "message": "Connection refused by server",
        "data": {"code": "refused"},
    }
    assert echo.recorder.last.outcome == "refused"
    assert "import ConnectionRefusedError from flask_socketio" in str(
        echo.recorder.last.error
    )


@pytest.mark.parametrize(
    "problem",
    [
        RuntimeError(SECRET),
        TypeError(SECRET),
        OSError(SECRET),
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
