"""From a route to its channel: address, parameters, and no messages yet."""

from __future__ import annotations

from typing import Any, Final

from werkzeug.routing import (
    AnyConverter,
    FloatConverter,
    IntegerConverter,
    UnicodeConverter,
    UUIDConverter,
)

from nsroute.asyncapi.messages import described
from nsroute.asyncapi.schemas import Schema
from nsroute.handlers.entries import title_of
from nsroute.routing import Converter, Pattern, Route, Segment, lengths, limits

# The braces of a literal are no parameters.
_BRACES: Final = str.maketrans({"{": "%7B", "}": "%7D"})


def channel_of(route: Route, pattern: Pattern) -> dict[str, Any]:
    """Return the channel of a route at a whole pattern."""
    parameters = {one.name: _parameter(one.converter) for one in pattern.params}
    return {
        "address": "/" + "/".join(map(_segment, pattern.segments)),
        "title": title_of(route.target),
        **described(route.target),
        **({"parameters": parameters} if parameters else {}),
        "messages": {},
        "x-pattern": route.pattern,
    }


def _segment(segment: Segment) -> str:
    name = "" if segment.param is None else f"{{{segment.param.name}}}"
    before, after = (x.translate(_BRACES) for x in (segment.before, segment.after))
    return before + name + after


def _parameter(converter: Converter) -> Schema:
    """Describe a parameter: AsyncAPI 3 has lists of words for it, and no schemas."""
    expected, schema = converter.expects(), _schema(converter)
    return {
        "description": f"{expected[0].upper()}{expected[1:]}.",
        **({"enum": schema["enum"]} if "enum" in schema else {}),
        "x-converter": converter.name,
        "x-schema": schema,
    }


def _schema(converter: Converter) -> Schema:
    if converter.is_custom:
        return {"type": "string", "pattern": f"^(?:{converter.wrapped.regex})$"}
    arguments, least, most = converter.arguments, *limits(converter.arguments)
    schema: Schema = {"type": "string"}
    match converter.wrapped:
        case IntegerConverter():
            schema = {"type": "integer", "minimum": least, "maximum": most}
        case FloatConverter():
            schema = {"type": "number", "minimum": least, "maximum": most}
        case UnicodeConverter():
            schema["minLength"], schema["maxLength"] = lengths(arguments)
        case UUIDConverter():
            schema["format"] = "uuid"
        case AnyConverter():
            schema["enum"] = [*arguments["items"]]
        case _:  # a path
            schema["minLength"] = 1
    return {name: value for name, value in schema.items() if value is not None}
