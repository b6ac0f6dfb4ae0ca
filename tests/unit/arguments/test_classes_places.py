"""A class makes its objects wherever it stands in an annotation."""

import dataclasses
import sys
from typing import Annotated, Any, Final, NamedTuple, NewType, NotRequired, TypedDict

import attrs
import msgspec
import pytest

from tests.support.argument_classes import Lowered, Node, Point
from tests.support.reading import made, told_of


class TestPlaces:
    @pytest.mark.parametrize(
        "annotation, value, expected",
        [
            (list[Lowered], [{"name": "A"}], [Lowered("a")]),
            (set[Annotated[Node, "x"]] | None, None, None),
            (tuple[Lowered, int], [{"name": "A"}, 1], (Lowered("a"), 1)),
            (tuple[Lowered, ...], [{"name": "A"}], (Lowered("a"),)),
            (dict[str, Lowered], {"B": {"name": "A"}}, {"B": Lowered("a")}),
            (Lowered | None, None, None),
            (Lowered | None, {"name": "A"}, Lowered("a")),
            (Lowered | int, {"name": "A"}, Lowered("a")),
            (Lowered | int, 5, 5),
            (Lowered | list[Lowered], [{"name": "A"}], [Lowered("a")]),
            (Lowered | str | bytes, b"x", b"x"),
            (Lowered | bytes, {"name": "A"}, Lowered("a")),
            (Annotated[Lowered, "documented"] | int, {"name": "A"}, Lowered("a")),
            (Annotated[Lowered, "documented"], {"name": "A"}, Lowered("a")),
            (NewType("Other", Lowered), {"name": "A"}, Lowered("a")),
            (Final[Lowered], {"name": "A"}, Lowered("a")),
        ],
    )
    def test_made_by_init_wherever_it_stands(self, annotation, value, expected) -> None:
        """A class with converters is made by its `__init__` in every place."""
        assert made(annotation, value) == expected

    def test_in_other_classes(self) -> None:
        """So it is as a field of attrs classes, dataclasses, Structs and TypedDicts."""

        @attrs.define
        class InAttrs:
            it: Lowered

        @dataclasses.dataclass
        class InDataclass:
            it: Lowered
            more: int = 0

        class InStruct(msgspec.Struct, rename="upper", forbid_unknown_fields=True):
            it: Lowered
            more: int = 0

        class InTypedDict(TypedDict):
            it: Lowered
            more: NotRequired[int]

        wire = {"it": {"name": "A"}}
        assert made(InAttrs, wire) == InAttrs(Lowered("a"))
        assert made(InDataclass, wire) == InDataclass(Lowered("a"))
        assert made(InTypedDict, wire) == {"it": Lowered("a")}
        assert made(InStruct, {"IT": {"name": "A"}}) == InStruct(Lowered("a"))
        assert told_of(InStruct, {"IT": {"name": "A"}, "x": 1}) == [
            ("arguments[0]", "Object contains unknown field `x`")
        ]

    @pytest.mark.skipif(sys.version_info < (3, 12), reason="`type X = …` is of 3.12")
    def test_behind_a_type_statement(self) -> None:
        """So it is behind another name."""
        module: dict[str, Any] = {"Lowered": Lowered}
        exec("type Other = Lowered | None", module)
        assert made(module["Other"], {"name": "A"}) == Lowered("a")

    def test_named_tuple_without_such_a_class(self) -> None:
        """A named tuple arrives as an array."""

        class Pair(NamedTuple):
            left: Point
            right: int = 0

        assert made(Pair, [{"x": 1, "y": 2}]) == Pair(Point(1.0, 2.0))
