"""From a handler's signature and docstring to the messages of its operation."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Sequence
from inspect import Parameter
from math import isfinite
from typing import Any, cast

from nsroute.arguments import Signature, bare, is_union
from nsroute.asyncapi.schemas import Schema, Schemas


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
