"""Laws of arguments and results that hold whatever is sent."""

import dataclasses
import datetime as dt
import decimal
import enum
import json
import math
import uuid
from collections.abc import Callable
from typing import Annotated, Any, Literal, TypedDict

import attrs
import msgspec
import pydantic
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from nsroute.arguments import to_wire
from nsroute.errors import InvalidArguments
from tests.support.reading import made, signature_of, taking


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


@attrs.frozen
class Point:
    x: float
    y: float


@attrs.frozen
class Stroke:
    points: list[Point]
    colour: Colour = Colour.RED
    name: str = attrs.field(default="", converter=str.lower)


@dataclasses.dataclass(frozen=True)
class File:
    content: bytes
    sizes: tuple[int, ...] = ()


class Move(msgspec.Struct, tag="move", frozen=True):
    to: Point
    at: dt.datetime | None = None


class Stop(msgspec.Struct, tag="stop", frozen=True):
    id: uuid.UUID


class Cell(TypedDict, total=False):
    value: decimal.Decimal
    tags: set[str]


class Profile(pydantic.BaseModel):
    name: str
    files: list[bytes] = []


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
numbers = st.floats(allow_nan=False, allow_infinity=False)
points = st.builds(Point, numbers, numbers)
moments = st.datetimes(timezones=st.just(dt.UTC))

KINDS: list[tuple[Any, st.SearchStrategy[Any]]] = [
    (str, texts),
    (int, st.integers()),
    (float, numbers),
    (bool, st.booleans()),
    (bytes, st.binary()),
    (str | bytes | None, texts | st.binary() | st.none()),
    (list[int], st.lists(st.integers())),
    (set[str], st.sets(texts)),
    (frozenset[int], st.frozensets(st.integers())),
    (tuple[int, str], st.tuples(st.integers(), texts)),
    (dict[int, str], st.dictionaries(st.integers(-(2**63), 2**63 - 1), texts)),
    (Colour, st.sampled_from(Colour)),
    (uuid.UUID, st.uuids()),
    (dt.datetime, moments),
    (dt.date, st.dates()),
    (dt.time, st.times()),
    (dt.timedelta, st.timedeltas(dt.timedelta(-99_999), dt.timedelta(99_999))),
    (decimal.Decimal, st.decimals(allow_nan=False, allow_infinity=False)),
    (Point, points),
    (
        Stroke,
        st.builds(Stroke, st.lists(points), st.sampled_from(Colour), texts),
    ),
    (File, st.builds(File, st.binary(), st.lists(st.integers()).map(tuple))),
    (
        Move | Stop,
        st.builds(Move, points, moments | st.none()) | st.builds(Stop, st.uuids()),
    ),
    (
        Cell,
        st.fixed_dictionaries(
            {},
            optional={
                "value": st.decimals(allow_nan=False, allow_infinity=False),
                "tags": st.sets(texts),
            },
        ),
    ),
    (list[Profile], st.lists(st.builds(Profile, name=texts))),
    (dict[str, Stroke | int], st.dictionaries(texts, st.integers())),
    (Literal["a", "b"], st.sampled_from(["a", "b"])),
]

HOSTILE: list[Any] = [annotation for annotation, _ in KINDS] + [
    Annotated[str, msgspec.Meta(max_length=3, pattern="^[a-c]*$")],
    Annotated[int, msgspec.Meta(ge=0, lt=2**40, multiple_of=3)],
    dict[dt.date, list[Stroke | str]],
    tuple[Point, ...] | Profile | bytes,
    set[Any],
]


def name(annotation: Any) -> str | None:
    """Name a case by its annotation."""
    if isinstance(annotation, st.SearchStrategy):
        return ""
    return str(annotation).replace("tests.unit.arguments.test_laws.", "")


