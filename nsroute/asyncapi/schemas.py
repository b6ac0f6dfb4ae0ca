"""From docstrings, signatures and annotations to the schemas of an AsyncAPI document.

AsyncAPI's own schemas are a superset of JSON Schema draft 7; msgspec and pydantic write
draft 2020-12. `Schemas` collects all annotations before it writes any, so that classes
of one name in several modules get different names.
"""

from __future__ import annotations

import inspect
import re
import sys
import types
import typing
from collections.abc import Callable, Iterable, Sequence
from inspect import Parameter
from math import isfinite
from typing import Any, Final, cast

import msgspec

from nsroute.arguments import Signature, bare, is_union

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


def described(thing: object) -> dict[str, str]:
    """Return a docstring as a summary and a description, as far as there is one."""
    doc = None if thing is None else thing.__doc__  # since 3.13 None has one
    text = inspect.cleandoc(doc or "")
    summary, _, rest = text.partition("\n\n")
    parts = {"summary": " ".join(summary.split()), "description": rest.strip()}
    return {name: part for name, part in parts.items() if part}


def event_payload(signature: Signature | None, schemas: Schemas) -> Schema:
    """Return the schema of what an event carries: the array of its arguments."""
    if signature is None:
        return {"type": "array"}
    found = signature.parameters
    items = [_argument(signature, one, schemas) for one in found.positional]
    rest = found.rest
    more = rest is not None and schemas.of(_evaluated(signature, rest.annotation))
    return _array(items, found.required_count, more)


def auth_payload(signature: Signature | None, schemas: Schemas) -> Schema:
    """Return the schema of what a connect carries: `auth`, if the handler takes it."""
    if signature is None or not signature.parameters.positional:
        return {}
    return _argument(signature, signature.parameters.positional[0], schemas)


def reply_payload(signature: Signature | None, schemas: Schemas) -> Schema:
    """Return the schema of an acknowledgement: the array of its values."""
    if signature is None or signature.parameters.returns is Parameter.empty:
        return {"type": "array"}
    result = bare(_evaluated(signature, signature.parameters.returns))
    if _may_be_several(result):
        return {"type": "array"}
    if result in (None, types.NoneType):
        return _array([], 0, False)
    parts = _parts_of(result)
    if parts is None:
        optional = types.NoneType in typing.get_args(result)
        return _array([schemas.of(result)], 0 if optional else 1, False)
    if parts[-1:] == (...,):
        return _array([], 0, schemas.of(parts[0]))
    return _array([schemas.of(part) for part in parts], len(parts), False)


def _may_be_several(result: Any) -> bool:
    """Return whether a result may be one value or a tuple, which is as many."""
    if is_union(result):
        return any(_parts_of(bare(one)) is not None for one in typing.get_args(result))
    return result in (Any, object, tuple)


def _parts_of(result: Any) -> tuple[Any, ...] | None:
    """Return what a tuple holds, a named one too; None for other types."""
    if typing.get_origin(result) is tuple:
        return typing.get_args(result)
    if isinstance(result, type) and issubclass(result, tuple):
        named = cast("Any", result)
        hints = typing.get_type_hints(named, include_extras=True)
        return tuple(hints.get(name, Any) for name in getattr(named, "_fields", ()))
    return None


def _array(items: Sequence[Schema], least: int, more: Schema | bool) -> Schema:
    """Return the schema of an array whose first `least` items are required."""
    array: Schema = {"type": "array"}
    if items:
        array |= {"items": list(items), "additionalItems": more}
    elif more is not False:
        array["items"] = more
    if least:
        array["minItems"] = least
    if more is False:
        array["maxItems"] = len(items)
    return array


def _argument(signature: Signature, parameter: Parameter, schemas: Schemas) -> Schema:
    beside: Schema = {"title": parameter.name}
    default = parameter.default
    finite = not isinstance(default, float) or isfinite(default)
    if isinstance(default, str | int | float) and finite:
        beside["default"] = default
    return schemas.of(_evaluated(signature, parameter.annotation), **beside)


def _evaluated(signature: Signature, annotation: Any) -> Any:
    """Resolve an annotation; one that cannot be resolved stays as it is written."""
    try:
        return signature.evaluate(annotation)
    except Exception:  # noqa: BLE001 - annotations are any expressions
        return annotation


def _named(annotation: Any) -> str:
    plain = isinstance(annotation, type) and not typing.get_args(annotation)
    return annotation.__qualname__ if plain else str(annotation)


def _as_draft_7(schema: Any) -> Any:
    """Rewrite a schema, and all schemas in it, as AsyncAPI has them."""
    if isinstance(schema, list):
        return [*map(_as_draft_7, cast("Iterable[Any]", schema))]
    if not isinstance(schema, dict):
        return schema
    found = cast("Schema", schema)
    written = {name: _value(name, value) for name, value in found.items()}
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
