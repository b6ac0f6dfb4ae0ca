"""From a route's pattern to the address and the parameters of its channel."""

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


def address_of(pattern: Pattern) -> str:
    """Return a pattern as AsyncAPI writes it: `/rooms/{room_id}`."""
    return "/" + "/".join(map(_segment, pattern.segments))


def _segment(segment: Segment) -> str:
    # The braces of a literal are no parameters.
    before, after = (
        text.replace("{", "%7B").replace("}", "%7D")
        for text in (segment.before, segment.after)
    )
    return (
        before if segment.param is None else f"{before}{{{segment.param.name}}}{after}"
    )


def parameters_of(pattern: Pattern) -> dict[str, Any]:
    """Describe the parameters of a pattern.

    AsyncAPI 3 has no schemas for them, only lists of words: the schema is in an
    extension, `x-schema`.
    """
    return {param.name: _parameter(param.converter) for param in pattern.params}


def _parameter(converter: Converter) -> Schema:
    expected = converter.expects()
    schema = _schema(converter)
    return {
        "description": f"{expected[0].upper()}{expected[1:]}.",
        **({"enum": schema["enum"]} if "enum" in schema else {}),
        "x-converter": converter.name,
        "x-schema": schema,
    }


def _schema(converter: Converter) -> Schema:
    match converter:
        case IntConverter(min=low, max=high, signed=signed):
            return _number("integer", low, high, signed)
        case FloatConverter(min=low, max=high, signed=signed):
            return _number("number", low, high, signed)
        case StringConverter(length=length, minlength=low, maxlength=high):
            limits = {"minLength": length or low, "maxLength": length or high}
            return _without_none({"type": "string", **limits})
        case UUIDConverter():
            return {"type": "string", "format": "uuid"}
        case AnyConverter(args=words):
            return {"type": "string", "enum": [str(word) for word in words]}
        case CustomConverter(wrapped=wrapped):
            return {"type": "string", "pattern": f"^(?:{wrapped.regex})$"}
        case _:  # a path
            return {"type": "string", "minLength": 1}


def _number(kind: str, low: float | None, high: float | None, signed: bool) -> Schema:
    least = low if signed else max(low or 0, 0)
    return _without_none({"type": kind, "minimum": least, "maximum": high})


def _without_none(schema: Schema) -> Schema:
    return {name: value for name, value in schema.items() if value is not None}
