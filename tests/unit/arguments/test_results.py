"""What a handler returns or emits becomes what a packet can carry."""

from __future__ import annotations

import collections
import datetime as dt
import decimal
import ipaddress
import types
import uuid

import pydantic
import pytest
from socketio.packet import EVENT, Packet

from nsroute.arguments import to_wire
from tests.support.returned_objects import (
    Binary,
    Colour,
    Flags,
    Level,
    Move,
    Number,
    Pair,
    Point,
    Profile,
    Real,
    Span,
    Team,
    Text,
)


class TestUntouched:
    @pytest.mark.parametrize(
        "value",
        [
            None,
            True,
            5,
            -(2**63) + 1,
            1.5,
            "text",
            "\ud800",
            b"binary",
            [],
            {},
            [1, [2.5, None], {"a": {"b": [b"x", "y", False]}}],
        ],
    )
    def test_what_a_packet_can_carry_stays_the_same_object(self, value) -> None:
        """What can be sent as it is, is given back itself."""
        assert to_wire(value) is value

    def test_several_arguments_stay_several(self) -> None:
        """A tuple at the top is several arguments of an acknowledgement."""
        assert to_wire((1, Point(1), (2, 3))) == (1, {"x": 1, "y": 0}, [2, 3])
        assert to_wire(()) == ()

    def test_large_integers_are_carried(self) -> None:
        """An integer of any usual size can be sent."""
        assert to_wire(2**64) == 2**64
        assert to_wire([2**64]) == [2**64]


class TestTyped:
    @pytest.mark.parametrize(
        "value, wire",
        [
            (Point(1.0, [Point(2)]), {"x": 1.0, "y": [{"x": 2, "y": 0}]}),
            (Span(1, Point(1)), {"first": 1, "point": {"x": 1, "y": 0}}),
            (Move(Point(1)), {"type": "move", "to": {"x": 1, "y": 0}}),
            ([Point(1), 5], [{"x": 1, "y": 0}, 5]),
            (Colour.RED, "red"),
            (Colour.PAIR, [1, 2]),
            (Level.LOW, 1),
            (Flags.A | Flags.B, 3),
            (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
            (dt.datetime(2026, 2, 3, tzinfo=dt.UTC), "2026-02-03T00:00:00Z"),
            (dt.date(2026, 2, 3), "2026-02-03"),
            (dt.time(4, 5), "04:05:00"),
            (dt.timedelta(seconds=90), "PT90S"),
            (decimal.Decimal("1.50"), "1.50"),
            ({5}, [5]),
            (frozenset([5]), [5]),
            ([(1, (2,))], [[1, [2]]]),
            ([Pair(1, Point(2))], [[1, {"x": 2, "y": 0}]]),
            (collections.OrderedDict(a=1), {"a": 1}),
            (collections.deque([1, Point(2)]), [1, {"x": 2, "y": 0}]),
            (types.MappingProxyType({"a": Point(1)}), {"a": {"x": 1, "y": 0}}),
            ({"a": 1}.keys(), ["a"]),
            ({"a": Point(1)}.items(), [["a", {"x": 1, "y": 0}]]),
            (range(3), [0, 1, 2]),
        ],
    )
    def test_objects_become_what_json_has(self, value, wire) -> None:
        """A typed object is sent as its fields, an enum as its value, and so on."""
        assert to_wire(value) == wire

    @pytest.mark.parametrize(
        "value, plain",
        [
            (Text("a"), "a"),
            (Number(5), 5),
            (Real(1.5), 1.5),
            (Binary(b"x"), b"x"),
            ([Text("a")], ["a"]),
            (Point(Real(1.5), Text("a")), {"x": 1.5, "y": "a"}),
        ],
    )
    def test_subclasses_become_plain(self, value, plain) -> None:
        """A subclass of a plain type is sent as the plain type."""
        wire = to_wire(value)
        assert wire == plain
        assert type(wire) is type(plain)

    def test_private_attributes_are_not_sent(self) -> None:
        """An attribute whose name begins with `_` stays at home."""
        assert to_wire(Point(1)) == {"x": 1, "y": 0}

    def test_models_are_dumped_as_json(self) -> None:
        """A pydantic model is sent as pydantic makes JSON of it."""
        team = Team(host=ipaddress.IPv4Address("127.0.0.1"), score=2)
        assert to_wire([team, Point(team)]) == [
            {"host": "127.0.0.1", "score": "two"},
            {"x": {"host": "127.0.0.1", "score": "two"}, "y": 0},
        ]

    def test_models_keep_their_binary(self) -> None:
        """The binary of a model stays binary, and the rest becomes JSON."""
        profile = Profile(
            name="ann",
            pictures=({"small": b"\xff"}, {"large": bytearray(b"x")}),
            url=pydantic.AnyUrl("http://a.b/"),
        )
        assert to_wire([profile]) == [
            {
                "name": "ann",
                "pictures": [{"small": b"\xff"}, {"large": b"x"}],
                "url": "http://a.b/",
                "password": "**********",
                "since": "2026-02-03",
            }
        ]


class TestBinary:
    @pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
    def test_binary_becomes_bytes(self, kind) -> None:
        """Binary of every kind is sent as binary, which upstream finds as `bytes`."""
        wire = to_wire({"a": [kind(b"x")]})
        assert wire == {"a": [b"x"]}
        assert type(wire["a"][0]) is bytes
        assert type(to_wire(kind(b"x"))) is bytes

    @pytest.mark.parametrize(
        "value", [(b"1",), [(b"1",)], Point(b"1"), {"a": Pair(b"1", 2)}, {b"1"}]
    )
    def test_upstream_finds_it_everywhere(self, value) -> None:
        """In what is given back, python-socketio finds each piece of binary."""
        wire = to_wire(value)
        data = list(wire) if isinstance(wire, tuple) else [wire]
        _, *attachments = Packet(EVENT, data=["e", *data]).encode()
        assert attachments == [b"1"]


class TestKeys:
    @pytest.mark.parametrize(
        "key, text",
        [
            (1, "1"),
            (1.5, "1.5"),
            (True, "true"),
            (None, "null"),
            (Text("a"), "a"),
            (Colour.RED, "red"),
            (Level.LOW, "1"),
            (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
            (dt.date(2026, 2, 3), "2026-02-03"),
        ],
        ids=lambda one: type(one).__name__,
    )
    def test_keys_become_text(self, key, text) -> None:
        """Keys are spelt as JSON spells them."""
        wire = to_wire({key: Point(1)})
        assert wire == {text: {"x": 1, "y": 0}}
        assert [type(one) for one in wire] == [str]

    @pytest.mark.parametrize("key", [b"x", (1, 2), frozenset([1])])
    def test_keys_that_are_no_text(self, key) -> None:
        """A key that JSON has no text for cannot be sent."""
        with pytest.raises(TypeError, match=r"a key of type '[a-z]+' cannot be sent"):
            to_wire({key: 1})
