"""What clients choose, as a record holds it: one line, bounded, sure to be written."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsroute.records.truncation import MAX_NAME, log_value, truncate


class Unspeakable:
    """Its text cannot be had."""

    def __repr__(self) -> str:
        raise RuntimeError("no")


@pytest.mark.parametrize(
    "value, text",
    [
        ("message", "message"),
        ("größer 🎉", "größer 🎉"),
        (None, "None"),
        (12.5, "12.5"),
        (b"123", "<3 bytes>"),
        (["a", "b"], "<list of 2>"),
        ({"a": 1}, "<dict of 1>"),
        pytest.param(10**4999, "<int>", id="huge"),
        (Unspeakable(), "<Unspeakable>"),
    ],
)
def test_a_value_becomes_a_short_text(value: object, text: str) -> None:
    """Text is shown as it is, large things by their size, anything else by its text."""
    assert truncate(value) == text


@pytest.mark.parametrize(
    "text, escaped",
    [
        ("two\nlines", r"two\nlines"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("half \ud83c", r"half \ud83c"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
    ],
)
def test_what_does_not_show_is_escaped(text: str, escaped: str) -> None:
    """No client can write lines, colours or reversed text into a terminal."""
    assert truncate(text) == escaped


@given(st.text(st.characters()) | st.binary() | st.integers())
def test_it_is_always_one_short_line(value: object) -> None:
    """Whatever the value, the text is printable and no longer than the limit."""
    text = truncate(value, 20)
    assert text.isprintable()
    assert len(text) <= 20


def test_a_cut_text_says_so() -> None:
    """What is longer than the limit ends with an ellipsis."""
    assert truncate("x" * 1000) == "x" * (MAX_NAME - 1) + "…"


@pytest.mark.parametrize(
    "value, shown",
    [
        (42, 42),
        (-(2**63) + 1, -(2**63) + 1),
        (2**63, str(2**63)),
        (True, True),
        (1.5, 1.5),
        (float("inf"), "inf"),
        ("blue", "blue"),
        (UUID(int=7), "00000000-0000-0000-0000-000000000007"),
    ],
)
def test_parameters_are_numbers_or_text(value: Any, shown: object) -> None:
    """Numbers that every renderer can write stay numbers; all else becomes text."""
    assert log_value(value) == shown
