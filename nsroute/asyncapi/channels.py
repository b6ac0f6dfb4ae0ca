"""A route's pattern -> the address of a channel, and the schemas of its parameters."""

from __future__ import annotations

from typing import Any

from nsroute.asyncapi.schemas import Schema
from nsroute.patterns import Pattern, Segment
from nsroute.patterns.builtin import (
    AnyConverter,
    FloatConverter,
    IntConverter,
    StringConverter,
    UUIDConverter,
)
from nsroute.patterns.converters import Converter, CustomConverter

__all__ = ["address_of", "parameters_of"]


def address_of(pattern: Pattern) -> str:
    """Write a pattern as AsyncAPI does: `/rooms/{room_id}`."""
    return "/" + "/".join(map(_segment, pattern.segments))


def _segment(segment: Segment) -> str:
    if segment.param is None:
        return _literal(segment.before)
    name = f"{{{segment.param.name}}}"
    return f"{_literal(segment.before)}{name}{_literal(segment.after)}"


def _literal(text: str) -> str:
    """Keep braces of the pattern's own from being read as parameters."""
    return text.replace("{", "%7B").replace("}", "%7D")


def parameters_of(pattern: Pattern) -> dict[str, Any]:
    """Describe the parameters of a pattern.

    AsyncAPI 3 has no schemas for them any more, only lists of words: the schema is in
    an extension, `x-schema`.
    """
    return {param.name: _parameter(param.converter) for param in pattern.params}


def _parameter(converter: Converter) -> Schema:
    expected = converter.expects()
    described: Schema = {"description": f"{expected[0].upper()}{expected[1:]}."}
    if isinstance(converter, AnyConverter):
        described["enum"] = [str(word) for word in converter.args]
    described["x-converter"] = converter.name
    described["x-schema"] = _schema(converter)
    return described


def _schema(converter: Converter) -> Schema:
    match converter:
        case IntConverter(min=low, max=high, signed=signed):
            return {"type": "integer", **_limits(low, high, signed)}
        case FloatConverter(min=low, max=high, signed=signed):
            return {"type": "number", **_limits(low, high, signed)}
        case StringConverter(length=length, minlength=low, maxlength=high):
            return {"type": "string", **_lengths(length or low, length or high)}
        case UUIDConverter():
            return {"type": "string", "format": "uuid"}
        case AnyConverter(args=words):
            return {"type": "string", "enum": [str(word) for word in words]}
        case CustomConverter(wrapped=wrapped):
            return {"type": "string", "pattern": f"^(?:{wrapped.regex})$"}
        case _:  # a path
            return {"type": "string", "minLength": 1}


def _limits(low: float | None, high: float | None, signed: bool) -> Schema:
    if not signed:
        low = max(low or 0, 0)
    limits = {"minimum": low, "maximum": high}
    return {name: limit for name, limit in limits.items() if limit is not None}


def _lengths(low: int, high: int | None) -> Schema:
    lengths: Schema = {"minLength": low}
    return lengths if high is None else {**lengths, "maxLength": high}
