"""Converters take the canonical spelling of a value, and no other text."""

from __future__ import annotations

import enum
import sys
import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from nsroute.errors import BuildError
from nsroute.routing import Pattern

ID = uuid.UUID("6f1c2a3e-0b6e-4a6b-9c39-d0a9d3c9a111")


def read(converter: str, text: str) -> Any:
    """Return the value of a text, `...` if it has none."""
    values = Pattern.parse(f"/<{converter}:x>").match("/" + text)
    return ... if values is None else values["x"]


def write(converter: str, value: object) -> str | None:
    """Return the text of a value, None if it has none."""
    try:
        return Pattern.parse(f"/<{converter}:x>").build({"x": value})[1:]
    except BuildError:
        return None


@pytest.mark.parametrize(
    "converter, text, value",
    [
        ("string", "Zoë 1%2F", "Zoë 1%2F"),
        ("default", "a", "a"),
        ("string(2)", "ab", "ab"),
        ("string(minlength=2, maxlength=3)", "abc", "abc"),
        ("string(maxlength=2)", "ab", "ab"),
        ("string(maxlength=5000)", "ab", "ab"),
        ("string(length=2)", "ab", "ab"),
        ("path", "a", "a"),
        ("path", "a/b c/d", "a/b c/d"),
        ("any(a, 'b c')", "b c", "b c"),
        ("int", "0", 0),
        ("int", "42", 42),
        ("int", "9" * 900, int("9" * 900)),
        ("int(signed=True)", "-42", -42),
        ("int(signed=True)", "42", 42),
        ("int(min=2, max=3)", "3", 3),
        ("int(min=None)", "3", 3),
        ("int(signed=True, min=-3)", "-3", -3),
        ("int(fixed_digits=4)", "0042", 42),
        ("int(4, signed=True)", "-042", -42),
        ("float", "1.5", 1.5),
        ("float", "0.0", 0.0),
        ("float", "100.0", 100.0),
        ("float(signed=True)", "-0.25", -0.25),
        ("float(min=1, max=2.5)", "2.5", 2.5),
        ("uuid", str(ID), ID),
    ],
)
def test_a_canonical_text_and_its_value_give_each_other(
    converter: str, text: str, value: object
) -> None:
    """What a text is read as is written as that text."""
    found = read(converter, text)
    assert found == value
    assert type(found) is type(value)
    assert write(converter, value) == text


@pytest.mark.parametrize(
    "converter, text",
    [
        ("string(2)", "a"),
        ("string(maxlength=2)", "abc"),
        ("string(length=2)", "abc"),
        ("string(minlength=1001)", "a" * 999),
        ("any(a, b)", "A"),
        ("any(a, b)", "c"),
        ("int", "042"),
        ("int", "00"),
        ("int", "+42"),
        ("int", "-42"),
        ("int", "-0"),
        ("int", "٤٢"),
        ("int", "４２"),
        ("int", "4_2"),
        ("int", " 42"),
        ("int", "42\n"),
        ("int", "4.0"),
        ("int(signed=True)", "-0"),
        ("int(signed=True)", "--1"),
        ("int(signed=True)", "-01"),
        ("int(min=2)", "1"),
        ("int(max=2)", "3"),
        ("int(min=-5)", "-3"),
        ("int(fixed_digits=4)", "42"),
        ("int(fixed_digits=4)", "00042"),
        ("int(4, signed=True)", "-000"),
        ("int(1, signed=True)", "-"),
        ("float", "1"),
        ("float", "1."),
        ("float", ".5"),
        ("float", "01.5"),
        ("float", "1.50"),
        ("float", "-1.5"),
        ("float", "1e5"),
        ("float", "1.0e5"),
        ("float", "100000000000000000.0"),
        ("float", "0.00001"),
        ("float", "nan"),
        ("float", "inf"),
        ("float", "9" * 500 + ".0"),
        ("float", "١.٥"),
        ("float(signed=True)", "-0.0"),
        ("float(min=1)", "0.5"),
        ("float(max=1)", "1.5"),
        ("uuid", str(ID).upper()),
        ("uuid", ID.hex),
        ("uuid", f"{{{ID}}}"),
        ("uuid", f"{ID}0"),
    ],
)
def test_no_other_text_is_a_name(converter: str, text: str) -> None:
    """A text that is not the canonical spelling of a value matches nothing."""
    assert read(converter, text) is ...


