"""One annotation -> a type that msgspec converts as the annotated class would.

msgspec makes most things as they should be made. Where it would not, a *stand-in* takes
the place of the annotation, a type that msgspec leaves to nsroute:

- attrs classes with converters, `init=False` fields and the like, and dataclasses with
  `InitVar`s: msgspec sets their attributes past `__init__`, so that converters do not
  run and a client may set what the class keeps to itself;
- pydantic's dataclasses, and unions of pydantic models with anything else;
- unions of `bytes` with text, which the wire tells apart and msgspec does not.
"""

from __future__ import annotations

import inspect
import sys
import types
import typing
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec
from msgspec import UNSET
from msgspec.structs import astuple

from nsroute.arguments.conversion import BINARY, Make, StandIn, converter
from nsroute.arguments.shapes import (
    Field,
    arrives_as_object,
    bare,
    fields_of,
    is_pydantic,
    is_union,
    makes_itself,
    name_of,
    origin_of,
    parts_of,
    reachable,
)

__all__ = ["Unconvertible", "prepare"]

_FOREIGN_LIMITS = ("annotated_types", "pydantic")
_STRUCT_OPTIONS = ("tag", "tag_field", "forbid_unknown_fields")


class Unconvertible(Exception):
    """No wire value becomes what an annotation declares; the text says why."""


def prepare(annotation: Any) -> Any:
    """Give the type that converts wire values to what an annotation declares.

    Raises:
        NameError: If the annotation names what is not there (yet).
        Unconvertible: If nothing can.
    """
    try:
        return _Preparation().checked(annotation)
    except (NameError, Unconvertible):
        raise
    except Exception as error:  # whatever msgspec and typing refuse
        raise Unconvertible(str(error)) from error


class _Preparation:
    """The stand-ins of one annotation, each made once: classes may hold themselves."""

    def __init__(self) -> None:
        self.stand_ins: list[tuple[Any, StandIn]] = []

    def checked(self, annotation: Any) -> Any:
        """Rewrite an annotation, and refuse what nothing can make."""
        for one in reachable(annotation):
            _refuse_foreign_limits(one)
        prepared = self.rewrite(annotation)
        for cls in _left_over(msgspec.inspect.type_info(prepared)):
            if is_pydantic(cls):
                _complete(cls)
            elif not isinstance(cls, StandIn) and cls is not object:
                raise Unconvertible(f"no value on the wire becomes a {name_of(cls)!r}")
        return prepared

    def rewrite(self, annotation: Any) -> Any:
        if not any(_needs_stand_in(one) for one in reachable(annotation)):
            return annotation
        for known, stand_in in self.stand_ins:
            if known == annotation:
                return stand_in
        if is_union(annotation):
            return self.rewrite_union(annotation)
        if is_pydantic(annotation):
            return self.stand_in(annotation, _pydantic_maker)
        if fields_of(annotation) is not None:
            return self.stand_in(annotation, self.object_maker)
        return self.rebuild(annotation)

    def rebuild(self, annotation: Any) -> Any:
        """Build an alias again, of rewritten parts."""
        parts = tuple(self.rewrite(part) for part in parts_of(annotation))
        origin = typing.get_origin(annotation)
        if origin is typing.Annotated:
            return typing.Annotated[(*parts, *annotation.__metadata__)]
        if isinstance(origin, type):
            rest = (...,) if ... in typing.get_args(annotation) else ()
            return types.GenericAlias(origin, (*parts, *rest))
        if len(parts) == 1 and not isinstance(annotation, type):
            return parts[0]  # of another name for something
        raise Unconvertible(_cannot_hold(annotation))

    def rewrite_union(self, annotation: Any) -> Any:
        members = tuple(self.rewrite(one) for one in typing.get_args(annotation))
        if len(_besides_none(members)) == 1:
            return _union(members)
        return self.stand_in(annotation, lambda _: self.union_maker(members))

    def union_maker(self, members: tuple[Any, ...]) -> Make:
        """Choose by what the wire tells apart: an object, binary, anything else."""
        ours = tuple(one for one in members if _is_ours(bare(one)))
        binary = tuple(one for one in members if bare(one) in BINARY)
        rest = tuple(one for one in members if one not in ours + binary)
        to_object = converter(self.one_object(ours, rest))
        more = " | object" * bool(ours) + " | bytes" * bool(binary)
        to_binary = converter(binary[0] if binary else bytes)
        to_other = (
            converter(self.checked(_union(rest or binary)))
            if rest or binary
            else to_object
        )

        def make(value: Any) -> Any:
            if ours and isinstance(value, dict):
                return to_object(value)
            if binary and isinstance(value, BINARY):
                return to_binary(value)
            try:
                return to_other(value)
            except msgspec.ValidationError as error:
                if error.__cause__ is not None:
                    raise
                raise ValueError(_widen(str(error), more)) from None

        return make

    def one_object(self, ours: tuple[Any, ...], rest: Sequence[Any]) -> Any:
        """Give the one type that the objects of a union become."""
        if ours and any(arrives_as_object(one) for one in rest):
            raise Unconvertible(_AMBIGUOUS)
        if len(ours) < 2:
            return ours[0] if ours else None
        if not all(is_pydantic(bare(one)) for one in ours):
            raise Unconvertible(_AMBIGUOUS)
        return self.stand_in(_union(ours), _pydantic_maker)

    def stand_in(self, annotation: Any, maker: Callable[[Any], Make]) -> StandIn:
        made = StandIn(name_of(annotation), (), {})
        self.stand_ins.append((annotation, made))
        made.use(maker(annotation))
        return made

    def object_maker(self, annotation: Any) -> Make:
        """Convert the fields, then call the class: whatever it does, it does."""
        cls = origin_of(annotation)
        fields = fields_of(annotation) or ()
        convert = converter(self.shadow(cls, fields))
        arguments = tuple(field.argument for field in fields)
        if makes_itself(annotation):
            _check_init(cls, arguments)

        def make(value: Any) -> Any:
            given = zip(arguments, astuple(convert(value)), strict=True)
            return cls(**{name: one for name, one in given if one is not UNSET})

        return make

    def shadow(self, cls: Any, fields: Sequence[Field]) -> Any:
        """Make a Struct that takes in what a class does, and nothing else."""
        config = getattr(cls, "__struct_config__", None)
        if config is not None and config.array_like:
            raise Unconvertible(_cannot_hold(cls))
        options = _STRUCT_OPTIONS if config is not None else ()
        return msgspec.defstruct(
            cls.__name__,
            [self.shadow_field(i, field) for i, field in enumerate(fields)],
            rename={f"_{i}": field.key for i, field in enumerate(fields)},
            kw_only=True,
            **{option: getattr(config, option) for option in options},
        )

    def shadow_field(
        self, i: int, field: Field
    ) -> tuple[str, Any] | tuple[str, Any, Any]:
        prepared = self.checked(field.type)
        return (f"_{i}", prepared) if field.required else (f"_{i}", prepared, UNSET)