any_text = st.text(st.characters(), max_size=20)
wire_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(10**400, 10**401)
    | st.floats()
    | any_text
    | st.binary(max_size=20)
    | st.sampled_from(["red", "move", "stop", "2026-01-01", "1", "PT1S"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            any_text
            | st.sampled_from(
                ["x", "y", "points", "type", "to", "id", "name", "content"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


def over_the_wire(value: Any) -> Any:
    """Send a value as python-socketio does: JSON, with binary beside it."""
    attachments: list[bytes] = []

    def take_out(it: Any) -> Any:
        if not isinstance(it, bytes):
            return each(it, take_out)
        attachments.append(it)
        return {"_placeholder": True, "num": len(attachments) - 1}

    def put_back(it: Any) -> Any:
        if isinstance(it, dict) and "_placeholder" in it:
            return attachments[it["num"]]
        return each(it, put_back)

    return put_back(json.loads(json.dumps(take_out(value), allow_nan=False)))


def each(it: Any, change: Callable[[Any], Any]) -> Any:
    """Change what a list or a dict holds."""
    if isinstance(it, list):
        return [change(one) for one in it]
    if isinstance(it, dict):
        return {key: change(one) for key, one in it.items()}
    return it


def outcome(bind: Callable[[Any], Any], args: tuple[Any, ...]) -> Any:
    """Return the call arguments, or what the client is told."""
    try:
        return bind(args)
    except InvalidArguments as error:
        return error.details


@pytest.mark.parametrize("annotation, values", KINDS, ids=name)
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_what_is_sent_arrives(
    annotation: Any, values: st.SearchStrategy[Any], data: st.DataObject
) -> None:
    """What a handler sends is what a handler of the same type gets."""
    value = data.draw(values)
    assume("_placeholder" not in repr(value))  # python-socketio's own, for binary
    (wire,) = over_the_wire(to_wire([value]))
    assert made(annotation, wire) == value


@pytest.mark.parametrize("annotation", HOSTILE, ids=name)
@settings(max_examples=50, deadline=None)
@given(value=wire_values)
def test_nothing_but_invalid_arguments(annotation: Any, value: Any) -> None:
    """Whatever a client sends, it is converted, or told in short to be invalid."""
    bind = signature_of(taking(annotation)).bind
    assert bind is not None
    found = outcome(bind, (value,))
    if isinstance(found, tuple):
        assert repr(bind((value,))) == repr(found)
        return
    assert 1 <= len(found) <= 10
    for problem in found:
        assert problem.keys() == {"path", "message"}
        assert problem["path"].startswith("arguments")
        assert problem["message"]
        assert all(len(text) <= 200 for text in problem.values())
    json.dumps(found).encode()
    msgspec.msgpack.encode(found)


@given(values=st.lists(wire_values, max_size=5))
def test_number_of_arguments_decides_alone_where_nothing_is_annotated(
    values: list[Any],
) -> None:
    """Unannotated arguments pass untouched if their number is right."""
    bind = signature_of(lambda a, b, c=None: None).bind
    assert bind is not None
    args = tuple(values)
    if len(args) in (2, 3):
        assert bind(args) is args
    else:
        with pytest.raises(InvalidArguments, match="invalid_arguments"):
            bind(args)


@given(value=wire_values)
def test_results_can_be_carried_or_say_why_not(value: Any) -> None:
    """What is given back for a result is carried by JSON with binary beside it."""
    if has_uncarried(value):
        with pytest.raises(ValueError, match="cannot be sent"):
            to_wire([value])
    else:
        wire = to_wire([value])
        assert over_the_wire(wire) == wire
        assert to_wire(wire) is wire


def has_uncarried(value: Any) -> bool:
    """Return whether a value holds a number that is not finite, or much too long."""
    if isinstance(value, float):
        return not math.isfinite(value)
    if isinstance(value, int):
        return len(str(value)) > 100
    items = value.values() if isinstance(value, dict) else value
    return isinstance(value, (dict, list)) and any(map(has_uncarried, items))
