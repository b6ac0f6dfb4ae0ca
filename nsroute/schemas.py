"""From docstrings, signatures and annotations to JSON Schema, for what describes them.

msgspec and pydantic write draft 2020-12. `Schemas` collects all annotations before it
writes any, so that classes of one name in several modules get different names.
"""

from __future__ import annotations

import inspect
import re
import sys
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from inspect import Parameter
from typing import Any, Final, Literal, cast

import attrs
import msgspec

from nsroute.arguments import (
    Signature,
    bare,
    fields_of,
    is_tuple,
    is_union,
    origin_of,
    reachable,
)

Schema = dict[str, Any]

_ANYTHING: Final = (Any, object, Parameter.empty)


def unchanged(schema: Schema) -> Schema:
    """Return a schema as it is."""
    return schema


class Schemas:
    """The schemas of a document: call `of` for all of them, then `components`.

    Args:
        where: What stands before the name of a component in a reference.
        sent: Whether they are of what the server sends: there all fields of a class
            are, also those that a client may leave out.
        rewrite: What becomes of each schema.
    """

    def __init__(
        self,
        where: str,
        *,
        sent: bool = False,
        rewrite: Callable[[Schema], Schema] = unchanged,
    ) -> None:
        self._where = where
        self._sent = sent
        self._rewrite = rewrite
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
            self._write([annotation, *self._whole(annotation)])
        except Exception:  # noqa: BLE001 - annotations are any expressions
            if is_union(annotation):
                # msgspec has no union of text and binary, and nsroute converts it.
                schema["anyOf"] = [self.of(one) for one in typing.get_args(annotation)]
            else:
                schema["description"] = f"Declared as {_named(annotation)}."
        else:
            self._waiting.append((schema, annotation))
        return schema

    @property
    def annotations(self) -> list[Any]:
        """What schemas were asked for."""
        return [one for _, one in self._waiting]

    @property
    def schemas(self) -> list[Schema]:
        """What `of` has returned for them."""
        return [one for one, _ in self._waiting]

    def components(self, beside: Iterable[Any] = ()) -> dict[str, Schema]:
        """Fill in all schemas; return those that they refer to, by name.

        Those of annotations `beside` are among them: two collections that are given
        each other's annotations have the same names for the same classes.
        """
        annotations = self.annotations
        whole = [one for each in annotations for one in self._whole(each)]
        made, components = self._write([*annotations, *whole, *beside])
        for reference in made[len(annotations) :][: len(whole)]:
            _require_all(components[reference["$ref"].removeprefix(self._where)])
        for (schema, _), written in zip(self._waiting, made, strict=False):
            found = self._rewrite(written)
            # Next to a reference, draft 7 sees nothing.
            apart = bool(schema) and "$ref" in found
            schema.update({"allOf": [found]} if apart else {**found, **schema})
        shared = {**self._pydantic, **components}
        return {name: self._rewrite(shared[name]) for name in sorted(shared)}

    def _whole(self, annotation: Any) -> list[Any]:
        """Return the classes in an annotation whose fields are all sent."""
        return [*filter(_is_sent_whole, reachable(annotation))] if self._sent else []

    def _write(
        self, annotations: Iterable[Any]
    ) -> tuple[tuple[Schema, ...], dict[str, Schema]]:
        return msgspec.json.schema_components(
            annotations,
            schema_hook=self._write_other,
            ref_template=f"{self._where}{{name}}",
        )

    def _write_other(self, cls: type) -> Schema:
        """Return the schema of a class that msgspec does not know."""
        write: Callable[..., Schema] | None = getattr(cls, "model_json_schema", None)
        if write is None or "pydantic" not in sys.modules:
            raise NotImplementedError
        name = re.sub(r"[^\w.-]", "_", f"{cls.__module__}.{cls.__qualname__}")
        # What is sent is dumped under the names of the fields.
        way: Mapping[str, Any] = (
            {"mode": "serialization", "by_alias": False} if self._sent else {}
        )
        written = write(ref_template=f"{self._where}{name}.{{model}}", **way)
        parts = written.pop("$defs", {})
        models = {f"{name}.{part}": schema for part, schema in parts.items()}
        models[name] = written
        for model in models.values() if self._sent else ():
            _require_all(model)
        self._pydantic |= models
        return {"$ref": f"{self._where}{name}"}


@attrs.frozen
class Result:
    """What answers an event, as an annotation declares it."""

    kind: Literal["nothing", "value", "values", "any"]
    parts: tuple[Any, ...] = ()
    """The annotation of each value; an `...` behind the only one is any number."""
    optional: bool = False
    """Whether the only value may be None, which is sent as none."""


def result_of(signature: Signature | None) -> Result:
    """Return what an acknowledgement holds: none, one or several values, or any."""
    if signature is None or signature.parameters.returns is Parameter.empty:
        return Result("any")
    result = bare(evaluated(signature, signature.parameters.returns))
    if _may_be_several(result):
        return Result("any")
    if result in (None, types.NoneType):
        return Result("nothing")
    parts = _parts_of(result)
    if parts is None:
        optional = types.NoneType in typing.get_args(result)
        return Result("value", (result,), optional)
    return Result("values", parts)


def described(thing: object) -> dict[str, str]:
    """Return a docstring as a summary and a description, as far as there is one."""
    doc = None if thing is None else thing.__doc__  # since 3.13 None has one
    text = inspect.cleandoc(doc or "")
    summary, _, rest = text.partition("\n\n")
    parts = {"summary": " ".join(summary.split()), "description": rest.strip()}
    return {name: part for name, part in parts.items() if part}


def evaluated(signature: Signature, annotation: Any) -> Any:
    """Resolve an annotation; one that cannot be resolved stays as it is written."""
    try:
        return signature.evaluate(annotation)
    except Exception:  # noqa: BLE001 - annotations are any expressions
        return annotation


def _is_sent_whole(annotation: Any) -> bool:
    """Return whether all fields of a class are sent, defaults included."""
    cls: Any = origin_of(annotation)
    if is_tuple(annotation):
        return cls is not tuple
    fields = fields_of(annotation)
    config = getattr(cls, "__struct_config__", None)
    if fields is None or typing.is_typeddict(cls) or (config and config.omit_defaults):
        return False
    return not any(msgspec.UnsetType in typing.get_args(one.type) for one in fields)


def _require_all(schema: Schema) -> None:
    if "properties" in schema:
        schema["required"] = [*schema["properties"]]
    if "prefixItems" in schema:
        schema["minItems"] = len(schema["prefixItems"])


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


def _named(annotation: Any) -> str:
    plain = isinstance(annotation, type) and not typing.get_args(annotation)
    return annotation.__qualname__ if plain else str(annotation)
