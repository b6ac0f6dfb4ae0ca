"""Arguments become objects as their classes make them."""

import dataclasses
import datetime as dt
import sys
import uuid
from typing import (
    Annotated,
    Any,
    ClassVar,
    Final,
    Generic,
    NamedTuple,
    NewType,
    NotRequired,
    Required,
    TypedDict,
    TypeVar,
)

import attr
import attrs
import msgspec
import pydantic
import pytest

from tests.reading import bound, made, told_of

Value = TypeVar("Value")


@attrs.frozen
class Point:
    x: float
    y: float


@attrs.define
class Lowered:
    """Made by its `__init__` alone: it has a converter and a hidden attribute."""

    name: str = attrs.field(converter=str.lower, validator=attrs.validators.max_len(10))
    secret: str = attrs.field(init=False, default="hidden")


@attrs.define
class Node:
    name: str = attrs.field(converter=str.lower)
    children: "list[Node]" = attrs.field(factory=list)


@dataclasses.dataclass
class Span:
    first: int
    last: int

    def __post_init__(self) -> None:
        if self.first > self.last:
            raise ValueError("first must not be greater than last")


@dataclasses.dataclass
class Page:
    kind: ClassVar[str] = "page"
    lines: dataclasses.InitVar[list[float]]
    title: "dataclasses.InitVar[str]" = "untitled"
    total: float = dataclasses.field(init=False, default=0)

    def __post_init__(self, lines: list[float], title: str) -> None:
        self.total = sum(lines)
        self.name = title


class Profile(pydantic.BaseModel):
    name: str
    picture: bytes = b""

    @pydantic.field_validator("name")
    @classmethod
    def is_lower(cls, name: str) -> str:
        if name != name.lower():
            raise ValueError("not in lower case")
        return name


class Account(pydantic.BaseModel):
    number: int


@pydantic.dataclasses.dataclass
class Price:
    amount: int = pydantic.Field(gt=0)


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
            many: list[Value] = attrs.field(factory=list, converter=list)
            name: str = ""

        assert made(Box[float], {"it": 1, "many": [2]}) == Box(1.0, [2.0])
        assert told_of(Box[int], {"it": 1, "many": ["a"]}) == [
            ("arguments[0].many[0]", "Expected `int`, got `str`")
        ]
        assert made(Box, {"it": "x", "many": [None]}) == Box("x", [None])


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


class TestPydantic:
    def test_models_validate_themselves(self) -> None:
        """A pydantic model is made by its own validation, with its own strictness."""
        assert made(Account, {"number": "5"}) == Account(number=5)
        assert made(Profile, {"name": "ann", "picture": b"\xff"}).picture == b"\xff"

    def test_every_problem_of_a_model_is_told(self) -> None:
        """Each of pydantic's problems has its path and pydantic's message."""
        assert told_of(dict[str, Profile], {"a": {"name": "Ann", "picture": 5}}) == [
            ("arguments[0]['a'].name", "Value error, not in lower case"),
            ("arguments[0]['a'].picture", "Input should be a valid bytes"),
        ]

    @pytest.mark.parametrize(
        "annotation, value, expected",
        [
            (Profile | None, None, None),
            (Profile | str, "text", "text"),
            (Profile | str, {"name": "a"}, Profile(name="a")),
            (Profile | Account, {"number": 5}, Account(number=5)),
            (Profile | Account | list[Account], [{"number": 5}], [Account(number=5)]),
            (list[Profile | int], [{"name": "a"}, 5], [Profile(name="a"), 5]),
            (Price, {"amount": "5"}, Price(5)),
            (list[Price], [{"amount": 5}], [Price(5)]),
            (
                Annotated[Profile | Account, pydantic.Field(description="either")],
                {"name": "a"},
                Profile(name="a"),
            ),
        ],
    )
    def test_models_in_other_annotations(self, annotation, value, expected) -> None:
        """Models may be members of unions and items of containers."""
        assert made(annotation, value) == expected

    def test_models_in_other_classes(self) -> None:
        """Models may be fields of other classes."""

        @attrs.define
        class Team:
            leader: Profile
            members: list[Profile] = attrs.field(factory=list)

        wire = {"leader": {"name": "a"}, "members": [{"name": "b"}]}
        assert made(Team, wire) == Team(Profile(name="a"), [Profile(name="b")])

    def test_paths_in_unions_name_the_model(self) -> None:
        """Of several models pydantic says which one it tried."""
        told = told_of(Profile | Account, {"name": 5})
        assert ("arguments[0].Profile.name", "Input should be a valid string") in told

    def test_dataclasses_of_pydantic_are_validated(self) -> None:
        """A dataclass of pydantic's is validated as a model is."""
        assert told_of(Price, {"amount": 0}) == [
            ("arguments[0].amount", "Input should be greater than 0")
        ]

    def test_scalar_in_place_of_a_model(self) -> None:
        """What is no object is told to be none, and what else there may be."""
        assert told_of(Profile | str | bytes, 5) == [
            ("arguments[0]", "Expected `str | object | bytes`, got `int`")
        ]


class TestBugs:
    def test_bug_in_a_class_is_no_fault_of_the_client(self) -> None:
        """What else the code of a class raises is a bug, and passes on."""

        @dataclasses.dataclass
        class Buggy:
            it: int

            def __post_init__(self) -> None:
                raise KeyError("a bug")

        with pytest.raises(KeyError, match="a bug"):
            made(Buggy, {"it": 1})

    def test_endless_recursion_in_a_class_is_a_bug(self) -> None:
        """A class that calls itself for ever is not the client's fault."""

        def call_itself(it: Any) -> Any:
            return call_itself(it)

        @attrs.define
        class Endless:
            it: int = attrs.field(converter=call_itself)

        with pytest.raises(RecursionError, match="maximum recursion depth"):
            made(Endless, {"it": 1})

    def test_endless_recursion_beside_a_problem_is_a_bug_too(self) -> None:
        """Even if another argument is not valid."""

        def call_itself(it: Any) -> Any:
            return call_itself(it)

        @attrs.define
        class Endless:
            it: int = attrs.field(converter=call_itself)

        def handler(first: int, second: Endless): ...

        with pytest.raises(RecursionError, match="maximum recursion depth"):
            bound(handler, "not a number", {"it": 1})

    def test_validator_without_message(self) -> None:
        """An exception without text tells no more than that."""

        @attrs.define
        class Silent:
            it: int

            def __attrs_post_init__(self) -> None:
                raise ValueError

        assert told_of(Silent, {"it": 1}) == [("arguments[0]", "Not valid")]

    def test_validator_with_something_else_than_text(self) -> None:
        """An exception of other things than text is told as Python shows it."""

        @attrs.define
        class Odd:
            it: int

            def __attrs_post_init__(self) -> None:
                raise ValueError(5, "x")

        assert told_of(Odd, {"it": 1}) == [("arguments[0]", "(5, 'x')")]

    def test_validator_that_refuses_at_its_first_call_only(self) -> None:
        """Whatever a validator does, there is a problem to tell."""
        calls = []

        @attrs.define
        class Fickle:
            it: int

            def __attrs_post_init__(self) -> None:
                calls.append(self.it)
                if len(calls) == 1:
                    raise ValueError("not now")

        assert told_of(Fickle, {"it": 1}) == [("arguments", "not now")]
