"""What a client is told: results, errors in one envelope, refusals."""

from __future__ import annotations

import enum
import uuid
from collections import UserDict
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import attrs
import pytest
from flask_socketio import ConnectionRefusedError

from nsroute import EventError, RoutedNamespace, on
from tests.local import SILENCE, Tape, Wire, error, site

SECRET = "the password is 12345"
INTERNAL = error("internal_error", "internal error")


class Colour(enum.Enum):
    RED = "red"


@attrs.frozen
class Point:
    x: int
    y: int


@dataclass
class Stroke:
    points: list[Point]
    colour: Colour


class Echo(RoutedNamespace, namespace="/echo"):
    """It answers with what the test puts here."""

    result: Any = None
    problem: BaseException | None = None

    @on("connect")
    def join(self, auth: Any = None) -> Any:
        return self._answer() if auth else None

    @on("say")
    def say(self) -> Any:
        return self._answer()

    @on("add")
    def add(self, first: int, second: int = 1) -> int:
        return first + second

    @on("draw")
    def draw(self, stroke: Stroke) -> int:
        return len(stroke.points)

    def _answer(self) -> Any:
        if self.problem is not None:
            raise self.problem
        return self.result


@pytest.fixture
def echo(monkeypatch: pytest.MonkeyPatch) -> EchoClient:
    """A client that is connected to `Echo`."""
    return EchoClient(monkeypatch)


class EchoClient:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self.site = site(Echo)
        self.tape = Tape(self.site.router)
        self.wire = Wire(self.site)
        self.wire.join("/echo")

    def told(self, result: Any) -> Any:
        """Give the acknowledgement of an event whose handler returns something."""
        self._monkeypatch.setattr(Echo, "result", result)
        return self.wire.call("/echo", "say")

    def told_of(self, problem: BaseException) -> Any:
        """Give the acknowledgement of an event whose handler raises something."""
        self._monkeypatch.setattr(Echo, "problem", problem)
        return self.wire.call("/echo", "say")

    def refused_with(self, problem: BaseException) -> Any:
        """Give what a client is told whose connect handler raises something."""
        self._monkeypatch.setattr(Echo, "problem", problem)
        return Wire(self.site).refusal("/echo", "auth")


def test_a_result_is_the_acknowledgement(echo: EchoClient) -> None:
    """What a handler returns is what the client's callback gets."""
    assert echo.told({"ok": [1, None, True, 1.5]}) == {"ok": [1, None, True, 1.5]}
    assert echo.tape.last.outcome == "ok"


@pytest.mark.parametrize(
    "result,told",
    [(None, ()), ((), ()), ((1, 2), (1, 2)), ([1, 2], [1, 2]), ((1,), 1)],
)
def test_several_results_are_several_arguments(
    echo: EchoClient, result: Any, told: Any
) -> None:
    """A tuple is several arguments of the callback and None is none, as upstream."""
    assert echo.told(result) == told


def test_typed_results_go_out_as_what_the_wire_can_carry(echo: EchoClient) -> None:
    """Typed objects, at any depth, become objects, lists, text and numbers."""
    number = uuid.UUID(int=1)
    result = {
        "stroke": Stroke([Point(1, 2)], Colour.RED),
        "id": number,
        "at": datetime(2020, 1, 2, tzinfo=UTC),
        "on": date(2020, 1, 2),
        "price": Decimal("1.10"),
        "tags": {"a"},
        "more": UserDict(a=1),
    }
    assert echo.told(result) == {
        "stroke": {"points": [{"x": 1, "y": 2}], "colour": "red"},
        "id": str(number),
        "at": "2020-01-02T00:00:00Z",
        "on": "2020-01-02",
        "price": "1.10",
        "tags": ["a"],
        "more": {"a": 1},
    }


def test_several_typed_results_stay_several(echo: EchoClient) -> None:
    """A tuple of typed objects is several arguments, each as the wire can carry it."""
    assert echo.told((Point(1, 2), Colour.RED)) == ({"x": 1, "y": 2}, "red")


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_binary_stays_binary(echo: EchoClient, kind: Any) -> None:
    """Bytes go out as binary attachments, at any depth, also in typed objects."""

    @attrs.define
    class Picture:
        pixels: Any

    assert echo.told(kind(b"\x00\xff")) == b"\x00\xff"
    told = echo.told({"all": [Picture(kind(b"\x00\xff"))]})
    assert told == {"all": [{"pixels": b"\x00\xff"}]}


