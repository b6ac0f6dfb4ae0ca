"""From a route's pattern to the address and the parameters of its channel."""

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
    if converter.is_custom:
        return {"type": "string", "pattern": f"^(?:{converter.wrapped.regex})$"}
    arguments = converter.arguments
    match converter.wrapped:
        case IntegerConverter():
            return _number("integer", *limits(arguments))
        case FloatConverter():
            return _number("number", *limits(arguments))
        case UnicodeConverter():
            least, most = lengths(arguments)
            return _without_none(
                {"type": "string", "minLength": least, "maxLength": most}
            )
        case UUIDConverter():
            return {"type": "string", "format": "uuid"}
        case AnyConverter():
            return {"type": "string", "enum": [*arguments["items"]]}
        case _:  # a path
            return {"type": "string", "minLength": 1}


def _number(kind: str, least: float | None, most: float | None) -> Schema:
    return _without_none({"type": kind, "minimum": least, "maximum": most})


def _without_none(schema: Schema) -> Schema:
    return {name: value for name, value in schema.items() if value is not None}
