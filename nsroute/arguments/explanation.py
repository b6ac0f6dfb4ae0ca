"""Why a wire value is not what an annotation declares: each problem with its path.

msgspec says where the first problem is. A value that was refused is taken apart along
its annotation, and what stands behind that is checked in ever larger chunks, until ten
problems are found. That takes about as long as checking the value once more.

The client may be told what it sent. A record is told the same but for that: whatever
a validator says, which often quotes the value, and keys that the client made up.
"""

from __future__ import annotations

import json
import re
import types
import typing
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

import attrs
import msgspec

from nsroute.arguments.annotations import (
    bare,
    choices_of,
    fields_of,
    is_mapping,
    is_sequence,
    is_union,
    members_of,
)
from nsroute.arguments.conversion import INVALID, Refused, TypeTree

_DEEPEST = 8
_DICT_DEPTH = 4
"""msgspec does not say under which key a problem is: all items are checked again."""
_SMALL_CHUNK = 16
_MOST_PROBLEMS = 10
_MOST_READ = 1_000
"""pydantic makes a list of all its problems or of none, and takes 2 kB for each."""
_LONGEST = 200
_LONGEST_KEY = 40
_MISSING = object()
_UNSAID = "Not valid"
_WHERE = re.compile(r" - at `(?P<key>key` in `)?\$(?P<path>[^`]*)`$")
_INDEX = re.compile(r"\[(\d+)\]")
_QUOTING = re.compile(r"Invalid (enum )?value|Object contains unknown field")
"""How msgspec begins where it goes on with what the client sent."""
_KEY = re.compile(r"\[['\"].*", re.DOTALL)
"""What begins with a key that the client may have chosen."""


class Problem(NamedTuple):
    """A path and a sentence."""

    path: str
    text: str
    recorded: str
    """Both, as far as they are not the client's own words."""


def _problem(path: str, text: str, safe: str = "", at: str = "") -> Problem:
    """Return a problem; a record has the safe text, and the path `at`, if given."""
    recorded = f"{_KEY.sub('[…]', at or path)}: {safe or text}"
    texts = (_cut(one, _LONGEST) for one in (path, text, recorded))
    return Problem(*(t.encode("utf-8", "backslashreplace").decode() for t in texts))


@attrs.frozen
class Refusal:
    """What a library found wrong with a value first, and where in it."""

    cause: BaseException
    where: str = ""
    """The path, as msgspec spells it; `""` is the value itself."""
    is_key: bool = False
    """Whether it is a key of the dict there."""

    @classmethod
    def of(cls, error: BaseException) -> Refusal:
        """Read an error, and those that hooks raised within it."""
        where, is_key = "", False
        while isinstance(error, (msgspec.ValidationError, SystemError, Refused)):
            # What a validator says may end like a path, and is not msgspec's.
            quoted = "" if isinstance(error, Refused) else str(error.__cause__ or "")
            found = _WHERE.search(str(error).removeprefix(quoted))
            if found is not None:
                where, is_key = f"{where}{found['path']}", bool(found["key"])
            if error.__cause__ is None:
                break
            error = error.__cause__
        return cls(error, where, is_key)

    @property
    def index(self) -> int | None:
        """The first wrong item, if it is about one of an array."""
        found = _INDEX.match(self.where)
        return int(found[1]) if found else None

    def within(self, step: str) -> Refusal | None:
        """Return it as that of a part; None if it is not about that part."""
        rest = self.where[len(step) :]
        if not self.where.startswith(step) or (step and rest and rest[0] not in ".["):
            return None
        return attrs.evolve(self, where=rest)

    def problems(self, base: str) -> Iterator[Problem]:
        """Put it into words, for a value at a path."""
        cause: Any = self.cause
        path = f"{base}{self.where}"
        if hasattr(cause, "error_count"):  # pydantic's
            yield from _of_pydantic(cause, path)
        elif isinstance(cause, RecursionError):
            yield _problem(path, "Nested too deeply")
        elif isinstance(cause, UnicodeError):
            yield _problem(path, "Text that is not valid Unicode")
        elif isinstance(cause, msgspec.ValidationError):
            text = f"{_WHERE.sub('', str(cause))}{' (a key)' if self.is_key else ''}"
            quotes = _QUOTING.match(text)
            # An unknown field may have a name that ends like a path.
            yield _problem(path, text, *((quotes[0], base) if quotes else ()))
        else:  # attrs' validators put more than the message into their exceptions
            text = cause.args[0] if cause.args else _UNSAID
            yield _problem(path, text if isinstance(text, str) else str(cause), _UNSAID)


