"""The table of conversions in the docs is what a handler gets and a client is told.

`python -m tests.docs.test_conversion_table` writes `docs/reference/conversion.md` anew.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from nsroute.errors import InvalidArguments
from tests.support.reading import signature_of, taking

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "conversion.md"

DECLARATIONS = """\
import dataclasses
import datetime
import decimal
import enum
import uuid
from typing import Annotated, Any, Literal, NamedTuple, NewType, TypedDict

import attrs
import msgspec
import pydantic


@attrs.frozen
class Point:
    x: float
    y: float


@attrs.frozen
class Stroke:
    points: list[Point]
    width: int = attrs.field(default=1, validator=attrs.validators.in_([1, 2, 4]))


@attrs.frozen
class Tag:
    name: str = attrs.field(converter=str.lower)


@dataclasses.dataclass
class Span:
    first: int
    last: int

    def __post_init__(self):
        if self.first > self.last:
            raise ValueError("first must not be greater than last")


class Cell(TypedDict, total=False):
    value: str


class Circle(msgspec.Struct, tag="circle"):
    radius: float


class Square(msgspec.Struct, tag="square"):
    side: float


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Pair(NamedTuple):
    left: int
    right: int = 0


class Profile(pydantic.BaseModel):
    name: str
    age: int = pydantic.Field(ge=0)


UserId = NewType("UserId", int)
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=10)]
Level = Annotated[int, msgspec.Meta(ge=0, le=9)]
"""

# Annotation, what a client sends that is right, what it sends that is wrong.
KINDS: list[tuple[str, Any, Any]] = [
    ("str", "hi", 5),
    ("int", 5, "5"),
    ("int", 2**64, True),
    ("float", 1, "1.0"),
    ("bool", True, 1),
    ("None", None, 0),
    ("bytes", b"\x00\x01", "AAE="),
    ("str | None", None, 5),
    ("int | str", "a", 1.5),
    ("str | bytes", b"\x00", 5),
    ("list[int]", [1, 2], [1, "2", 3, None]),
    ("tuple[int, str]", [1, "a"], [1]),
    ("tuple[float, ...]", [1, 2], [1, "a"]),
    ("tuple[str, ...]", ["a", "b"], {"a": "b"}),
    ("set[str]", ["a", "a"], ["a", 1]),
    ("frozenset[int]", [1, 1], "abc"),
    ("dict[str, int]", {"a": 1}, {"a": "1", "b": None}),
    ("dict[int, str]", {"1": "a"}, {"one": "a"}),
    ("Name", "ann", ""),
    ("Level", 9, 10),
    ("UserId", 7, "7"),
    ('Literal["left", "right"]', "left", "up"),
    ("Colour", "red", "green"),
    (
        "uuid.UUID",
        "6f1c2b9e-0d5a-4c55-9c43-0f5c7a0b1d11",
        "6f1c2b9e",
    ),
    ("datetime.datetime", "2026-02-03T04:05:06Z", "yesterday"),
    ("datetime.date", "2026-02-03", "2026-02-30"),
    ("datetime.time", "04:05:06", "25:00:00"),
    ("datetime.timedelta", "PT90S", 90),
    ("decimal.Decimal", "0.10", "ten"),
    ("Point", {"x": 1, "y": 2.5}, {"x": "1"}),
    (
        "Stroke",
        {"points": [{"x": 0, "y": 0}], "width": 2},
        {"points": [{"x": 0, "y": 0}, {"x": None, "y": 0}], "width": "2"},
    ),
    ("Stroke", {"points": []}, {"points": [], "width": 3}),
    ("Tag", {"name": "New"}, {"name": None}),
    ("Span", {"first": 1, "last": 2}, {"first": 2, "last": 1}),
    ("Cell", {"value": "a", "more": 1}, {"value": 1}),
    (
        "Circle | Square",
        {"type": "circle", "radius": 1},
        {"type": "square", "side": "1"},
    ),
    ("Pair", [1], {"left": 1}),
    ("Profile", {"name": "ann", "age": "30"}, {"age": -1}),
    ("list[Profile]", [{"name": "ann", "age": 3}], [{"name": "ann", "age": "x"}]),
    ("Point | list[Point]", [{"x": 1, "y": 2}], [{"x": 1}]),
    ("Any", {"as": ["it", "came"]}, None),
]

HEAD = f"""\
# Conversion

