"""What an annotation is made of: the fields of its class, the parts of its union."""

from __future__ import annotations

import dataclasses
import enum
import inspect
import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any

import attrs
import msgspec


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
    """Return the fields of a class that arrives as an object; None for anything else.

    Raises:
        NameError: If a field's annotation names what is not there (yet).
    """
    cls: Any = origin_of(annotation)
    if not isinstance(cls, type) or is_pydantic(cls):
        return None
    if attrs.has(cls) or dataclasses.is_dataclass(cls):
        return tuple(_init_fields(cls, hints_of(annotation)))
    if typing.is_typeddict(typing.cast("Any", cls)):
        return tuple(_typed_dict_fields(cls, hints_of(annotation)))
    if issubclass(cls, msgspec.Struct) and not _is_row(cls):
        hints = hints_of(annotation)
        return tuple(
            Field(one.encode_name, one.name, hints[one.name], one.required)
            for one in msgspec.structs.fields(cls)
        )
    return None


def parts_of(annotation: Any) -> tuple[Any, ...]:
    """Return the annotations that an annotation is built of."""
    for name in ("__supertype__", "__value__"):  # a NewType; `type X = …`
        if hasattr(annotation, name):
            return (getattr(annotation, name),)
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return (annotation.__origin__,)
    fields = fields_of(annotation)
    if fields is not None:
        return tuple(field.type for field in fields)
    if is_tuple(annotation) and origin_of(annotation) is not tuple:
        return tuple(hints_of(annotation).values())
    given = () if origin is typing.Literal else typing.get_args(annotation)
    return tuple(part for part in given if part is not ...)


def reachable(annotation: Any) -> Iterator[Any]:
    """Yield an annotation and all that it is built of, each thing once."""
    seen: list[Any] = []
    waiting = [annotation]
    while waiting:
        found = waiting.pop()
        if found not in seen:
            seen.append(found)
            yield found
            waiting.extend(parts_of(found))


def hints_of(annotation: Any) -> dict[str, Any]:
    """Return the annotations of a class, the type variables of `Box[int]` bound."""
    cls = origin_of(annotation)
    hints = typing.get_type_hints(cls, include_extras=True)
    variables = getattr(cls, "__parameters__", ())
    # Not strict: `Box` alone leaves its variables free.
    bound = dict(zip(variables, typing.get_args(annotation), strict=False))
    return {name: _substitute(hint, bound) for name, hint in hints.items()}


def origin_of(annotation: Any) -> Any:
    """Return the class behind a generic alias; anything else as it is."""
    return typing.get_origin(annotation) or annotation


def bare(annotation: Any) -> Any:
    """Return what stands in an `Annotated`; anything else as it is."""
    is_annotated = typing.get_origin(annotation) is typing.Annotated
    return annotation.__origin__ if is_annotated else annotation


def name_of(annotation: Any) -> str:
    """Return the short name of a class; the text of any other annotation."""
    return str(getattr(annotation, "__qualname__", annotation))


def is_union(annotation: Any) -> bool:
    """Return whether an annotation is `X | Y`, however it is written."""
    return typing.get_origin(annotation) in (typing.Union, types.UnionType)


def is_tuple(annotation: Any) -> bool:
    """Return whether a class arrives as an array of so many items, each of its type."""
    cls: Any = origin_of(annotation)
    return isinstance(cls, type) and (issubclass(cls, tuple) or _is_row(cls))


def _is_row(cls: Any) -> bool:
    return issubclass(cls, msgspec.Struct) and cls.__struct_config__.array_like


def is_pydantic(annotation: Any) -> bool:
    """Return whether a class is one of pydantic's, without importing pydantic."""
    return isinstance(annotation, type) and any(
        hasattr(annotation, name)
        for name in ("__pydantic_validator__", "model_validate")
    )


def choices_of(annotation: Any) -> tuple[Any, ...] | None:
    """Return the wire values that an enum or a `Literal` allows; None for others."""
    annotation = bare(annotation)
    if typing.get_origin(annotation) is typing.Literal:
        return typing.get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return tuple(one.value for one in annotation)
    return None


def is_mapping(annotation: Any) -> bool:
    """Return whether an annotation is a `dict`, or another mapping."""
    cls = origin_of(annotation)
    is_class = isinstance(cls, type) and not typing.is_typeddict(cls)
    return is_class and issubclass(cls, Mapping)


def is_sequence(annotation: Any) -> bool:
    """Return whether an annotation is an array of any length, such as `list[int]`."""
    cls, given = origin_of(annotation), typing.get_args(annotation)
    if not isinstance(cls, type) or cls in (typing.Annotated, types.UnionType):
        return False
    any_length = ... in given or (bool(given) and not is_tuple(annotation))
    return any_length and not arrives_as_object(annotation)


def arrives_as_object(annotation: Any) -> bool:
    """Return whether a JSON object becomes what an annotation declares."""
    annotation = bare(annotation)
    whole = is_mapping(annotation) or is_pydantic(origin_of(annotation))
    return whole or fields_of(annotation) is not None


def needs_init(annotation: Any) -> bool:
    """Return whether only `__init__` makes the instances of a class as they should be.

    msgspec sets the attributes of attrs classes and dataclasses past `__init__`, so
    that converters do not run and a client may set what the class keeps to itself.
    """
    cls = origin_of(annotation)
    if not isinstance(cls, type):
        return False
    if attrs.has(cls):
        own_init = hasattr(cls, "__attrs_init__") or hasattr(cls, "__attrs_pre_init__")
        untyped = {one.name for one in attrs.fields(cls)}.difference(hints_of(cls))
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


def _substitute(hint: Any, bound: Mapping[Any, Any]) -> Any:
    if isinstance(hint, typing.TypeVar):
        return bound.get(hint, hint)
    parameters = getattr(hint, "__parameters__", ())
    if not bound or not parameters or isinstance(hint, type):
        return hint
    return hint[tuple(bound.get(one, one) for one in parameters)]


def _init_fields(cls: Any, hints: Mapping[str, Any]) -> Iterator[Field]:
    keys = {a.alias or a.name: a.name for a in getattr(cls, "__attrs_attrs__", ())}
    for one in inspect.signature(cls).parameters.values():
        key = keys.get(one.name, one.name)
        given = Any if one.annotation is one.empty else one.annotation
        hint = hints.get(key, given)
        if isinstance(hint, dataclasses.InitVar):
            hint = typing.cast("Any", hint).type
        yield Field(key, one.name, hint, one.default is one.empty)


def _typed_dict_fields(cls: Any, hints: Mapping[str, Any]) -> Iterator[Field]:
    for name, hint in hints.items():
        required = name in cls.__required_keys__
        if typing.get_origin(hint) in (typing.Required, typing.NotRequired):
            # `__required_keys__` is wrong where annotations are strings.
            required = typing.get_origin(hint) is typing.Required
            (hint,) = typing.get_args(hint)  # noqa: PLW2901
        yield Field(name, name, hint, required)
