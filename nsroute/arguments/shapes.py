"""What an annotation is made of: the fields of its class, the parts of its union.

msgspec reads annotations for itself. nsroute reads them too: to find what msgspec would
convert otherwise than its class does (`nsroute.arguments.preparation`), and to tell a
client which of several fields are wrong (`nsroute.arguments.explanation`).
"""

from __future__ import annotations

import dataclasses
import enum
import inspect
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import attrs
import msgspec

__all__ = [
    "Field",
    "arrives_as_object",
    "bare",
    "choices_of",
    "fields_of",
    "is_pydantic",
    "is_union",
    "makes_itself",
    "name_of",
    "origin_of",
    "parts_of",
    "reachable",
]


@attrs.frozen
class Field:
    """One field of a class that arrives as a JSON object."""

    key: str
    """Its name on the wire."""
    argument: str
    """The parameter of `__init__` that sets it."""
    type: Any
    """Its annotation."""
    required: bool
    """Whether it has no default."""


def fields_of(annotation: Any) -> tuple[Field, ...] | None:
    """Read the fields of a class that arrives as an object; None for anything else.

    Raises:
        NameError: If a field's annotation names what is not there (yet).
    """
    cls = origin_of(annotation)
    if not isinstance(cls, type) or is_pydantic(cls):
        return None
    for belongs, read in _READERS:
        if belongs(cls):
            return tuple(read(cls, _hints(cls, annotation)))
    return None


def parts_of(annotation: Any) -> tuple[Any, ...]:
    """List the annotations that an annotation is built of."""
    named = getattr(annotation, "__supertype__", None) or getattr(
        annotation, "__value__", None
    )
    if named is not None:  # a NewType; `type X = …`
        return (named,)
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return (annotation.__origin__,)
    fields = fields_of(annotation)
    if fields is not None:
        return tuple(field.type for field in fields)
    if _is_named_tuple(annotation):
        return tuple(_hints(annotation, annotation).values())
    given = () if origin is typing.Literal else typing.get_args(annotation)
    return tuple(part for part in given if part is not ...)


def reachable(annotation: Any) -> Iterator[Any]:
    """Walk an annotation and all that it is built of, each thing once."""
    seen: list[Any] = []
    waiting = [annotation]
    while waiting:
        found = waiting.pop()
        if found in seen:
            continue
        seen.append(found)
        yield found
        waiting.extend(parts_of(found))


def origin_of(annotation: Any) -> Any:
    """Give the class behind a generic alias; anything else as it is."""
    return typing.get_origin(annotation) or annotation


def bare(annotation: Any) -> Any:
    """Give what stands in an `Annotated`; anything else as it is."""
    is_annotated = typing.get_origin(annotation) is typing.Annotated
    return annotation.__origin__ if is_annotated else annotation


def name_of(annotation: Any) -> str:
    """Give the short name of a class; the text of any other annotation."""
    return str(getattr(annotation, "__qualname__", annotation))


def is_union(annotation: Any) -> bool:
    """Tell whether an annotation is `X | Y`, however it is written."""
    return typing.get_origin(annotation) in (typing.Union, types.UnionType)


def is_pydantic(annotation: Any) -> bool:
    """Tell whether a class is one of pydantic's, without importing pydantic."""
    return isinstance(annotation, type) and any(
        hasattr(annotation, name)
        for name in ("__pydantic_validator__", "model_validate")
    )


def choices_of(annotation: Any) -> tuple[Any, ...] | None:
    """List the wire values that an enum or a `Literal` allows; None for others."""
    annotation = bare(annotation)
    if typing.get_origin(annotation) is typing.Literal:
        return typing.get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return tuple(one.value for one in annotation)
    return None


def arrives_as_object(annotation: Any) -> bool:
    """Tell whether a JSON object becomes what an annotation declares."""
    annotation = bare(annotation)
    cls = origin_of(annotation)
    if isinstance(cls, type) and issubclass(cls, Mapping):
        return True
    return is_pydantic(cls) or fields_of(annotation) is not None


