"""Arguments become objects as their classes make them: attrs classes and others."""

import dataclasses
import datetime as dt
import uuid
from typing import (
    Annotated,
    ClassVar,
    Generic,
    NotRequired,
    Required,
    TypedDict,
    TypeVar,
)

import attr
import attrs
import msgspec
import pytest

from tests.support.argument_classes import Lowered, Node, Point
from tests.support.reading import made, told_of

Value = TypeVar("Value")


@dataclasses.dataclass
class Page:
    kind: ClassVar[str] = "page"
    lines: dataclasses.InitVar[list[float]]
    title: "dataclasses.InitVar[str]" = "untitled"
    total: float = dataclasses.field(init=False, default=0)

    def __post_init__(self, lines: list[float], title: str) -> None:
        self.total = sum(lines)
        self.name = title


class TestAttrs:
    def test_fields_are_converted(self) -> None:
        """The fields of an attrs class are converted to what they declare."""
        point = made(Point, {"x": 1, "y": 2.5})
        assert point == Point(1.0, 2.5)
        assert type(point.x) is float

    def test_converters_run_once_before_validators(self) -> None:
        """Converters run, and then validators see what they made."""

        @attrs.define
        class Doubled:
            it: int = attrs.field(
                converter=lambda it: it * 2, validator=attrs.validators.le(10)
            )

        assert made(Doubled, {"it": 5}) == Doubled(5)
        assert told_of(Doubled, {"it": 6}) == [
            ("arguments[0]", "'it' must be <= 10: 12")
        ]

    def test_validators_run_where_there_are_no_converters(self) -> None:
        """The message of a validator is what the client is told."""

        @attrs.define
        class Limited:
            it: int = attrs.field(validator=attrs.validators.instance_of(str))

        assert told_of(Limited, {"it": 6}) == [
            (
                "arguments[0]",
                "'it' must be <class 'str'> (got 6 that is a <class 'int'>).",
            )
        ]

    def test_validators_are_heard_in_a_union_with_binary(self) -> None:
        """Also where a union is told apart beside msgspec."""

        @attrs.define
        class Limited:
            it: int = attrs.field(validator=attrs.validators.le(10))

        assert made(Limited | bytes, {"it": 1}) == Limited(1)
        assert told_of(Limited | bytes, {"it": 11}) == [
            ("arguments[0]", "'it' must be <= 10: 11")
        ]

    def test_a_client_cannot_set_what_is_hidden(self) -> None:
        """An attribute that is no parameter of `__init__` is none of a client's."""
        assert made(Lowered, {"name": "A", "secret": "mine"}).secret == "hidden"

    def test_a_client_cannot_set_what_a_dataclass_hides(self) -> None:
        """The same holds for dataclasses."""
        page = made(Page, {"lines": [1, 2], "total": 9})
        assert page.total == 3.0

    def test_private_attributes_keep_their_names_on_the_wire(self) -> None:
        """An attribute `_x` is the key `_x`, and the parameter `x`."""

        @attrs.define
        class Private:
            _it: int = attrs.field(converter=int)

        assert made(Private, {"_it": 1}) == Private(it=1)

    def test_own_init_gets_the_fields(self) -> None:
        """A class with an `__init__` of its own is made by it."""

        @attrs.define(init=False)
        class Own:
            it: int

            def __init__(self, it: int) -> None:
                self.it = it + 1

        assert made(Own, {"it": 1}).it == 2

        @dataclasses.dataclass(init=False)
        class OwnDataclass:
            it: int

            def __init__(self, it: int) -> None:
                self.it = it + 1

        assert made(OwnDataclass, {"it": 1}).it == 2

        @attrs.define(init=False)
        class Renamed:
            it: int

            def __init__(self, other: int) -> None:
                self.it = other

        assert made(Renamed, {"other": 1}).it == 1
        assert told_of(Renamed, {"other": "1"}) == [
            ("arguments[0].other", "Expected `int`, got `str`")
        ]

    def test_steps_before_init_run(self) -> None:
        """`__attrs_pre_init__` runs, before anything is set."""
        seen = []

        @attrs.define
        class Early:
            it: int

            def __attrs_pre_init__(self) -> None:
                seen.append(hasattr(self, "it"))

        assert made(Early, {"it": 1}).it == 1
        assert seen == [False]

    def test_defaults_may_depend_on_other_attributes(self) -> None:
        """A default that takes the object is computed."""

        @attrs.define
        class Dependent:
            it: int
            twice: int = attrs.Factory(lambda self: self.it * 2, takes_self=True)

        assert made(Dependent, {"it": 2}).twice == 4
        assert made(Dependent, {"it": 2, "twice": 5}).twice == 5

    def test_attributes_without_annotation(self) -> None:
        """An attribute may be untyped, or typed in the old way."""

        @attr.s
        class Old:
            anything = attr.ib()
            number = attr.ib(type=int)

        assert made(Old, {"anything": [1], "number": 2}) == Old([1], 2)
        assert told_of(Old, {"anything": [1], "number": "2"}) == [
            ("arguments[0].number", "Expected `int`, got `str`")
        ]

    def test_classes_may_hold_themselves(self) -> None:
        """A tree of objects is made from the leaves to the root."""
        tree = {"name": "A", "children": [{"name": "B", "children": [{"name": "C"}]}]}
        assert made(Node, tree) == Node("a", [Node("b", [Node("c")])])

    def test_generic_classes(self) -> None:
        """A type variable is what it is bound to, and otherwise anything."""

        @attrs.define
        class Box(Generic[Value]):
            it: Value
            many: list[Value] = attrs.field(factory=list)
            name: str = ""

        assert made(Box[float], {"it": 1, "many": [2]}) == Box(1.0, [2.0])
        assert told_of(Box[int], {"it": 1, "many": ["a"]}) == [
            ("arguments[0].many[0]", "Expected `int`, got `str`")
        ]
        assert made(Box, {"it": "x", "many": [None]}) == Box("x", [None])


