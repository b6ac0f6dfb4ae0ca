"""From JSON Schema to the types of TypeScript."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from inspect import cleandoc
from typing import Any, Final, cast

from nsroute.schemas import Schema
from nsroute.typescript.names import documented, key

BINARY: Final = "Uint8Array | ArrayBuffer"
_PLAIN: Final[Mapping[str, str]] = {
    "null": "null",
    "boolean": "boolean",
    "integer": "number",
    "number": "number",
    "string": "string",
}


class Types:
    """Writes schemas as types.

    Args:
        names: What the components that references name are called in TypeScript.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names

    def of(self, schema: Any) -> str:
        """Return the type of a schema."""
        if not isinstance(schema, dict):
            return "unknown"
        found = cast("Schema", schema)
        if "$ref" in found:
            return self._names[found["$ref"]]
        if "const" in found or "enum" in found:
            return _union(map(_literal, found.get("enum", [found.get("const")])))
        for word, join in (("anyOf", _union), ("oneOf", _union), ("allOf", _all)):
            if word in found:
                return join(map(self.of, found[word]))
        return self._by_type(found)

    def optional(self, schema: Schema) -> str:
        """Return the type of a value that is not sent where it would be null."""
        some = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
        if "enum" in schema:
            some = [{"enum": [one for one in schema["enum"] if one is not None]}]
        return _union([*map(self.of, some or [schema]), "undefined"])

    def declare(self, name: str, schema: Schema) -> Iterator[str]:
        """Yield the lines that declare a component under a name."""
        yield from documented(cleandoc(schema.get("description", "")))
        if "properties" in schema:
            yield f"export interface {name} {{"
            yield from self._members(schema, "  ")
            yield "}"
        else:
            yield f"export type {name} = {self.of(schema)};"

    def _by_type(self, schema: Schema) -> str:
        kind = schema.get("type")
        if isinstance(kind, list):
            kinds = cast("list[str]", kind)
            return _union(self._by_type({**schema, "type": one}) for one in kinds)
        if kind == "string" and _is_binary(schema):
            return BINARY
        if kind == "array":
            return self._array(schema)
        if kind == "object":
            return self._object(schema)
        return _PLAIN.get(cast("str", kind), "unknown")

    def _array(self, schema: Schema) -> str:
        items = schema.get("prefixItems")
        if items is None:
            return "[]" if schema.get("maxItems") == 0 else array_of(self._rest(schema))
        least = schema.get("minItems", 0)
        types = [self.of(one) for one in items]
        parts = [
            one if place < least else f"{_grouped(one)}?"
            for place, one in enumerate(types)
        ]
        if isinstance(schema.get("items"), dict):
            parts.append(f"...{array_of(self._rest(schema))}")
        return f"[{', '.join(parts)}]"

    def _rest(self, schema: Schema) -> str:
        return self.of(schema.get("items"))

    def _object(self, schema: Schema) -> str:
        if "properties" in schema:
            return f"{{ {' '.join(self._members(schema))} }}"
        return f"{{ [key: string]: {self.of(schema.get('additionalProperties'))} }}"

    def _members(self, schema: Schema, indent: str = "") -> Iterator[str]:
        required: Iterable[str] = schema.get("required", ())
        for name, part in schema["properties"].items():
            mark = "" if name in required else "?"
            if indent:
                yield from documented(part.get("description", ""), indent)
            yield f"{indent}{key(name)}{mark}: {self.of(part)};"
        if schema.get("additionalProperties"):
            yield f"{indent}[key: string]: unknown;"


def array_of(text: str) -> str:
    """Return the type of an array of a type."""
    return f"{_grouped(text)}[]"


def references(schema: Any) -> Iterator[str]:
    """Yield the components that a schema names."""
    if isinstance(schema, dict):
        found = cast("Schema", schema)
        if isinstance(found.get("$ref"), str):
            yield found["$ref"]
        parts: Iterable[Any] = found.values()
    else:
        parts = cast("Iterable[Any]", schema if isinstance(schema, list) else ())
    for part in parts:
        yield from references(part)


def _grouped(text: str) -> str:
    return f"({text})" if " | " in text or " & " in text else text


def _union(types: Iterable[str]) -> str:
    """Return a union; what stands for nothing is last, whoever wrote the schema."""
    found = sorted(dict.fromkeys(types), key=("null", "undefined").__contains__)
    return " | ".join(found) or "never"


def _all(types: Iterable[str]) -> str:
    return " & ".join(map(_grouped, dict.fromkeys(types)))


def _literal(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _is_binary(schema: Schema) -> bool:
    return schema.get("contentEncoding") == "base64" or (
        schema.get("format") in ("binary", "base64", "base64url")
    )