def _of_pydantic(error: Any, path: str) -> Iterator[Problem]:
    if error.error_count() > _MOST_READ:
        yield _problem(path, f"Too many problems to tell: {error.error_count()}")
        return
    every = error.errors(include_url=False, include_context=False)
    for one in islice(every, _MOST_PROBLEMS):
        steps = (f"[{s}]" if isinstance(s, int) else _field_step(s) for s in one["loc"])
        yield _problem(f"{path}{''.join(steps)}", one["msg"], _UNSAID, path)


def _field_step(name: str) -> str:
    return f".{name}" if name.isidentifier() else _key_step(name)


def _key_step(key: Any) -> str:
    return f"[{_cut(str(key), _LONGEST_KEY)!r}]"


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


class Part(NamedTuple):
    """A wire value, and what it should be."""

    annotation: Any
    value: Any
    path: str
    known: Refusal | None = None


@attrs.define
class Search:
    """The problems found so far."""

    tree: TypeTree
    problems: list[Problem]

    def visit(self, part: Part, depth: int = 0) -> None:
        """Add the problems of a value."""
        annotation, value, path, known = part
        if value is _MISSING:
            self._add([_problem(path, "Required, but missing")])
            return
        refusal = known or self._check(annotation, value)
        if refusal is None:
            return
        before = len(self.problems)
        if depth < _DEEPEST and not isinstance(refusal.cause, RecursionError):
            self._take_apart(Part(bare(annotation), value, path, refusal), depth + 1)
        if len(self.problems) == before:
            choices = ", ".join(map(json.dumps, choices_of(annotation) or ()))
            own = [_problem(path, f"Expected one of {choices}")] if choices else None
            self._add(own or refusal.problems(path))

    def visit_items(self, many: Part, step: Callable[[int], str], depth: int) -> None:
        """Add the problems of a list of items that should all be the same."""
        annotation, items, path, refusal = many
        chunk = types.GenericAlias(list, (annotation,))
        start, size = 0, _SMALL_CHUNK
        while start < len(items) and len(self.problems) < _MOST_PROBLEMS:
            refusal = refusal or self._check(chunk, items[start : start + size])
            if refusal is None:
                start, size = start + size, size * 2
                continue
            first = refusal.index
            if first is None:  # some errors do not say where they are
                break
            i, here = start + first, refusal.within(f"[{first}]")
            self.visit(Part(annotation, items[i], f"{path}{step(i)}", here), depth)
            start, size, refusal = i + 1, _SMALL_CHUNK, None

    def _check(self, annotation: Any, value: Any) -> Refusal | None:
        try:
            self.tree.convert(annotation, value)
        except INVALID as error:
            return Refusal.of(error)
        return None

    def _add(self, problems: Iterable[Problem]) -> None:
        self.problems.extend(islice(problems, _MOST_PROBLEMS - len(self.problems)))

    def _take_apart(self, part: Part, depth: int) -> None:
        annotation, value, path, known = part
        kind = value.__class__
        given = typing.get_args(annotation)
        if kind is list and is_sequence(annotation):
            known = known if known and known.index is not None else None
            many = Part(given[0], value, path, known)
            self.visit_items(many, "[{}]".format, depth)
        elif kind is dict and is_mapping(annotation) and given:
            keys, many = list(value), Part(given[1], list(value.values()), path)
            self.visit_items(many, lambda i: _key_step(keys[i]), depth + _DICT_DEPTH)
        else:
            for one in _parts(part):
                if len(self.problems) < _MOST_PROBLEMS:
                    self.visit(one, depth)


def _parts(whole: Part) -> Iterator[Part]:
    """Take an object apart, or what may be None beside."""
    annotation, value, path, known = whole
    if is_union(annotation):
        member, *others = members_of(annotation)
        if not others:
            yield Part(member, value, path, known)
    elif value.__class__ is dict:
        for field in fields_of(annotation) or ():
            if field.required or field.key in value:
                item, step = value.get(field.key, _MISSING), _field_step(field.key)
                there = known and known.within(f".{field.key}")
                yield Part(field.type, item, f"{path}{step}", there)
