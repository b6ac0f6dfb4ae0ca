"""Why a wire value is not what an annotation declares: each problem with its path.

msgspec stops at the first problem; a person who fills in a form wants them all. So a
value that msgspec has refused is taken apart along its annotation. That happens on the
way to an error only, and is bounded in every direction: whatever a client sent, the
answer is short, and finding it takes a time proportional to the size of what it sent.
"""

from __future__ import annotations

import functools
import json
import typing
from collections.abc import Iterable, Iterator
from typing import Any, TypeGuard

import attrs

from nsroute.arguments.conversion import INVALID, Make, converter
from nsroute.arguments.preparation import prepare
from nsroute.arguments.problems import (
    Problem,
    field_step,
    key_step,
    problem,
    problems_of,
    quoting,
    shortened,
)
from nsroute.arguments.shapes import (
    Field,
    arrives_as_object,
    bare,
    choices_of,
    fields_of,
    is_union,
    origin_of,
    parts_of,
)

__all__ = ["TOO_DEEP", "Outline", "Piece", "explain", "is_deep"]

TOO_DEEP = "Nested too deeply"

_MOST_PROBLEMS = 10
_DEEPEST = 8
_MOST_STEPS = 1_000
_HOSTILE_DEPTH = 100

_MISSING = object()
_ARRAYS = (list, set, frozenset, tuple)


@attrs.define(eq=False, slots=False)
class Outline:
    """An annotation, prepared, and the outlines of its parts, made when asked for."""

    annotation: Any
    known: list[Outline] = attrs.field(factory=list["Outline"], repr=False)
    """All outlines of one whole: classes may hold themselves."""

    def __attrs_post_init__(self) -> None:
        self.prepared: Any = prepare(self.annotation)
        self.convert: Make = converter(self.prepared)
        self.known.append(self)

    def admits(self, value: Any) -> bool:
        """Say whether a value is one of those declared."""
        try:
            self.convert(value)
        except Exception:  # noqa: BLE001 - a class may refuse by any exception
            return False
        return True

    def part(self, annotation: Any) -> Outline:
        """Give the outline of a part."""
        for one in self.known:
            if one.annotation == annotation:
                return one
        return Outline(annotation, self.known)

    @functools.cached_property
    def fields(self) -> tuple[Field, ...] | None:
        """The fields of the class, if it is one that arrives as an object."""
        return fields_of(self.annotation)

    def pieces(self, value: Any, path: str) -> Iterator[Piece]:
        """Take a value apart: its parts, each with what it should be and its path."""
        for annotation, item, step in self.steps(value):
            yield self.part(annotation), item, f"{path}{step}"

    def steps(self, value: Any) -> Iterator[tuple[Any, Any, str]]:
        """Pair the parts of the annotation with those of the value."""
        if is_union(self.annotation):
            members = typing.get_args(self.annotation)
            fitting = [one for one in members if _fits(one, value)]
            return iter([(fitting[0], value, "")] if len(fitting) == 1 else [])
        if bare(self.annotation) is not self.annotation:
            return iter([(bare(self.annotation), value, "")])
        if isinstance(origin_of(self.annotation), type):
            if _is_object(value):
                return self.object_steps(value)
            return _array_steps(self.annotation, value)
        return ((part, value, "") for part in parts_of(self.annotation))

    def object_steps(self, value: dict[Any, Any]) -> Iterator[tuple[Any, Any, str]]:
        """Take an object apart."""
        arguments = typing.get_args(self.annotation)
        if self.fields is not None:
            for field in self.fields:
                if field.required or field.key in value:
                    item = value.get(field.key, _MISSING)
                    yield field.type, item, field_step(field.key)
        elif len(arguments) == 2:
            for key, item in value.items():
                yield arguments[1], item, key_step(key)

    def own_problems(self, error: Exception, path: str) -> Iterator[Problem]:
        """Say what is wrong with a value as a whole."""
        choices = choices_of(self.annotation)
        if choices is None:
            return problems_of(error, path)
        listed = ", ".join(map(json.dumps, choices))
        return iter([problem(path, f"Expected one of {listed}")])


