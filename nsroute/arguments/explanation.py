"""Why a wire value is not what an annotation declares: each problem with its path.

msgspec stops at the first problem; a person who fills in a form wants them all. So a
value that was refused is taken apart along its annotation: msgspec says where the first
problem is, and what stands beside it is checked. That takes about as long as checking
the value once more, and stops after ten problems or a thousand steps.
"""

from __future__ import annotations

import json
import typing
from collections.abc import Iterable, Iterator
from itertools import islice, repeat
from typing import Any, Final, NamedTuple, TypeGuard

import attrs

from nsroute.arguments.annotations import (
    arrives_as_object,
    bare,
    choices_of,
    fields_of,
    is_mapping,
    is_tuple,
    is_union,
    origin_of,
    parts_of,
)
from nsroute.arguments.conversion import INVALID, Converter
from nsroute.arguments.problems import (
    MOST_PROBLEMS,
    Problem,
    Refusal,
    field_step,
    key_step,
    problem,
)
from nsroute.arguments.tree import TypeTree

TOO_DEEP: Final = "Nested too deeply"

_DEEPEST = 8
_DICT_DEPTH = 4
"""msgspec does not say under which key a problem is: the items are checked again."""
_MOST_STEPS = 1_000
_HOSTILE_DEPTH = 100

_MISSING = object()
_ARRAYS = (list, set, frozenset, tuple)


@attrs.define
class Search:
    """The problems found so far, and how much may still be tried."""

    problems: list[Problem] = attrs.field(factory=list[Problem])
    steps: int = _MOST_STEPS

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to be found."""
        return self.steps <= 0 or len(self.problems) >= MOST_PROBLEMS

    def add(self, problems: Iterable[Problem]) -> None:
        """Add problems as long as there is room."""
        room = MOST_PROBLEMS - len(self.problems)
        self.problems.extend(one.shortened() for one in islice(problems, room))

    def visit(
        self,
        tree: TypeTree,
        annotation: Any,
        value: Any,
        path: str,
        known: Refusal | None,
        depth: int = 0,
    ) -> None:
        """Add the problems of a value.

        Args:
            tree: What the whole should be.
            annotation: What the value should be.
            value: The value.
            path: Its path.
            known: Its first problem; None if it is not known to be refused.
            depth: How much of the depth to which values are taken apart is used up.

        Raises:
            Exception: Whatever a bug in the annotated classes raises.
        """
        self.steps -= 1
        if value is _MISSING:
            self.add([problem(path, "Required, but missing")])
            return
        refusal = known or self._check(tree.converter(annotation), value, path)
        if refusal is None:
            return
        before = len(self.problems)
        for part in _parts(annotation, value, refusal.index):
            if self.is_over or depth >= _DEEPEST:
                break
            known = None if part.known is None else refusal.within(part.known)
            deeper = depth + (_DICT_DEPTH if part.known is None else 1)
            there = f"{path}{part.step}"
            self.visit(tree, part.annotation, part.value, there, known, deeper)
        if len(self.problems) == before:
            self.add(_own_problems(annotation, refusal, path))

    def _check(self, convert: Converter, value: Any, path: str) -> Refusal | None:
        try:
            convert(value)
        except RecursionError:
            if not is_deep([value]):
                raise
            self.add([problem(path, TOO_DEEP)])
        except INVALID as error:
            return Refusal.of(error)
        return None


def is_deep(values: Iterable[Any]) -> bool:
    """Return whether values are nested so deeply that only malice explains it."""
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


def _own_problems(annotation: Any, refusal: Refusal, path: str) -> Iterable[Problem]:
    """Return what is wrong with a value as a whole."""
    choices = choices_of(annotation)
    if choices is None:
        return refusal.problems(path)
    return [problem(path, f"Expected one of {', '.join(map(json.dumps, choices))}")]


class _Part(NamedTuple):
    """A part of a value."""

    annotation: Any
    """What it should be."""
    value: Any
    step: str
    """Its step of the path, as a client is told it."""
    known: str | None
    """The same as msgspec spells it, which does not name the keys of a dict."""


def _parts(annotation: Any, value: Any, start: int) -> Iterable[_Part]:
    """Take a value apart; an array from an index on, before which all is right."""
    if is_union(annotation):
        members = typing.get_args(annotation)
        fitting = [one for one in members if _fits(one, value)]
        return [_Part(fitting[0], value, "", "")] if len(fitting) == 1 else []
    if bare(annotation) is not annotation:
        return [_Part(bare(annotation), value, "", "")]
    if not isinstance(origin_of(annotation), type):
        return [_Part(part, value, "", "") for part in parts_of(annotation)]
    if _is_object(value):
        return _object_parts(annotation, value)
    is_array = _is_array(value) and not arrives_as_object(annotation)
    return _array_parts(annotation, value, start) if is_array else []


def _object_parts(annotation: Any, value: dict[Any, Any]) -> Iterator[_Part]:
    for field in fields_of(annotation) or ():
        if field.required or field.key in value:
            item = value.get(field.key, _MISSING)
            yield _Part(field.type, item, field_step(field.key), f".{field.key}")
    arguments = typing.get_args(annotation)
    if arguments and is_mapping(annotation):
        for key, item in value.items():
            yield _Part(arguments[-1], item, key_step(key), None)


def _array_parts(annotation: Any, value: list[Any], start: int) -> Iterator[_Part]:
    kinds: Iterable[Any] = parts_of(annotation)[start:]
    if not is_tuple(annotation) or ... in typing.get_args(annotation):
        kinds = repeat(parts_of(annotation)[0]) if parts_of(annotation) else ()
    items = islice(value, start, None)
    for i, (kind, item) in enumerate(zip(kinds, items, strict=False), start):
        yield _Part(kind, item, f"[{i}]", f"[{i}]")


def _fits(annotation: Any, value: Any) -> bool:
    """Return whether a member of a union is meant by a value of this JSON type."""
    annotation = bare(annotation)
    if _is_array(value):
        return origin_of(annotation) in _ARRAYS
    if not _is_object(value):
        return choices_of(annotation) is not None
    config = getattr(origin_of(annotation), "__struct_config__", None)
    if config is not None and config.tag is not None:
        return bool(value.get(config.tag_field) == config.tag)
    return arrives_as_object(annotation)
