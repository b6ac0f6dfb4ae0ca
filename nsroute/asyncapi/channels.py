"""A route's pattern -> the address of a channel, and the schemas of its parameters."""

from __future__ import annotations

from typing import Any

from werkzeug.routing import (
    AnyConverter,
    FloatConverter,
    IntegerConverter,
    UnicodeConverter,
    UUIDConverter,
)

from nsroute.asyncapi.schemas import Schema
from nsroute.routing import Converter, Pattern, Segment, lengths, limits

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
    schema = _schema(converter)
    if "enum" in schema:
        described["enum"] = schema["enum"]
    described["x-converter"] = converter.name
    described["x-schema"] = schema
    return described


def _schema(converter: Converter) -> Schema:
    if converter.is_custom:
        return {"type": "string", "pattern": f"^(?:{converter.wrapped.regex})$"}
    arguments = converter.arguments
    match converter.wrapped:
        case IntegerConverter():
            return {"type": "integer", **_limits(*limits(arguments))}
        case FloatConverter():
            return {"type": "number", **_limits(*limits(arguments))}
        case UnicodeConverter():
            return {"type": "string", **_lengths(*lengths(arguments))}
        case UUIDConverter():
            return {"type": "string", "format": "uuid"}
        case AnyConverter():
            return {"type": "string", "enum": [*arguments["items"]]}
        case _:  # a path
            return {"type": "string", "minLength": 1}


def _limits(low: float | None, high: float | None) -> Schema:
    found = {"minimum": low, "maximum": high}
    return {name: limit for name, limit in found.items() if limit is not None}


def _lengths(low: int, high: int | None) -> Schema:
    return {"minLength": low} if high is None else {"minLength": low, "maxLength": high}