_AMBIGUOUS = (
    "a union may hold one class that arrives as an object; for several, take "
    "msgspec.Struct classes with a tag"
)


def _cannot_hold(annotation: Any) -> str:
    return f"{name_of(annotation)!r} cannot hold a class that only its __init__ makes"


def _widen(text: str, more: str) -> str:
    """Add to what msgspec says it expected what it did not know of."""
    expected, got, found = text.partition("`, got `")
    return f"{expected}{more}{got}{found}" if got and " - at " not in found else text


def _refuse_foreign_limits(annotation: Any) -> None:
    """Refuse limits that msgspec passes over: nobody may believe that they hold."""
    if typing.get_origin(annotation) is not typing.Annotated:
        return
    if any(is_pydantic(one) for one in reachable(annotation)):
        return
    for one in annotation.__metadata__:
        if type(one).__module__.partition(".")[0] in _FOREIGN_LIMITS:
            raise Unconvertible(f"msgspec.Meta sets limits here, not {one!r}")


def _check_init(cls: Any, arguments: Sequence[str]) -> None:
    try:
        inspect.signature(cls).bind(**dict.fromkeys(arguments))
    except TypeError as error:
        reason = f"{name_of(cls)!r} cannot be made of its fields: {error}"
        raise Unconvertible(reason) from error


def _complete(model: Any) -> None:
    """Let a pydantic model resolve what it names, which it does when it is called."""
    if not getattr(model, "__pydantic_complete__", True):
        model.model_rebuild(raise_errors=False)
        if not model.__pydantic_complete__:
            raise NameError(f"{name_of(model)!r} names what is not there")


def _pydantic_maker(annotation: Any) -> Make:
    validate: Make = sys.modules["pydantic"].TypeAdapter(annotation).validate_python
    return validate


def _needs_stand_in(annotation: Any) -> bool:
    if not is_union(annotation):
        return makes_itself(annotation)
    members = _besides_none(typing.get_args(annotation))
    chosen_here = any(one in BINARY or is_pydantic(one) for one in map(bare, members))
    return chosen_here and len(members) > 1


def _union(members: Sequence[Any]) -> Any:
    whole = members[0]
    for one in members[1:]:
        whole = whole | one
    return whole


def _besides_none(members: Sequence[Any]) -> list[Any]:
    return [one for one in members if one is not type(None)]


def _is_ours(cls: Any) -> bool:
    return isinstance(cls, StandIn) or is_pydantic(cls)


def _left_over(node: Any) -> Iterator[Any]:
    """Find the classes that msgspec would leave to a hook."""
    seen: set[int] = set()
    waiting: list[Any] = [node]
    while waiting:
        found = waiting.pop()
        if id(found) in seen:
            continue
        seen.add(id(found))
        if isinstance(found, tuple):
            waiting.extend(typing.cast("Any", found))
        elif isinstance(found, msgspec.inspect.CustomType):
            yield found.cls
        elif isinstance(found, (msgspec.inspect.Type, msgspec.inspect.Field)):
            waiting.extend(getattr(found, one) for one in found.__struct_fields__)
