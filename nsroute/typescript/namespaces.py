"""From patterns to functions that build a namespace's name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from importlib.resources import files
from typing import Final

from werkzeug.routing import (
    AnyConverter,
    FloatConverter,
    IntegerConverter,
    PathConverter,
    UUIDConverter,
)

from nsroute.routing import Converter, Pattern, lengths, limits
from nsroute.typescript.contracts import Contract
from nsroute.typescript.names import Names, camel, documented, key, quoted
from nsroute.typescript.types import Types

_NOTHING: Final = "{ [key: string]: never }"
_BUILDERS: Final = files(__name__.rpartition(".")[0]).joinpath("builders.ts")


def name_function(contract: Contract) -> Iterator[str]:
    """Yield the lines of a class's parameters, and of what builds a name from them."""
    patterns = contract.patterns
    shapes = list(dict.fromkeys(map(_shape, patterns)))
    name, params = contract.name, f"{contract.name}Params"
    function = f"{name[0].lower()}{name[1:]}Namespace"
    texts = ", ".join(f"`{one.text}`" for one in patterns)
    about = f"Builds the name of a namespace of `{name}`: {texts}."
    refuses = "Throws a `RangeError` for a value that none of them takes."
    if shapes != [_NOTHING]:
        yield f"export type {params} = {' | '.join(shapes)};"
        yield ""
        yield from documented(f"{about}\n\n{refuses}")
        yield f"export function {function}(params: {params}): string {{"
        yield from _body(patterns, params)
    else:
        yield from documented(about)
        yield f"export function {function}(): string {{"
        yield f"  return {_built(patterns[0])};"
    yield "}"


def builders(text: str) -> str:
    """Return what a text needs to write parameters, and what that needs."""
    found: list[str] = []
    # There each stands before what it needs itself.
    for block in _BUILDERS.read_text("utf-8").strip().split("\n\n"):
        [name] = re.findall(r"^(?:export type|function) (\w+)", block, re.MULTILINE)
        if re.search(rf"\b{name}\b", "".join([text, *found])):
            found.append(block)
    return "\n\n".join(found)


def _body(patterns: Sequence[Pattern], params: str) -> Iterator[str]:
    """Yield the statements of a function; the first pattern of some keys wins."""
    first = {tuple(sorted(_keys(one))): one for one in reversed(patterns)}
    ordered = [one for one in patterns if one in first.values()]
    if len(ordered) == 1:
        yield f"  return {_built(ordered[0])};"
        return
    yield "  switch (Object.keys(params).sort().join()) {"
    for one in ordered:
        keys = ",".join(sorted(_keys(one)))
        yield f"    case {quoted(keys)}: {{"
        if keys:
            yield f"      const given = params as {_shape(one)};"
        yield f"      return {_built(one, 'given')};"
        yield "    }"
    yield "    default:"
    expected = quoted(f"the parameters of {params}")
    yield f"      return unfit(Object.keys(params).join(), {expected});"
    yield "  }"


def _keys(pattern: Pattern) -> list[str]:
    free = Names()
    return [free.take(camel(one.name)) for one in pattern.params]


def _shape(pattern: Pattern) -> str:
    keys = zip(_keys(pattern), pattern.params, strict=True)
    members = [f"{key(name)}: {_type(one.converter)}" for name, one in keys]
    return f"{{ {'; '.join(members)} }}" if members else _NOTHING


def _built(pattern: Pattern, source: str = "params") -> str:
    """Return the expression of a name."""
    keys, parts = iter(_keys(pattern)), [""]
    for segment in pattern.segments:
        parts[-1] += f"/{segment.before}"
        if segment.param is not None:
            value = f"{source}.{next(keys)}"
            parts += [_written(segment.param.converter, value), segment.after]
    texts = [
        part if place % 2 else quoted(part)
        for place, part in enumerate(parts)
        if place % 2 or part
    ]
    return texts[0] if len(texts) == 1 else f"short({' + '.join(texts)})"


def _type(converter: Converter) -> str:
    if converter.is_custom:
        return "string"
    match converter.wrapped:
        case IntegerConverter() | FloatConverter():
            return "number"
        case AnyConverter():
            return Types({}).of({"enum": [*converter.arguments["items"]]})
        case UUIDConverter():
            return "Uuid"
        case _:
            return "string"


def _written(converter: Converter, value: str) -> str:
    """Return the expression that writes a parameter, or throws."""
    function, *limits_of_it = _builder(converter)
    return f"{function}({', '.join([value, *limits_of_it])})"


def _builder(converter: Converter) -> tuple[str, ...]:
    """Return the function that writes a parameter, and its further arguments."""
    arguments, wrapped = converter.arguments, converter.wrapped
    if converter.is_custom or isinstance(wrapped, PathConverter):
        return ("segment" if wrapped.part_isolating else "path",)
    least, most = map(_number, limits(arguments))
    match wrapped:
        case IntegerConverter():
            return "whole", least, most, str(arguments.get("fixed_digits") or 0)
        case FloatConverter():
            return "decimal", least, most
        case AnyConverter():
            return "word", f"[{', '.join(map(quoted, arguments['items']))}]"
        case UUIDConverter():
            return ("uuid",)
        case _:
            shortest, longest = lengths(arguments)
            is_free = (shortest, longest) == (1, None)
            return ("segment", *(() if is_free else map(_number, lengths(arguments))))


def _number(limit: float | None) -> str:
    return "null" if limit is None else repr(limit)
