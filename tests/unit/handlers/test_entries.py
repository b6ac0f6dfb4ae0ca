"""Functions, classes and objects are shown in a few words."""

from __future__ import annotations

from functools import partial, partialmethod
from typing import Any

import pytest

from nsroute.handlers.entries import (
    function_of,
    place_of,
    purpose_of,
    signature_of,
    title_of,
)
from tests.support.cli_apps import Board, Limit, audit, new_app
from tests.support.servers import ROOT


class Spelled:
    def __repr__(self) -> str:
        return "Spelled(" + 80 * "x"


@pytest.mark.parametrize(
    "thing, title",
    [
        (audit, "audit"),
        (Board.move, "Board.move"),
        (new_app, "new_app"),
        (Limit(), "Limit"),
        (Spelled(), "Spelled(" + 51 * "x" + "…"),
        (partial(int, base=2), "functools.partial(<class 'int'>, base=2)"),
    ],
)
def test_things_have_short_titles(thing: object, title: str) -> None:
    """A function, class or object has a title of one line and 60 characters."""
    assert title_of(thing) == title


def test_a_function_is_found_behind_what_a_class_body_wraps_it_in() -> None:
    """Static methods, class methods and partial methods lead to their functions."""

    def plain(*args: Any) -> None: ...

    cls = type(
        "Cls",
        (),
        {
            "a": staticmethod(plain),
            "b": classmethod(plain),
            "c": partialmethod(plain, 1),
            "d": plain,
        },
    )
    assert [function_of(cls, name) for name in "abcd"] == [plain] * 4


def test_a_purpose_is_the_first_line_of_a_docstring_of_its_own() -> None:
    """What says nothing of itself has no purpose, and what has no source no place."""

    class Silent:
        pass

    assert purpose_of(Silent) is None
    assert purpose_of(Silent()) is None
    assert purpose_of(5) is None
    assert purpose_of(Limit()) == "So many, and no more."
    assert purpose_of(Board.join) == "Let in who has a ticket."
    assert place_of(5) is None
    assert place_of(len) is None


def test_a_place_outside_is_shown_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is not below where one stands is shown with its whole path."""
    monkeypatch.chdir(ROOT)
    inside = place_of(Board)
    monkeypatch.chdir(ROOT / "docs")
    assert place_of(Board) == f"{ROOT}/{inside}"


def test_a_signature_is_written_as_its_author_wrote_it() -> None:
    """Annotations have no quotes, defaults are there, and `self` is not."""

    def handler(self: Any, a: list[int], *rest: Board, c: Any = None) -> None: ...

    handler.__annotations__["a"] = "'list[int]'"
    written = "(a: list[int], *rest: Board, c: Any = None) -> None"
    assert signature_of(handler) == written
    assert signature_of(len) == "(obj, /)"