<!-- Written by `python -m tests.docs.test_conversion_table`: edit that. -->

What a handler with one annotated parameter gets, and what the client is told if the
argument is not valid. The table uses these classes:

```python
{DECLARATIONS}```

| annotation | a client sends | the handler gets | a client sends | the client is told |
|---|---|---|---|---|
"""

FOOT = """
- A text is not accepted as a number, except by pydantic models, nor a number as a text.
  An integer is accepted as a float.
- `bytes` are binary attachments, `Buffer` or `ArrayBuffer` in JavaScript.
- Keys that a class does not declare are ignored, except by a `Struct` with
  `forbid_unknown_fields=True`.
- A client is told at most ten problems at once: of a tuple, or a union of several
  types, only the first, and of more than a thousand that pydantic finds in one model,
  only their number. To find the problems takes about as long as a second check of the
  arguments, whatever a client sends.
- `NaN` and infinities, which some clients can send, are floats; a limit such as
  `msgspec.Meta(ge=0, le=1e9)` keeps them out.
- A limit in `Annotated` is a `msgspec.Meta`. Limits of pydantic and `annotated_types`
  work in pydantic models only; anywhere else they are a `RouteError`.
"""

NAMES: dict[str, Any] = {"__name__": __name__}
exec(compile(DECLARATIONS, "docs/reference/conversion.md", "exec"), NAMES)


def outcome(annotation: str, value: Any) -> tuple[str, str | None]:
    """Return what the handler gets, and what the client is told, if anything."""
    bind = signature_of(taking(eval(annotation, NAMES))).bind
    try:
        (got,) = bind((value,)) if bind is not None else (value,)
    except InvalidArguments as error:
        return "", "<br>".join(
            f"`{one['path']}`: {one['message']}" for one in error.details
        )
    return code(repr(got)), None


def code(text: str) -> str:
    """Show text as code in a cell of a table."""
    return f"`{text}`".replace("|", "\\|")


def sent(value: Any) -> str:
    """Show what a client sends, as JavaScript."""
    if isinstance(value, bytes):
        return code(f"Buffer.from([{', '.join(map(str, value))}])")
    return code(json.dumps(value))


def row(annotation: str, good: Any, bad: Any) -> str:
    """Make one line of the table."""
    got, _ = outcome(annotation, good)
    _, told = outcome(annotation, bad)
    cells = [code(annotation), sent(good), got]
    cells += [sent(bad), (told or "").replace("|", "\\|")] if told else ["", ""]
    return f"| {' | '.join(cells)} |\n"


def page() -> str:
    """Make the page."""
    return HEAD + "".join(row(*kind) for kind in KINDS) + FOOT


@pytest.mark.parametrize("annotation, good, bad", KINDS)
def test_good_input_reaches_the_handler_and_bad_input_does_not(
    annotation: str, good: Any, bad: Any
) -> None:
    """Right input of each kind reaches the handler, and wrong input is told."""
    assert outcome(annotation, good)[1] is None
    assert (outcome(annotation, bad)[1] is None) == (annotation == "Any")


def test_there_are_many_kinds() -> None:
    """The table shows at least thirty kinds of annotation."""
    assert len({annotation for annotation, _, _ in KINDS}) >= 30


def test_page_is_up_to_date() -> None:
    """The page in the docs is the one that this module makes."""
    assert PAGE.read_text(encoding="utf-8") == page()


if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
