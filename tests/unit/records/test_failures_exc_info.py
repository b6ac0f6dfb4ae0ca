"""The `exc_info` of a record: the exception, with texts that are escaped and cut."""

from __future__ import annotations

from collections.abc import Callable
from traceback import format_exception
from typing import Any

import pytest

from nsroute.records.failures import (
    MAX_ERROR,
    MAX_EXCEPTIONS,
    MAX_NOTES,
    safe_exception,
)

HOSTILE = "\x1b[31m"
ESCAPED = r"\x1b[31m"


class Speechless(Exception):
    """Its text cannot be had."""

    def __str__(self) -> str:
        raise RuntimeError(HOSTILE)


def alone(text: str) -> None:
    raise LookupError(f"no {text}")


def noted(text: str) -> None:
    error = LookupError("none")
    error.add_note(text)
    raise error


def after_a_cause(text: str) -> None:
    try:
        alone(text)
    except LookupError as error:
        raise ValueError(f"bad {text}") from error


def in_a_context(text: str) -> None:
    try:
        alone(text)
    finally:
        raise ValueError("bad")


def from_none(text: str) -> None:
    try:
        alone(text)
    except LookupError:
        raise ValueError(text) from None


def together(text: str) -> None:
    caught: list[Exception] = []
    for fail in alone, in_a_context, noted:
        try:
            fail(text)
        except Exception as error:  # noqa: BLE001
            caught.append(error)
    group = ExceptionGroup(f"some {text}", caught[1:])
    raise ExceptionGroup("all", [caught[0], group])


def raised(fail: Callable[[str], None], text: str) -> BaseException:
    try:
        fail(text)
    except Exception as error:  # noqa: BLE001
        return error
    raise AssertionError


def shown(error: BaseException) -> str:
    return "".join(format_exception(error))


WAYS = [alone, noted, after_a_cause, in_a_context, from_none, together]


@pytest.mark.parametrize("fail", WAYS)
def test_only_the_texts_are_changed(fail: Callable[[str], None]) -> None:
    """Class names, tracebacks, causes, contexts, groups and notes are shown alike."""
    error = raised(fail, HOSTILE)
    safe = safe_exception(error)
    assert safe is not error
    assert HOSTILE in shown(error)
    assert shown(safe) == shown(error).replace(HOSTILE, ESCAPED)


@pytest.mark.parametrize("fail", WAYS)
def test_an_exception_with_safe_texts_is_shown_itself(
    fail: Callable[[str], None],
) -> None:
    """What needs no change keeps its identity."""
    error = raised(fail, "a few words")
    assert safe_exception(error) is error


def test_the_class_of_a_copy_is_named_in_full() -> None:
    """Module and qualified name of the class stay."""
    shown_as = type(safe_exception(Speechless(HOSTILE)))
    assert (shown_as.__module__, shown_as.__qualname__) == (__name__, "Speechless")


@pytest.mark.parametrize(
    "error, text",
    [
        (Speechless(), "<exception str() failed>"),
        (ValueError("x" * 10**6), "x" * (MAX_ERROR - 1) + "…"),
        (SyntaxError("bad", ("<client>", 1, 1, HOSTILE)), "bad (<client>, line 1)"),
    ],
)
def test_whatever_else_a_traceback_would_show_is_left_out(
    error: Exception, text: str
) -> None:
    """Texts that cannot be had, sources of syntax errors."""
    safe = safe_exception(error)
    assert shown(safe).splitlines()[-1].endswith(f"{type(error).__name__}: {text}")
    assert len(shown(safe).splitlines()) == 1


def test_notes_are_few() -> None:
    """Of many notes the first are shown."""
    error = ValueError("noted")
    for number in range(MAX_NOTES + 1):
        error.add_note(f"note {number}")
    assert len(safe_exception(error).__notes__) == MAX_NOTES


def chain(length: int) -> BaseException:
    error = ValueError("0")
    for number in range(1, length):
        later = ValueError(str(number))
        later.__cause__, error = error, later
    return error


def causes(error: BaseException | None) -> int:
    return 0 if error is None else 1 + causes(error.__cause__)


@pytest.mark.parametrize("length", [MAX_EXCEPTIONS, MAX_EXCEPTIONS + 1, 10_000])
def test_a_chain_is_cut(length: int) -> None:
    """Of a long chain the first exceptions are shown."""
    assert causes(safe_exception(chain(length))) == MAX_EXCEPTIONS


def test_a_large_group_is_cut() -> None:
    """Of many exceptions in a group the first are shown, also if they are groups."""
    inner = ExceptionGroup("inner", [ValueError(str(n)) for n in range(1000)])
    wide: Any = safe_exception(ExceptionGroup("outer", [ValueError("first"), inner]))
    assert str(wide) == "outer (2 sub-exceptions)"
    assert str(wide.exceptions[1]) == "inner (1000 sub-exceptions)"
    assert len(wide.exceptions[1].exceptions) == MAX_EXCEPTIONS - 3
    deep: Any = ValueError("core")
    for _ in range(1000):
        deep = ExceptionGroup("deep", [deep])
    assert shown(safe_exception(deep)).count("ExceptionGroup: deep") <= MAX_EXCEPTIONS


def test_a_cycle_ends() -> None:
    """Exceptions that are each other's context are shown once."""
    one, other = ValueError("one"), ValueError(HOSTILE)
    one.__context__, other.__context__ = other, one
    assert shown(safe_exception(one)).splitlines() == [
        f"ValueError: {ESCAPED}",
        "",
        "During handling of the above exception, another exception occurred:",
        "",
        "ValueError: one",
    ]
