"""What an annotation is made of: the fields of its class, the parts of its union."""

from __future__ import annotations

import dataclasses
import enum
import inspect
import types
import typing
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import attrs
import msgspec

_WRAPPERS = (typing.Annotated, typing.Final, typing.Required, typing.NotRequired)


@attrs.frozen
class Field:
    """One field of a class that arrives as a JSON object."""

    key: str
    argument: str  # the parameter of `__init__` that sets it
    type: Any
    required: bool


def fields_of(annotation: Any) -> tuple[Field, ...] | None:
    """Return the fields of a class that arrives as an object; None for others."""
    cls: Any = origin_of(annotation)
    if not isinstance(cls, type) or is_pydantic(cls) or is_tuple(cls):
        return None
    if typing.is_typeddict(typing.cast("Any", cls)):
        return tuple(_typed_dict_fields(cls))
    is_attrs = attrs.has(cls) or dataclasses.is_dataclass(cls)
    if is_attrs or issubclass(cls, msgspec.Struct):
        return tuple(_init_fields(cls))
    return None


def parts_of(annotation: Any) -> tuple[Any, ...]:
    """Return the annotations that an annotation is built of."""
    inner, given = _unwrapped(annotation), typing.get_args(annotation)
    if inner is not annotation:
        return (inner,)
    if typing.get_origin(annotation) is typing.Literal:
        return ()
    fields = fields_of(annotation)
    if fields is not None:
        return (*(field.type for field in fields), *given)
    if is_tuple(annotation) and origin_of(annotation) is not tuple:
        return tuple(hints_of(annotation).values())
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
    """Return the annotations of a class."""
    return typing.get_type_hints(origin_of(annotation), include_extras=True)


def origin_of(annotation: Any) -> Any:
    """Return the class behind a generic alias; anything else as it is."""
    return typing.get_origin(annotation) or annotation


def bare(annotation: Any) -> Any:
    """Return what stands in an `Annotated`, or behind another name for something."""
    inner = _unwrapped(annotation)
    return annotation if inner is annotation else bare(inner)


def _unwrapped(annotation: Any) -> Any:
    if typing.get_origin(annotation) in _WRAPPERS:
        return typing.get_args(annotation)[0]
    for name in ("__supertype__", "__value__"):  # a NewType; `type X = …`
        if hasattr(annotation, name):
            return getattr(annotation, name)
    return annotation


def name_of(annotation: Any) -> str:
    """Return the short name of a class; the text of any other annotation."""
    return str(getattr(annotation, "__qualname__", annotation))


def is_union(annotation: Any) -> bool:
    """Return whether an annotation is `X | Y`, however it is written."""
    return typing.get_origin(annotation) in (typing.Union, types.UnionType)


def members_of(union: Any) -> list[Any]:
    """Return the members of a union but None."""
    return [one for one in typing.get_args(union) if one is not types.NoneType]


def is_tuple(annotation: Any) -> bool:
    """Return whether a class arrives as an array of so many items, each of its type."""
    cls: Any = origin_of(annotation)
    if not isinstance(cls, type):
        return False
    config = getattr(cls, "__struct_config__", None)
    return issubclass(cls, tuple) or bool(config and config.array_like)


def is_pydantic(annotation: Any) -> bool:
    """Return whether a class is one of pydantic's, without importing pydantic."""
    names = ("__pydantic_validator__", "model_validate")
    return isinstance(annotation, type) and any(hasattr(annotation, n) for n in names)


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
    if not isinstance(cls, type) or not issubclass(cls, Collection):
        return False
    return ... in given or (len(given) == 1 and not is_tuple(annotation))


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
    cls: Any = origin_of(annotation)
    if not isinstance(cls, type):
        return False
    if attrs.has(cls):
        own_init = hasattr(cls, "__attrs_init__") or hasattr(cls, "__attrs_pre_init__")
        hints = hints_of(cls)
        return own_init or any(_is_set_by_init(a, hints) for a in attrs.fields(cls))
    if not dataclasses.is_dataclass(cls):
        return False
    every = typing.cast("Any", cls).__dataclass_fields__.values()
    hidden = any(not one.init for one in every)
    # Those that are not fields are `InitVar`s, or `ClassVar`s, which do no harm here.
    more = len(every) > len(dataclasses.fields(cls))
    own_init = not typing.cast("Any", cls).__dataclass_params__.init
    return hidden or more or own_init or is_pydantic(cls)


def _is_set_by_init(attribute: Any, hints: Mapping[str, Any]) -> bool:
    needs_self = getattr(attribute.default, "takes_self", False)
    is_changed = needs_self or attribute.converter is not None
    return is_changed or not attribute.init or attribute.name not in hints


def _init_fields(cls: Any) -> Iterator[Field]:
    names = {a.alias or a.name: a.name for a in getattr(cls, "__attrs_attrs__", ())}
    own = getattr(cls, "__struct_fields__", ())
    encoded = getattr(cls, "__struct_encode_fields__", ())
    keys: dict[str, Any] = dict(zip(own, encoded, strict=True))
    hints = hints_of(cls)
    for one in inspect.signature(cls).parameters.values():
        name = names.get(one.name, one.name)
        hint = hints.get(name, Any if one.annotation is one.empty else one.annotation)
        if isinstance(hint, dataclasses.InitVar):
            hint = typing.cast("Any", hint).type
        yield Field(keys.get(name, name), one.name, hint, one.default is one.empty)


def _typed_dict_fields(cls: Any) -> Iterator[Field]:
    for name, hint in hints_of(cls).items():
        # `__required_keys__` is wrong where annotations are strings.
        if typing.get_origin(hint) in (typing.Required, typing.NotRequired):
            is_required = typing.get_origin(hint) is typing.Required
            yield Field(name, name, _unwrapped(hint), is_required)
        else:
            yield Field(name, name, hint, name in cls.__required_keys__)