@pytest.mark.parametrize(
    "result",
    [
        object(),
        (1, object()),
        {"a": [object()]},
        float("nan"),
        float("inf"),
        pytest.param(10**5000, id="long"),
        {(1, 2): 3},
        (one for one in "abc"),
        lambda: None,
    ],
)
def test_what_no_packet_can_carry_is_an_internal_error(
    echo: EchoClient, result: Any
) -> None:
    """A result that cannot be sent is answered and recorded as an internal error."""
    assert echo.told(result) == INTERNAL
    assert (echo.tape.last.outcome, echo.tape.last.code) == ("error", "internal_error")


def test_a_result_that_holds_itself_is_an_internal_error(echo: EchoClient) -> None:
    """A structure without an end is answered as any other that cannot be sent."""
    endless: list[Any] = []
    endless.append(endless)
    assert echo.told(endless) == INTERNAL


def test_a_client_that_waits_for_nothing_gets_nothing(echo: EchoClient) -> None:
    """An event that asks for no acknowledgement gets none, not even of an error."""
    before = len(echo.wire.packets)
    echo.wire.emit("/echo", "nobody knows this")
    assert len(echo.wire.packets) == before
    assert echo.tape.last.outcome == "unhandled"


# --- errors in acknowledgements ------------------------------------------------------


def test_an_unhandled_event_is_answered(echo: EchoClient) -> None:
    """An event that no handler takes is answered as `unhandled_event`."""
    told = echo.wire.call("/echo", "sing", SECRET)
    assert told == error("unhandled_event", "Nothing handles this event.")
    assert echo.tape.last.outcome == "unhandled"


def test_invalid_arguments_are_answered_with_their_paths(echo: EchoClient) -> None:
    """What is wrong with the arguments is told problem by problem, each by its path."""
    stroke = {"points": [{"x": 1, "y": 2}, {"x": "1", "y": None}], "colour": "blue"}
    told = echo.wire.call("/echo", "draw", stroke)["error"]
    assert (told["code"], told["message"]) == (
        "invalid_arguments",
        "The arguments are not valid.",
    )
    assert [problem["path"] for problem in told["details"]] == [
        "arguments[0].points[1].x",
        "arguments[0].points[1].y",
        "arguments[0].colour",
    ]
    assert (echo.tape.last.outcome, echo.tape.last.code) == (
        "rejected",
        "invalid_arguments",
    )


@pytest.mark.parametrize("args", [(), (1, 2, 3)])
def test_a_wrong_number_of_arguments_is_answered(
    echo: EchoClient, args: tuple[Any, ...]
) -> None:
    """Too few and too many arguments are `invalid_arguments` as a whole."""
    told = echo.wire.call("/echo", "add", *args)["error"]
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
    told = echo.wire.call("/echo", "draw", stroke)
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
    assert echo.tape.last.outcome == "rejected"
    assert echo.tape.last.code == problem.code
    assert echo.tape.last.error is problem


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
    assert (echo.tape.last.outcome, echo.tape.last.code) == ("rejected", "refused")


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
    assert (echo.tape.last.outcome, echo.tape.last.code) == ("error", "internal_error")


@pytest.mark.parametrize("problem", [SystemExit(3), KeyboardInterrupt()])
def test_what_is_to_end_the_process_is_raised(
    echo: EchoClient, problem: BaseException
) -> None:
    """Exceptions that are no errors go on, and are recorded."""
    with pytest.raises(type(problem)) as caught:
        echo.told_of(problem)
    assert caught.value is problem
    assert echo.tape.last.error is problem
    assert echo.tape.last.outcome == "error"


@pytest.mark.parametrize("name", ["connect", "disconnect"])
def test_a_reserved_name_is_answered(echo: EchoClient, name: str) -> None:
    """An event with the name of a lifecycle event runs no handler."""
    told = echo.wire.call("/echo", name, {"user": "root"})
    assert told == error("reserved_event", "This name is reserved for the lifecycle.")


