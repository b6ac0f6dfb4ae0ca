"""Why a wire value is not what an annotation declares: each problem with its path.

msgspec stops at the first problem; a person who fills in a form wants them all. So a
value that was refused is taken apart along its annotation. msgspec says where the first
problem is, and what stands behind it is checked in ever larger chunks, until ten
problems are found. That takes about as long as checking the value once more.
"""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, Final, NamedTuple, TypeGuard

import attrs

from nsroute.arguments.annotations import (
    arrives_as_object,
    bare,
    choices_of,
    fields_of,
    is_mapping,
    is_sequence,
    is_tuple,
    is_union,
    origin_of,
    parts_of,
)
from nsroute.arguments.conversion import INVALID
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
"""msgspec does not say under which key a problem is: all items are checked again."""
_SMALL_CHUNK = 16
_HOSTILE_DEPTH = 100

_MISSING = object()
_ARRAYS = (list, set, frozenset, tuple)


@attrs.define
class Search:
    """The problems found so far."""

    tree: TypeTree
    """What the whole should be."""
    problems: list[Problem]

    def visit(
        self,
        annotation: Any,
        value: Any,
        path: str,
        known: Refusal | None = None,
        depth: int = 0,
    ) -> None:
        """Add the problems of a value; the first may be known already."""
        refusal = known or self._check(annotation, value, path)
        if refusal is None:
            return
        before = len(self.problems)
        if depth < _DEEPEST:
            self._take_apart(annotation, value, path, refusal, depth)
        if len(self.problems) == before:
            self._add(_own_problems(annotation, refusal, path))

    def visit_items(
        self,
        annotation: Any,
        items: list[Any],
        path: str,
        step_of: Callable[[int], str],
        known: Refusal | None = None,
        depth: int = 0,
    ) -> None:
        """Add the problems of items that should all be the same."""
        chunk = types.GenericAlias(list, (annotation,))
        start, size, refusal = 0, _SMALL_CHUNK, known
        while start < len(items) and len(self.problems) < MOST_PROBLEMS:
            if refusal is None:
                refusal = self._check(chunk, items[start : start + size], path)
            if refusal is None:
                start, size = start + size, size * 2
                continue
            first = refusal.index
            if first is None:  # some errors do not say where they are
                break
            i, here = start + first, refusal.within(f"[{first}]")
            self.visit(annotation, items[i], f"{path}{step_of(i)}", here, depth)
            start, size, refusal = i + 1, _SMALL_CHUNK, None

    def _check(self, annotation: Any, value: Any, path: str) -> Refusal | None:
        try:
            self.tree.converter(annotation)(value)
        except RecursionError:
            if not is_deep([value]):
                raise
            self._add([problem(path, TOO_DEEP)])
        except INVALID as error:
            return Refusal.of(error)
        return None

    def _add(self, problems: Iterable[Problem]) -> None:
        room = MOST_PROBLEMS - len(self.problems)
        self.problems.extend(one.shortened() for one in islice(problems, room))

    def _take_apart(
        self, annotation: Any, value: Any, path: str, refusal: Refusal, depth: int
    ) -> None:
        kinds = parts_of(annotation)
        if _is_array(value) and is_sequence(annotation):
            known = None if refusal.index is None else refusal
            self.visit_items(kinds[0], value, path, "[{}]".format, known, depth + 1)
        elif _is_object(value) and is_mapping(annotation) and kinds:
            keys, items, deeper = list(value), list(value.values()), depth + _DICT_DEPTH
            self.visit_items(
                kinds[1], items, path, lambda i: key_step(keys[i]), depth=deeper
            )
        else:
            self._visit_parts(annotation, value, path, refusal, depth + 1)

    def _visit_parts(
        self, annotation: Any, value: Any, path: str, refusal: Refusal, depth: int
    ) -> None:
        for part in _parts(annotation, value):
            if len(self.problems) >= MOST_PROBLEMS:
                break
            there = f"{path}{part.step}"
            if part.value is _MISSING:
                self._add([problem(there, "Required, but missing")])
            else:
                known = refusal.within(part.known)
                self.visit(part.annotation, part.value, there, known, depth)


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
    value: Any
    step: str
    """Its step of the path, as a client is told it."""
    known: str
    """The same as msgspec spells it."""


def _parts(annotation: Any, value: Any) -> Iterable[_Part]:
    """Take a value apart whose parts differ."""
    if is_union(annotation):
        members = typing.get_args(annotation)
        fitting = [one for one in members if _fits(one, value)]
        return [_Part(fitting[0], value, "", "")] if len(fitting) == 1 else []
    if bare(annotation) is not annotation:
        return [_Part(bare(annotation), value, "", "")]
    if not isinstance(origin_of(annotation), type):
        return [_Part(part, value, "", "") for part in parts_of(annotation)]
    if _is_object(value):
        return _fields(annotation, value)
    if not _is_array(value) or not is_tuple(annotation):
        return []
    pairs = enumerate(zip(parts_of(annotation), value, strict=False))
    return [_Part(kind, item, f"[{i}]", f"[{i}]") for i, (kind, item) in pairs]


def _fields(annotation: Any, value: dict[Any, Any]) -> Iterator[_Part]:
    for field in fields_of(annotation) or ():
        if field.required or field.key in value:
            item = value.get(field.key, _MISSING)
            yield _Part(field.type, item, field_step(field.key), f".{field.key}")


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
