"""What a client is sent: results and emits, as what the wire can carry."""

from __future__ import annotations

import uuid
from collections import UserDict
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import attrs
import pytest

from nsroute import RoutedNamespace, on
from tests.support.dispatch_namespaces import (
    INTERNAL,
    Colour,
    EchoClient,
    Point,
    Stroke,
)
from tests.support.packet_client import inline_client
from tests.support.sites import site


@pytest.fixture
def echo(monkeypatch: pytest.MonkeyPatch) -> EchoClient:
    """A client that is connected to `Echo`."""
    return EchoClient(monkeypatch)


def test_a_result_is_the_acknowledgement(echo: EchoClient) -> None:
    """What a handler returns is what the client's callback gets."""
    assert echo.told({"ok": [1, None, True, 1.5]}) == {"ok": [1, None, True, 1.5]}
    assert echo.recorder.last.outcome == "ok"


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
    assert (echo.recorder.last.outcome, echo.recorder.last.code) == (
        "error",
        "internal_error",
    )


def test_a_result_that_holds_itself_is_an_internal_error(echo: EchoClient) -> None:
    """A structure without an end is answered as any other that cannot be sent."""
    endless: list[Any] = []
    endless.append(endless)
    assert echo.told(endless) == INTERNAL


def test_a_client_that_waits_for_nothing_gets_nothing(echo: EchoClient) -> None:
    """An event that asks for no acknowledgement gets none, not even of an error."""
    before = len(echo.client.packets)
    echo.client.emit("/echo", "nobody knows this")
    assert len(echo.client.packets) == before
    assert echo.recorder.last.outcome == "unhandled"


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

    client = inline_client(site(Room))
    client.join("/room")
    client.replies["ask"] = lambda point: point["x"] + point["y"]
    client.call("/room", "go")
    assert client.received("/room") == [
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

    client = inline_client(site(Room))
    client.join("/room")
    assert client.call("/room", "go") == INTERNAL
    assert client.received("/room") == []