@pytest.mark.parametrize("name", [1, 1.5, None, True, "", [], {}, b"say"])
def test_a_name_that_is_no_text_is_answered(echo: EchoClient, name: Any) -> None:
    """A name that is no text is an `invalid_event`; empty text is just unhandled."""
    code = "unhandled_event" if name == "" else "invalid_event"
    assert echo.wire.call("/echo", name)["error"]["code"] == code


def test_an_unknown_client_is_not_answered(echo: EchoClient) -> None:
    """An event in a namespace that the client is not in is dropped by upstream."""
    assert Wire(echo.site).call("/echo", "say") is SILENCE


# --- refusals ------------------------------------------------------------------------


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
    assert (echo.tape.last.outcome, echo.tape.last.code) == ("refused", "refused")


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
    assert (echo.tape.last.outcome, echo.tape.last.code) == ("refused", "full")


def test_returning_false_refuses(echo: EchoClient) -> None:
    """`return False` refuses in upstream's words."""
    Echo.result = False
    try:
        told = Wire(echo.site).refusal("/echo", "auth")
    finally:
        Echo.result = None
    assert told == {"message": "Connection rejected by server"}
    assert (echo.tape.last.outcome, echo.tape.last.error) == ("refused", None)


@pytest.mark.parametrize("result", [0, "", [], None, "False", ("", 400)])
def test_only_false_refuses(
    echo: EchoClient, monkeypatch: pytest.MonkeyPatch, result: Any
) -> None:
    """Anything else that a connect handler returns lets the client in, as upstream."""
    monkeypatch.setattr(Echo, "result", result)
    assert Wire(echo.site).join("/echo", "auth")


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
    rooms = echo.site.socketio.server.manager.rooms
    before = {sid for room in rooms["/echo"].values() for sid in room}
    assert echo.refused_with(problem) == {"message": "internal error"}
    assert (echo.tape.last.outcome, echo.tape.last.code) == ("error", "internal_error")
    assert {sid for room in rooms["/echo"].values() for sid in room} == before
    assert not echo.site.socketio.server.manager.pending_connect


def test_invalid_auth_refuses() -> None:
    """A connect handler whose `auth` is typed refuses what is not of that type."""

    class Room(RoutedNamespace, namespace="/room"):
        @on("connect")
        def join(self, auth: Point) -> None:
            assert auth == Point(1, 2)

    wire = Wire(site(Room))
    told = wire.refusal("/room", {"x": 1})
    assert told["message"] == "The arguments are not valid."
    assert told["data"]["code"] == "invalid_arguments"
    assert [problem["path"] for problem in told["data"]["details"]] == ["auth.y"]
    assert wire.join("/room", {"x": 1, "y": 2})


# --- what goes out besides -----------------------------------------------------------


def test_typed_emits_go_out_as_what_the_wire_can_carry() -> None:
    """`emit`, `send` and `call` take typed objects; binary stays binary."""
    answers: list[Any] = []

    class Room(RoutedNamespace, namespace="/room"):
        @on("go")
        def go(self) -> None:
            self.emit("drawn", Stroke([Point(1, 2)], Colour.RED))
            self.emit("both", (Point(1, 2), b"\x00"))
            self.send(Point(3, 4))
            self.send([Colour.RED], json=True)
            answers.append(self.call("ask", Point(5, 6), to=next(iter(self.clients))))

    wire = Wire(site(Room))
    wire.join("/room")
    wire.responses["ask"] = lambda point: point["x"] + point["y"]
    wire.call("/room", "go")
    assert wire.heard("/room") == [
        ("drawn", {"points": [{"x": 1, "y": 2}], "colour": "red"}),
        ("both", {"x": 1, "y": 2}, b"\x00"),
        ("message", {"x": 3, "y": 4}),
        ("json", ["red"]),
        ("ask", {"x": 5, "y": 6}),
    ]
    assert answers == [11]


def test_an_emit_that_no_packet_can_carry_fails_in_the_handler() -> None:
    """What cannot be sent is an error where it is emitted; nobody gets half of it."""

    class Room(RoutedNamespace, namespace="/room"):
        @on("go")
        def go(self) -> None:
            self.emit("drawn", [1, object()])

    wire = Wire(site(Room))
    wire.join("/room")
    assert wire.call("/room", "go") == INTERNAL
    assert wire.heard("/room") == []
