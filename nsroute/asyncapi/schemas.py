"""From annotations to the schemas of an AsyncAPI document, and their components.

AsyncAPI's own schemas are a superset of JSON Schema draft 7; msgspec and pydantic write
draft 2020-12. `Schemas` collects all annotations before it writes any, so that classes
of one name in several modules get different names.
"""

from __future__ import annotations

import re
import sys
import typing
from collections.abc import Callable, Iterable
from inspect import Parameter
from typing import Any, Final

import msgspec

Schema = dict[str, Any]

_COMPONENTS: Final = "#/components/schemas/"
_NAMED: Final = frozenset({"properties", "patternProperties", "definitions", "$defs"})
"""Keywords whose value maps names, which may look like keywords, to schemas."""
_VALUES: Final = frozenset({"const", "default", "enum", "examples", "required"})
"""Keywords whose value is data."""
_ANYTHING: Final = (Any, object, Parameter.empty)


class Schemas:
    """The schemas of a document: call `of` for all of them, then `components`."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Schema, Any]] = []
        self._pydantic: dict[str, Schema] = {}

    def of(self, annotation: Any, **beside: Any) -> Schema:
        """Return the schema of an annotation, which `components` will fill in.

        An annotation that has no schema may be anything. `beside` are more keywords.
        """
        schema: Schema = {**beside}
        if any(annotation is one for one in _ANYTHING):
            return schema
        try:
            self._write([annotation])
        except Exception:  # noqa: BLE001 - annotations are any expressions
            schema["description"] = f"Declared as {_named(annotation)}."
        else:
            self._waiting.append((schema, annotation))
        return schema

    def components(self) -> dict[str, Schema]:
        """Fill in all schemas; return those that they refer to, by name."""
        made, components = self._write([one for _, one in self._waiting])
        for (schema, _), written in zip(self._waiting, made, strict=True):
            found = _as_draft_7(written)
            # Next to a reference, draft 7 sees nothing.
            apart = bool(schema) and "$ref" in found
            schema.update({"allOf": [found]} if apart else {**found, **schema})
        shared = {**self._pydantic, **components}
        return {name: _as_draft_7(shared[name]) for name in sorted(shared)}

    def _write(
        self, annotations: Iterable[Any]
    ) -> tuple[tuple[Schema, ...], dict[str, Schema]]:
        return msgspec.json.schema_components(
            annotations,
            schema_hook=self._write_other,
            ref_template=f"{_COMPONENTS}{{name}}",
        )

    def _write_other(self, cls: type) -> Schema:
        """Return the schema of a class that msgspec does not know."""
        write: Callable[..., Schema] | None = getattr(cls, "model_json_schema", None)
        if write is None or "pydantic" not in sys.modules:
            raise NotImplementedError
        name = re.sub(r"[^\w.-]", "_", f"{cls.__module__}.{cls.__qualname__}")
        written = write(ref_template=f"{_COMPONENTS}{name}.{{model}}")
        for part, schema in written.pop("$defs", {}).items():
            self._pydantic[f"{name}.{part}"] = schema
        self._pydantic[name] = written
        return {"$ref": f"{_COMPONENTS}{name}"}


def _named(annotation: Any) -> str:
    plain = isinstance(annotation, type) and not typing.get_args(annotation)
    return annotation.__qualname__ if plain else str(annotation)


def _as_draft_7(schema: Any) -> Any:
    """Rewrite a schema, and all schemas in it, as AsyncAPI has them."""
    kind: object = type(schema)
    if kind is list:
        return [_as_draft_7(one) for one in schema]
    if kind is not dict:
        return schema
    written: Schema = {name: _value(name, schema[name]) for name in schema}
    # Another meaning there; each alternative has the constant of its own anyway.
    written.pop("discriminator", None)
    if "prefixItems" in written:
        written["additionalItems"] = written.pop("items", True)
        written["items"] = written.pop("prefixItems")
    if written.get("contentEncoding") == "base64":
        # On the wire of Socket.IO binary is binary.
        del written["contentEncoding"]
        written["format"] = "binary"
    return written


def _value(name: str, value: Any) -> Any:
    if name in _VALUES:
        return value
    if name in _NAMED:
        return {key: _as_draft_7(one) for key, one in value.items()}
    return _as_draft_7(value)