Piece = tuple[Outline, Any, str]
"""What a value should be, the value, and its path."""


def explain(pieces: Iterable[Piece], error: Exception, path: str) -> list[Problem]:
    """List what is wrong with some values; at most ten problems, and at least one.

    Args:
        pieces: The values, with what they should be.
        error: What msgspec made of them, for what the pieces do not show.
        path: The path of the whole.

    Raises:
        Exception: Whatever the code of the annotated classes raises besides
            `ValueError` and `TypeError`.
    """
    search = _Search()
    for piece in pieces:
        search.visit(piece, 0)
    if not search.problems:
        # Not at the place that `error` names, which may be one in a part of the whole.
        search.add(quoting(path, one.text, path) for one in problems_of(error, path))
    return [shortened(one) for one in search.problems]


@attrs.define
class _Search:
    """The problems found so far, and how much may still be tried."""

    problems: list[Problem] = attrs.field(factory=list[Problem])
    steps: int = _MOST_STEPS

    def visit(self, piece: Piece, depth: int) -> None:
        """Add the problems of the parts of a value, or else its own."""
        if self.steps <= 0 or len(self.problems) >= _MOST_PROBLEMS:
            return
        self.steps -= 1
        outline, value, path = piece
        if value is _MISSING:
            self.add([problem(path, "Required, but missing")])
            return
        try:
            outline.convert(value)
        except RecursionError:
            if not is_deep([value]):
                raise
            self.add([problem(path, TOO_DEEP)])
        except INVALID as error:
            self.take_apart(piece, depth, error)

    def take_apart(self, piece: Piece, depth: int, error: Exception) -> None:
        """Add the problems of a value that was refused."""
        outline, value, path = piece
        before = len(self.problems)
        if depth < _DEEPEST:
            for part in outline.pieces(value, path):
                self.visit(part, depth + 1)
        if len(self.problems) == before:
            self.add(outline.own_problems(error, path))

    def add(self, problems: Iterable[Problem]) -> None:
        """Add problems as long as there is room."""
        self.problems = [*self.problems, *problems][:_MOST_PROBLEMS]


def is_deep(values: Iterable[Any]) -> bool:
    """Tell whether values are nested so deeply that only malice explains it."""
    level = list(values)
    for _ in range(_HOSTILE_DEPTH):
        level = [item for one in level for item in _items(one)]
    return bool(level)


def _items(value: Any) -> Iterable[Any]:
    if _is_object(value):
        return value.values()
    return value if _is_array(value) else ()


def _is_object(value: Any) -> TypeGuard[dict[Any, Any]]:
    return isinstance(value, dict)


def _is_array(value: Any) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def _fits(annotation: Any, value: Any) -> bool:
    """Tell whether a member of a union is meant by a value of this JSON type."""
    annotation = bare(annotation)
    if _is_array(value):
        return origin_of(annotation) in _ARRAYS
    if not _is_object(value):
        return choices_of(annotation) is not None
    config = getattr(origin_of(annotation), "__struct_config__", None)
    if config is not None and config.tag is not None:
        return bool(value.get(config.tag_field) == config.tag)
    return arrives_as_object(annotation)


def _array_steps(annotation: Any, value: Any) -> Iterator[tuple[Any, Any, str]]:
    """Take an array apart; a tuple of the wrong length has no parts."""
    if not _is_array(value):
        return
    kinds = typing.get_args(annotation)
    if origin_of(annotation) is not tuple or ... in kinds:
        kinds = kinds[:1] * len(value)
    if len(kinds) == len(value):
        for i, (kind, item) in enumerate(zip(kinds, value, strict=True)):
            yield kind, item, f"[{i}]"