class TestOtherClasses:
    def test_dataclass_with_init_vars(self) -> None:
        """`InitVar`s are parameters like others."""
        page = made(Page, {"lines": [1, 2], "title": "mine"})
        assert (page.total, page.name) == (3.0, "mine")
        assert told_of(Page, {"title": 5}) == [
            ("arguments[0].lines", "Required, but missing"),
            ("arguments[0].title", "Expected `str`, got `int`"),
        ]

    def test_required_keys_of_typed_dicts_with_text_annotations(self) -> None:
        """`Required` and `NotRequired` hold where annotations are text."""

        class Partly(TypedDict, total=False):
            it: "Required[Lowered]"
            more: "NotRequired[int]"
            less: int

        assert told_of(Partly, {}) == [("arguments[0].it", "Required, but missing")]
        assert made(Partly, {"it": {"name": "A"}}) == {"it": Lowered("a")}

    def test_binary_in_classes_is_real_binary(self) -> None:
        """`bytes` in a class are attachments; text is never taken for base64."""

        @attrs.define
        class File:
            content: bytes
            more: list[bytes] = attrs.field(factory=list)

        assert made(File, {"content": b"\xff", "more": [b"x"]}) == File(b"\xff", [b"x"])
        assert told_of(File, {"content": "/w==", "more": ["eA=="]}) == [
            ("arguments[0].content", "Expected `bytes`, got `str`"),
            ("arguments[0].more[0]", "Expected `bytes`, got `str`"),
        ]

    @pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
    def test_every_kind_of_binary(self, kind) -> None:
        """Binary may be asked for as any of Python's kinds of it."""
        assert made(kind, b"x") == kind(b"x")
        assert type(made(kind | str, b"x")) is kind
        assert made(kind | None, None) is None

    def test_limits_on_binary_hold_beside_text(self) -> None:
        """A limit on a member of a union holds for that member."""
        small = Annotated[bytes, msgspec.Meta(max_length=2)]
        assert made(small | str, b"ab") == b"ab"
        assert made(small | str, "long text") == "long text"
        assert told_of(small | str, b"abc") == [
            ("arguments[0]", "Expected `bytes` of length <= 2")
        ]

    def test_keys_are_converted(self) -> None:
        """Keys, which are text on the wire, become what a dict declares."""
        assert made(dict[int, str], {"1": "a"}) == {1: "a"}
        day = dt.date(2026, 2, 3)
        assert made(dict[dt.date, int], {"2026-02-03": 1}) == {day: 1}
        key = uuid.uuid4()
        assert made(dict[uuid.UUID, int], {str(key): 1}) == {key: 1}

    def test_unions_of_other_things_stay_with_msgspec(self) -> None:
        """A union that msgspec tells apart is converted by it."""
        assert made(int | list[int] | None, [1]) == [1]
        assert made(Point | str, {"x": 1, "y": 2}) == Point(1, 2)
