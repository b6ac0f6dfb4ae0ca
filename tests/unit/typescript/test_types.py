"""JSON Schema, of msgspec and of pydantic, becomes a type."""

from __future__ import annotations

from typing import Any

import pytest

from nsroute.typescript.names import documented, key, pascal
from nsroute.typescript.types import Types


@pytest.mark.parametrize(
    "schema, text",
    [
        ({}, "unknown"),
        (True, "unknown"),
        ({"type": "integer"}, "number"),
        ({"type": "null"}, "null"),
        ({"type": ["string", "null"]}, "string | null"),
        ({"type": "string", "format": "date-time"}, "string"),
        ({"type": "string", "contentEncoding": "base64"}, "Uint8Array | ArrayBuffer"),
        ({"type": "string", "format": "binary"}, "Uint8Array | ArrayBuffer"),
        ({"enum": ["a", 1, None, True]}, '"a" | 1 | true | null'),
        ({"enum": []}, "never"),
        ({"const": "ä\n"}, '"ä\\n"'),
        ({"$ref": "Colour"}, "Shade"),
        ({"anyOf": [{"type": "integer"}, {"type": "number"}]}, "number"),
        ({"oneOf": [{"type": "integer"}, {"$ref": "Colour"}]}, "number | Shade"),
        ({"allOf": [{"$ref": "Colour"}], "description": "x"}, "Shade"),
        (
            {"allOf": [{"$ref": "Colour"}, {"enum": ["a", "b"]}]},
            'Shade & ("a" | "b")',
        ),
        ({"type": "array"}, "unknown[]"),
        ({"type": "array", "maxItems": 0}, "[]"),
        ({"type": "array", "items": {"enum": ["a", "b"]}}, '("a" | "b")[]'),
        (
            {
                "type": "array",
                "prefixItems": [{"type": "integer"}, {"enum": [1, 2]}],
                "minItems": 1,
                "items": {"type": "string"},
            },
            "[number, (1 | 2)?, ...string[]]",
        ),
        ({"type": "object"}, "{ [key: string]: unknown }"),
        (
            {"type": "object", "additionalProperties": {"type": "integer"}},
            "{ [key: string]: number }",
        ),
        (
            {
                "type": "object",
                "properties": {"a": {"type": "integer"}, "b c": {}},
                "required": ["a"],
                "additionalProperties": True,
            },
            '{ a: number; "b c"?: unknown; [key: string]: unknown; }',
        ),
    ],
)
def test_a_schema_is_a_type(schema: Any, text: str) -> None:
    """Each kind of schema has its type."""
    assert Types({"Colour": "Shade"}).of(schema) == text


@pytest.mark.parametrize(
    "schema, text",
    [
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "number | undefined"),
        ({"enum": [None, "x"]}, '"x" | undefined'),
        ({"type": "integer"}, "number | undefined"),
    ],
)
def test_null_that_is_not_sent_is_undefined(schema: Any, text: str) -> None:
    """An acknowledgement of None has no value."""
    assert Types({}).optional(schema) == text


def test_names_of_any_text_are_names() -> None:
    """A type's name begins with a letter, and a property's may need quotes."""
    assert [pascal(one) for one in ("1st", "a.b_c", "HTTPError", "…")] == [
        *("_1st", "ABC", "HTTPError", "_")
    ]
    assert [key(one) for one in ("a", "$a1", "a-b", "ä", "")] == [
        *("a", "$a1", '"a-b"', '"ä"', '""')
    ]
    assert documented("") == []
