"""From signatures to the payloads of an AsyncAPI document.

AsyncAPI's own schemas are a superset of JSON Schema draft 7; msgspec and pydantic write
draft 2020-12.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from inspect import Parameter
from math import isfinite
from typing import Any, Final, cast

from nsroute.arguments import Signature
from nsroute.schemas import Schema, Schemas, evaluated, result_of

_COMPONENTS: Final = "#/components/schemas/"
_NAMED: Final = frozenset({"properties", "patternProperties", "definitions", "$defs"})
"""Keywords whose value maps names, which may look like keywords, to schemas."""
_VALUES: Final = frozenset({"const", "default", "enum", "examples", "required"})
"""Keywords whose value is data."""


def new_schemas() -> Schemas:
    """Make the collection of the schemas of one document."""
    return Schemas(_COMPONENTS, rewrite=_as_draft_7)


def event_payload(
    signature: Signature | None, schemas: Schemas, *, sent: bool = False
) -> Schema:
    """Return the schema of what an event carries: the array of its arguments.

    What has a default may be left out, but not of what the server has sent.
    """
    if signature is None:
        return {"type": "array"}
    found = signature.parameters
    items = [_argument(signature, one, schemas) for one in found.positional]
    rest = found.rest
    more = rest is not None and schemas.of(evaluated(signature, rest.annotation))
    return _array(items, len(items) if sent else found.required_count, more)


def auth_payload(signature: Signature | None, schemas: Schemas) -> Schema:
    """Return the schema of what a connect carries: `auth`, if the handler takes it."""
    if signature is None or not signature.parameters.positional:
        return {}
    return _argument(signature, signature.parameters.positional[0], schemas)


def reply_payload(signature: Signature | None, schemas: Schemas) -> Schema:
    """Return the schema of an acknowledgement: the array of its values."""
    result = result_of(signature)
    parts = result.parts
    if result.kind == "any":
        return {"type": "array"}
    if parts[-1:] == (...,):
        return _array([], 0, schemas.of(parts[0]))
    least = 0 if result.optional else len(parts)
    return _array([schemas.of(part) for part in parts], least, False)


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
    return schemas.of(evaluated(signature, parameter.annotation), **beside)


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