class Room(enum.IntEnum):
    LOBBY = 7


class Color(str, enum.Enum):  # noqa: UP042 - its str() is `Color.RED`
    RED = "red"


@pytest.mark.parametrize(
    "converter, value, text",
    [
        ("int", "42", "42"),
        ("int", Room.LOBBY, "7"),
        ("int", 4.0, "4"),
        ("int", Decimal(4), "4"),
        ("float", Decimal("1.5"), "1.5"),
        ("float", 3, "3.0"),
        ("float", -0.0, "0.0"),
        ("float", "1.5", "1.5"),
        ("uuid", str(ID), str(ID)),
        ("any(red, blue)", Color.RED, "red"),
        ("string", Color.RED, "red"),
    ],
)
def test_what_stands_for_a_value_is_written_as_it(
    converter: str, value: object, text: str
) -> None:
    """A canonical text, an enum or a number of another type stands for its value."""
    assert write(converter, value) == text


@pytest.mark.parametrize(
    "converter, value",
    [
        ("int", True),
        ("int", "042"),
        ("int", "x"),
        ("int", 4.5),
        ("int", None),
        ("int", -1),
        ("int", Decimal("4.5")),
        ("int(max=3)", 4),
        ("int(fixed_digits=2)", 100),
        ("float", True),
        ("float", 2**53 + 1),
        ("float", 10**400),
        ("float", 1e22),
        ("float", float("nan")),
        ("float", float("inf")),
        ("float", -1.5),
        ("float", Decimal("0.1")),
        ("uuid", "x"),
        ("uuid", ID.bytes),
        ("uuid", str(ID).upper()),
        ("any(red)", "blue"),
        ("any(red)", 1),
        ("string", 5),
        ("string", None),
        ("string", "a/b"),
        ("path", "/a"),
        ("path", "a/"),
        ("path", "a//b"),
        ("path", "a\x7f"),
    ],
)
def test_a_value_without_a_name_is_refused(converter: str, value: object) -> None:
    """A value that no text gives back is not written."""
    assert write(converter, value) is None


def test_a_number_too_long_for_a_name_is_refused() -> None:
    """A number that Python itself does not write is no error of another kind."""
    with pytest.raises(BuildError, match="'x' is an int that is too long, which is"):
        Pattern.parse("/<int:x>").build({"x": 10**5000})
    with pytest.raises(BuildError, match=r"'x' is \[5, an int that is too long\], "):
        Pattern.parse("/<int:x>").build({"x": [5, 10**5000]})


@pytest.mark.parametrize(
    "converter, expects",
    [
        ("string", "text of one segment without ',', '?' and control characters"),
        (
            "string(2)",
            "text of one segment without ',', '?' and control characters, of",
        ),
        ("string(2, 3)", "control characters, of length from 2 to 3"),
        ("path", "segments of text without ',', '?' and control characters"),
        ("any(red, blue)", "one of 'red', 'blue'"),
        ("int", "a whole number from 0"),
        ("int(min=1, max=3)", "a whole number from 1 to 3"),
        ("int(signed=True)", "a whole number"),
        ("int(4)", "a whole number of 4 digits from 0"),
        ("float(signed=True, max=2)", "a decimal number to 2"),
        ("float(min=1)", "a decimal number from 1"),
        ("uuid", "a UUID"),
    ],
)
def test_a_refused_value_is_told_what_is_expected(converter: str, expects: str) -> None:
    """The message says what the converter takes."""
    with pytest.raises(BuildError) as caught:
        Pattern.parse(f"/<{converter}:x>").build({"x": ","})
    assert "'x' is ',', which is not " in str(caught.value)
    assert expects in str(caught.value)


@pytest.fixture
def few_digits() -> Iterator[None]:
    """Lower the interpreter's limit of digits to the lowest it takes."""
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(640)
    yield
    sys.set_int_max_str_digits(before)


@pytest.mark.usefixtures("few_digits")
def test_a_number_beyond_the_interpreters_limit_matches_nothing() -> None:
    """A text of more digits than Python converts is refused, not an error."""
    assert read("int", "9" * 900) is ...
    assert read("int", "9" * 640) == int("9" * 640)
