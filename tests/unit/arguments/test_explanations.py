"""A client is told each problem with its path, and the answer is always short."""

import collections
import enum
from typing import Annotated, Any, Literal, NamedTuple

import attrs
import msgspec
import pytest

from nsroute.arguments.conversion import TypeTree
from nsroute.errors import InvalidArguments
from tests.support.reading import made, told, told_of


@attrs.frozen
class Point:
    x: float
    y: float


@attrs.define
class Tree:
    name: str
    children: "list[Tree]" = attrs.field(factory=list)


@attrs.define
class LoweredTree:
    name: str = attrs.field(converter=str.lower)
    children: "list[LoweredTree]" = attrs.field(factory=list)


class Draw(msgspec.Struct, tag="draw"):
    points: list[Point]


class Erase(msgspec.Struct, tag="erase"):
    all: bool


class NumberAndPoint(NamedTuple):
    number: int
    point: Point


class Side(enum.IntEnum):
    LEFT = 1
    RIGHT = 2


def tree(depth: int, leaf: Any) -> Any:
    """Nest an object in others."""
    for _ in range(depth):
        leaf = {"name": "a", "children": [leaf]}
    return leaf


class TestPaths:
    def test_several_arguments(self) -> None:
        """Each argument that is not valid is told."""

        def handler(a: int, b: str, *more: float): ...

        assert told(handler, "1", "b", 1, "2") == [
            ("arguments[0]", "Expected `int`, got `str`"),
            ("arguments[3]", "Expected `float`, got `str`"),
        ]

    def test_several_fields(self) -> None:
        """Each field that is not valid, or missing, is told in its order."""
        assert told_of(list[Point], [{"x": 1, "y": 1}, {"y": "a"}, 5]) == [
            ("arguments[0][1].x", "Required, but missing"),
            ("arguments[0][1].y", "Expected `float`, got `str`"),
            ("arguments[0][2]", "Expected `object`, got `int`"),
        ]

    def test_limits_of_a_whole_are_told_if_its_parts_are_right(self) -> None:
        """A limit on a list is told where no item is wrong."""
        short = Annotated[list[int], msgspec.Meta(max_length=2)]
        assert told_of(short, [1, 2, 3]) == [
            ("arguments[0]", "Expected `array` of length <= 2")
        ]
        assert told_of(short, [1, "2", 3]) == [
            ("arguments[0][1]", "Expected `int`, got `str`")
        ]

    def test_tuples(self) -> None:
        """Of a tuple the first problem is told."""
        assert told_of(tuple[int, str], ["a", 1]) == [
            ("arguments[0][0]", "Expected `int`, got `str`"),
        ]
        assert told_of(tuple[int, str], [1, "a", 2]) == [
            ("arguments[0]", "Expected `array` of length 2, got 3")
        ]

    def test_an_object_in_the_place_of_a_tuple(self) -> None:
        """A tuple has no keys, so an object has no parts that it could declare."""
        message = "Expected `array`, got `object`"
        for annotation in (
            tuple[int, ...],
            tuple[int, str],
            tuple[str, int],
            list[int],
        ):
            assert told_of(annotation, {"a": 1}) == [("arguments[0]", message)]
        assert told_of(tuple[int, ...] | None, {"a": "b"}) == [
            ("arguments[0]", "Expected `array | null`, got `object`")
        ]

    def test_an_array_in_the_place_of_an_object(self) -> None:
        """An object has no items."""
        message = "Expected `object`, got `array`"
        for annotation in (Point, dict[str, int]):
            assert told_of(annotation, ["a"]) == [("arguments[0]", message)]

    def test_an_array_in_a_union(self) -> None:
        """Of a union the one member that is an array is explained."""
        for annotation in (Point | list[int], Point | list[int] | None):
            assert told_of(annotation, [1, "a"]) == [
                ("arguments[0][1]", "Expected `int`, got `str`")
            ]

    def test_named_tuples_and_rows(self) -> None:
        """So it is of what arrives as an array of fields."""

        class Row(msgspec.Struct, array_like=True):
            number: int
            point: Point

        for annotation in (Row, NumberAndPoint):
            assert told_of(annotation, ["a", {"x": "b", "y": 1}]) == [
                ("arguments[0][0]", "Expected `int`, got `str`")
            ]

    def test_a_dict_in_a_dict(self) -> None:
        """Keys are named as far as values are taken apart."""
        inner = {"a": {"b": {"c": "x"}}}
        assert told_of(dict[str, dict[str, int]], inner["a"]) == [
            ("arguments[0]['b']['c']", "Expected `int`, got `str`")
        ]
        assert told_of(dict[str, dict[str, dict[str, int]]], inner) == [
            ("arguments[0]['a']['b'][...]", "Expected `int`, got `str`")
        ]

    def test_a_name_that_begins_like_another(self) -> None:
        """A problem of `xy` is none of `x`."""
        odd = msgspec.defstruct("Odd", [("x", int), ("xy", int)])
        assert told_of(odd, {"x": 1, "xy": "a"}) == [
            ("arguments[0].xy", "Expected `int`, got `str`")
        ]

    def test_a_text_that_looks_like_a_path_is_none(self) -> None:
        """What a validator quotes does not move the problem."""

        @attrs.define
        class Quoting:
            it: str

            def __attrs_post_init__(self) -> None:
                raise ValueError(f"wrong: {self.it}")

        text = "x - at `$.secret`"
        assert told_of(Quoting, {"it": text}) == [
            ("arguments[0]", f"wrong: {text}"),
        ]

    def test_a_key_that_looks_like_a_path_is_not_recorded(self) -> None:
        """Nor does the name of a field that nobody declared get into a record."""

        class Strict(msgspec.Struct, forbid_unknown_fields=True):
            it: int = 0

        with pytest.raises(InvalidArguments) as caught:
            made(Strict, {"x` - at `$.secret": 1})
        assert caught.value.summary == "arguments[0]: Object contains unknown field"

    def test_tagged_structs_are_told_by_their_tag(self) -> None:
        """Of several tagged Structs the first problem of the one meant is told."""
        assert told_of(Draw | Erase, {"type": "draw", "points": [{}]}) == [
            ("arguments[0].points[0]", "Object missing required field `x`"),
        ]
        assert told_of(Draw | Erase, {"type": "paint"}) == [
            ("arguments[0].type", "Invalid value 'paint'")
        ]

    def test_choices_are_listed(self) -> None:
        """Where there is a choice, the client is told what there is to choose from."""
        message = "Expected one of 1, 2"
        assert told_of(Side, 3) == [("arguments[0]", message)]
        assert told_of(Side | None, "left") == [("arguments[0]", message)]
        assert told_of(Literal["a", "b"], "c") == [
            ("arguments[0]", 'Expected one of "a", "b"')
        ]

    def test_members_of_a_union_that_cannot_be_told_apart(self) -> None:
        """A value that fits no member of a union is told as msgspec tells it."""
        assert told_of(int | bool | None, "5") == [
            ("arguments[0]", "Expected `bool | int | null`, got `str`")
        ]

    def test_unhashable_items_of_a_set(self) -> None:
        """What cannot be hashed cannot be in a set; msgspec 0.23 says where it is."""
        for annotation, value, item in (
            (set, [[1]], "[0]"),
            (set[Any], [[1]], "[0]"),
            (list[set[Any]], [[1], [[1]]], "[1][0]"),
        ):
            [(path, message)] = told_of(annotation, value)
            if "unhashable type: 'list'" in message:  # Python 3.14 says more
                assert path == "arguments[0]"
            else:
                assert message == "Expected a hashable value, got `list`"
                assert path == f"arguments[0]{item}"

    def test_an_error_that_does_not_say_where_it_is(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What was found before it is told; msgspec before 0.23 has such errors."""

        def refuse(*_: object) -> None:
            raise TypeError("unhashable type: 'list'")

        monkeypatch.setattr(TypeTree, "convert", refuse)
        assert told_of(list[int], ["a", 1]) == [
            ("arguments[0][0]", "Expected `int`, got `str`")
        ]

    def test_bare_containers_have_no_parts(self) -> None:
        """A bare list or dict is told as a whole."""
        assert told_of(list, {}) == [("arguments[0]", "Expected `array`, got `object`")]
        assert told_of(dict, []) == [("arguments[0]", "Expected `object`, got `array`")]
        assert told_of(collections.abc.Sequence[int], ["a"]) == [
            ("arguments[0][0]", "Expected `int`, got `str`")
        ]

    def test_keys_that_are_no_names(self) -> None:
        """A key that is no name is quoted."""
        key = "a b"
        odd = msgspec.defstruct("Odd", [("it", int)], rename={"it": key})
        assert told_of(odd, {key: "x"}) == [
            ("arguments[0]['a b']", "Expected `int`, got `str`")
        ]
        assert told_of(dict[int, int], {"1": 1, "x": 2}) == [
            ("arguments[0]", "Expected `int`, got `str` (a key)")
        ]

    def test_depths_that_are_not_searched(self) -> None:
        """Far below, the first problem is told alone, at the place msgspec names."""
        wire = tree(10, {"name": 1, "children": [{"name": 2}]})
        place = "arguments[0]" + ".children[0]" * 10 + ".name"
        assert told_of(Tree, wire) == [(place, "Expected `str`, got `int`")]


class TestBounds:
    def test_at_most_ten_problems(self) -> None:
        """Ten problems are enough."""
        wide = msgspec.defstruct("Wide", [(f"x{i}", int) for i in range(20)])
        assert len(told_of(wide, {})) == 10
        assert len(told_of(list[wide], [{}, {}])) == 10
        found = told_of(list[int], ["x"] * 50)
        assert [path for path, _ in found] == [f"arguments[0][{i}]" for i in range(10)]

        def handler(*args: int): ...

        assert len(told(handler, *["x"] * 50)) == 10

    def test_long_texts_are_cut(self) -> None:
        """Whatever a validator says of whatever was sent, it is cut."""

        @attrs.define
        class Verbose:
            it: str = attrs.field(validator=attrs.validators.in_(["a"]))

        ((path, message),) = told_of(Verbose, {"it": "x" * 10_000})
        assert path == "arguments[0]"
        assert len(message) == 200
        assert message.startswith("'it' must be in ['a'] (got 'xxx")
        assert message.endswith("…")

    def test_long_keys_are_cut(self) -> None:
        """A key that the client chose is cut too."""
        ((path, _),) = told_of(dict[str, int], {"x" * 10_000: "a"})
        assert path == f"arguments[0]['{'x' * 39}…']"

    def test_long_paths_are_cut(self) -> None:
        """A path through many levels is cut."""
        ((path, message),) = told_of(Tree, tree(60, {"name": 1}))
        assert len(path) == 200
        assert path.startswith("arguments[0].children[0].children[0]")
        assert message == "Expected `str`, got `int`"

    def test_what_cannot_be_encoded_is_escaped(self) -> None:
        """No lone surrogate finds its way into an answer."""
        ((path, _),) = told_of(dict[str, int], {"\ud800": "a"})
        assert path == "arguments[0]['\\ud800']"

    @pytest.mark.parametrize(
        "annotation, value",
        [
            (Literal["a"], "\ud800"),
            (Draw | Erase, {"type": "\ud800"}),
            (Point, {"\ud800": 1}),
            (float, 10**400),
            (dict[int, int], {"9" * 5000: 1}),
            (Annotated[int, msgspec.Meta(le=5)], 10**4000),
            (Annotated[str, msgspec.Meta(pattern="^a$")], "\ud800"),
        ],
    )
    def test_hostile_scalars(self, annotation, value) -> None:
        """Texts that are no Unicode and numbers of any size are not valid, no more."""
        found = told_of(annotation, value)
        assert len(found) >= 1
        assert all(len(path) <= 200 and len(text) <= 200 for path, text in found)

    @pytest.mark.parametrize("kind", [Tree, LoweredTree])
    def test_deep_structures(self, kind) -> None:
        """A structure that is nested without end is told so, and nothing breaks."""
        ((path, message),) = told_of(kind, tree(100_000, {"name": "a"}))
        assert path.startswith("arguments[0]")
        assert message == "Nested too deeply"

    def test_deep_structure_beside_another_problem(self) -> None:
        """So it is told beside another problem."""

        def handler(first: int, second: Tree): ...

        assert told(handler, "x", tree(100_000, {"name": "a"})) == [
            ("arguments[0]", "Expected `int`, got `str`"),
            ("arguments[1]", "Nested too deeply"),
        ]

    def test_deep_structures_that_nobody_asked_for_pass(self) -> None:
        """What is not converted may be as deep as it likes."""
        deep = tree(100_000, 1)
        assert made(dict[str, Any], deep)["children"] is deep["children"]

    def test_a_long_search_ends(self) -> None:
        """A problem behind very many right items is told at the place msgspec names."""
        found = told_of(list[list[int]], [[1]] * 5_000 + [["x"]])
        assert found == [("arguments[0][5000][0]", "Expected `int`, got `str`")]

    def test_an_argument_without_annotation_has_no_problems(self) -> None:
        """What is not annotated is right, whatever stands beside it."""

        def handler(first: int, anything, second: int, *rest): ...

        assert told(handler, "a", "b", "c", "d") == [
            ("arguments[0]", "Expected `int`, got `str`"),
            ("arguments[2]", "Expected `int`, got `str`"),
        ]

    def test_a_problem_behind_many_arguments(self) -> None:
        """A problem behind very many arguments is told with its place."""

        def handler(first: int, *more: int): ...

        assert told(handler, *[1] * 5_000, "x") == [
            ("arguments[5000]", "Expected `int`, got `str`")
        ]