def makes_itself(annotation: Any) -> bool:
    """Tell whether a class makes its instances as only its `__init__` can."""
    cls = origin_of(annotation)
    if not isinstance(cls, type):
        return False
    if attrs.has(cls):
        own_init = hasattr(cls, "__attrs_init__") or hasattr(cls, "__attrs_pre_init__")
        untyped = {one.name for one in attrs.fields(cls)} - _annotated(cls)
        return own_init or bool(untyped) or any(map(_is_set_by_init, attrs.fields(cls)))
    if not dataclasses.is_dataclass(cls):
        return False
    every = typing.cast("Any", cls).__dataclass_fields__.values()
    hidden = any(not one.init for one in every)
    # Those that are not fields are `InitVar`s, or `ClassVar`s, which do no harm here.
    more = len(every) > len(dataclasses.fields(cls))
    own_init = not typing.cast("Any", cls).__dataclass_params__.init
    return hidden or more or own_init or is_pydantic(cls)


def _is_set_by_init(attribute: Any) -> bool:
    takes_self = getattr(attribute.default, "takes_self", False)
    return takes_self or attribute.converter is not None or not attribute.init


def _annotated(cls: type) -> set[str]:
    return {name for base in cls.__mro__ for name in inspect.get_annotations(base)}


def _hints(cls: type, annotation: Any) -> dict[str, Any]:
    hints = typing.get_type_hints(cls, include_extras=True)
    variables = getattr(cls, "__parameters__", ())
    # Not strict: `Box` alone leaves its variables free.
    bound = dict(zip(variables, typing.get_args(annotation), strict=False))
    return {name: _substitute(hint, bound) for name, hint in hints.items()}


def _substitute(hint: Any, bound: Mapping[Any, Any]) -> Any:
    if isinstance(hint, typing.TypeVar):
        return bound.get(hint, hint)
    parameters = getattr(hint, "__parameters__", ())
    if not bound or not parameters or isinstance(hint, type):
        return hint
    return hint[tuple(bound.get(one, one) for one in parameters)]


def _attrs_fields(cls: Any, hints: Mapping[str, Any]) -> Iterator[Field]:
    for one in attrs.fields(cls):
        if one.init:
            hint = hints.get(one.name, one.type or Any)
            required = one.default is attrs.NOTHING
            yield Field(one.name, one.alias or one.name, hint, required)


def _dataclass_fields(cls: Any, hints: Mapping[str, Any]) -> Iterator[Field]:
    for one in cls.__dataclass_fields__.values():
        hint = hints[one.name]
        if not one.init or origin_of(hint) is typing.ClassVar:
            continue
        if isinstance(hint, dataclasses.InitVar):
            hint = typing.cast("Any", hint).type
        missing = dataclasses.MISSING
        required = one.default is missing and one.default_factory is missing
        yield Field(one.name, one.name, hint, required)


def _struct_fields(cls: Any, hints: Mapping[str, Any]) -> Iterator[Field]:
    for one in msgspec.structs.fields(cls):
        yield Field(one.encode_name, one.name, hints[one.name], one.required)


def _typed_dict_fields(cls: Any, hints: Mapping[str, Any]) -> Iterator[Field]:
    for name, hint in hints.items():
        origin = typing.get_origin(hint)
        if origin in (typing.Required, typing.NotRequired):
            # `__required_keys__` is wrong where annotations are strings.
            (inner,) = typing.get_args(hint)
            yield Field(name, name, inner, origin is typing.Required)
        else:
            yield Field(name, name, hint, name in cls.__required_keys__)


def _is_struct(cls: type) -> bool:
    return issubclass(cls, msgspec.Struct)


def _is_named_tuple(cls: Any) -> bool:
    return isinstance(cls, type) and hasattr(cls, "_fields") and issubclass(cls, tuple)


_Read = Callable[[Any, Mapping[str, Any]], Iterator[Field]]
_READERS: tuple[tuple[Callable[[type], bool], _Read], ...] = (
    (attrs.has, _attrs_fields),
    (dataclasses.is_dataclass, _dataclass_fields),
    (_is_struct, _struct_fields),
    (typing.is_typeddict, _typed_dict_fields),
)
