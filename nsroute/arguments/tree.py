"""An annotation -> a type that msgspec converts as the annotated classes would.

msgspec makes most things as they should be made. Where it would not, a proxy takes the
place of the annotation, a type whose instances nsroute makes:

- attrs classes and dataclasses that only their `__init__` makes (`needs_init`), and
  classes that hold them;
- pydantic's dataclasses, and unions of pydantic models with anything else;
- unions of `bytes` with text, which the wire tells apart and msgspec does not.
"""

from __future__ import annotations

import re
import sys
import types
import typing
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec
from msgspec import UNSET
from msgspec.structs import astuple

from nsroute.arguments.annotations import (
    Field,
    arrives_as_object,
    bare,
    fields_of,
    is_pydantic,
    is_union,
    name_of,
    needs_init,
    origin_of,
    parts_of,
    reachable,
)
from nsroute.arguments.conversion import BINARY, Converter, Proxy, converter

_FOREIGN_LIMITS = ("annotated_types", "pydantic")
_STRUCT_OPTIONS = ("tag", "tag_field", "forbid_unknown_fields")
_AMBIGUOUS = (
    "a union may hold one class that arrives as an object; for several, take "
    "msgspec.Struct classes with a tag"
)
_EXPECTED = re.compile(r"(Expected `[^`]*)(`, got `[^`]*`)$")
"""What msgspec says of a value of the wrong type, where that is the whole value."""


class Unconvertible(Exception):
    """No wire value becomes what an annotation declares; the text says why."""


class TypeTree:
    """An annotation, and what converts wire values to it and to its parts.

    Raises:
        NameError: If the annotation names what is not there (yet).
        Exception: What else typing, msgspec and `Unconvertible` have against it.
    """

    def __init__(self, annotation: Any) -> None:
        self.annotation = annotation
        self._proxies: list[tuple[Any, Proxy]] = []
        self._converters: list[tuple[Any, Converter]] = []
        self.prepared = self._prepare(annotation)
        self.convert = converter(self.prepared)

    def converter(self, annotation: Any) -> Converter:
        """Return what converts to a part of the annotation."""
        for known, convert in self._converters:
            if known == annotation:
                return convert
        convert = converter(self._prepare(annotation))
        self._converters.append((annotation, convert))
        return convert

    def _prepare(self, annotation: Any) -> Any:
        """Rewrite an annotation, and refuse what nothing can make."""
        for one in reachable(annotation):
            _refuse_foreign_limits(one)
        prepared = self._rewrite(annotation)
        for cls in _custom_types(msgspec.inspect.type_info(prepared)):
            if is_pydantic(cls):
                _complete(cls)
            elif not isinstance(cls, Proxy) and cls is not object:
                raise Unconvertible(f"no value on the wire becomes a {name_of(cls)!r}")
        return prepared

    def _rewrite(self, annotation: Any) -> Any:
        """Put proxies in the place of what msgspec cannot make."""
        if not any(map(_needs_proxy, reachable(annotation))):
            return annotation
        for known, proxy in self._proxies:
            if known == annotation:
                return proxy
        if is_union(annotation):
            return self._rewrite_union(annotation)
        if is_pydantic(annotation):
            return self._proxy(annotation, _pydantic_converter)
        if fields_of(annotation) is not None:
            return self._proxy(annotation, self._object_converter)
        return self._rebuild(annotation)

    def _rebuild(self, annotation: Any) -> Any:
        """Build an alias again, of rewritten parts."""
        parts = tuple(self._rewrite(part) for part in parts_of(annotation))
        origin = typing.get_origin(annotation)
        if origin is typing.Annotated:
            return typing.Annotated[(*parts, *annotation.__metadata__)]
        if isinstance(origin, type):
            rest = (...,) if ... in typing.get_args(annotation) else ()
            return types.GenericAlias(origin, (*parts, *rest))
        if len(parts) == 1 and not isinstance(annotation, type):
            return parts[0]  # of another name for something
        text = (
            f"{name_of(annotation)!r} cannot hold a class that only its __init__ makes"
        )
        raise Unconvertible(text)

    def _proxy(self, annotation: Any, make: Callable[[Any], Converter]) -> Proxy:
        proxy = Proxy(name_of(annotation), (), {})
        self._proxies.append((annotation, proxy))
        proxy.convert = make(annotation)
        return proxy

    def _object_converter(self, annotation: Any) -> Converter:
        """Convert the fields, then call the class."""
        cls = origin_of(annotation)
        fields = fields_of(annotation) or ()
        convert = converter(self._struct_of(cls, fields))
        arguments = tuple(field.argument for field in fields)

        def make(value: Any) -> Any:
            given = zip(arguments, astuple(convert(value)), strict=True)
            return cls(**{name: one for name, one in given if one is not UNSET})

        return make

    def _struct_of(self, cls: Any, fields: Sequence[Field]) -> Any:
        """Return a Struct that has the fields of a class."""
        config = getattr(cls, "__struct_config__", None)
        options = _STRUCT_OPTIONS if config is not None else ()
        types_ = [self._prepare(field.type) for field in fields]
        return msgspec.defstruct(
            cls.__name__,
            [
                (f"_{i}", type_) if field.required else (f"_{i}", type_, UNSET)
                for i, (type_, field) in enumerate(zip(types_, fields, strict=True))
            ],
            rename={f"_{i}": field.key for i, field in enumerate(fields)},
            kw_only=True,
            **{option: getattr(config, option) for option in options},
        )

    def _rewrite_union(self, annotation: Any) -> Any:
        members = tuple(self._rewrite(one) for one in typing.get_args(annotation))
        if len(_besides_none(members)) == 1:
            return _union(members)
        if all(map(is_pydantic, members)):
            return self._proxy(annotation, _pydantic_converter)
        return self._proxy(annotation, lambda _: self._union_converter(members))

    def _union_converter(self, members: Sequence[Any]) -> Converter:
        """Choose by what the wire tells apart: an object, binary, anything else."""
        ours = [one for one in members if _is_ours(bare(one))]
        binary = [one for one in members if bare(one) in BINARY]
        rest = [one for one in members if one not in (*ours, *binary)]
        is_one = len(ours) < 2 or all(is_pydantic(bare(one)) for one in ours)
        if ours and (not is_one or any(map(arrives_as_object, rest))):
            raise Unconvertible(_AMBIGUOUS)
        kinds: list[tuple[Any, str, list[Any]]] = [
            (dict, " | object", ours),
            (BINARY, " | bytes", binary),
            (object, "", rest),
        ]
        *chosen, last = [
            (kind, name, converter(self._prepare(_union(them))))
            for kind, name, them in kinds
            if them
        ]
        more = "".join(name for _, name, _ in chosen)

        def make(value: Any) -> Any:
            for kind, _, convert in chosen:
                if isinstance(value, kind):
                    return convert(value)
            try:
                return last[2](value)
            except msgspec.ValidationError as error:
                text = _EXPECTED.sub(rf"\1{more}\2", str(error))
                raise msgspec.ValidationError(text) from error.__cause__

        return make


def _refuse_foreign_limits(annotation: Any) -> None:
    """Refuse limits that msgspec passes over: nobody may believe that they hold."""
    if typing.get_origin(annotation) is not typing.Annotated:
        return
    if any(map(is_pydantic, reachable(annotation))):
        return
    for one in annotation.__metadata__:
        if type(one).__module__.partition(".")[0] in _FOREIGN_LIMITS:
            raise Unconvertible(f"msgspec.Meta sets limits here, not {one!r}")


def _complete(model: Any) -> None:
    """Let a pydantic model resolve what it names, which it does when it is called."""
    if not getattr(model, "__pydantic_complete__", True):
        model.model_rebuild(raise_errors=False)
        if not model.__pydantic_complete__:
            raise NameError(f"{name_of(model)!r} names what is not there")


def _pydantic_converter(annotation: Any) -> Converter:
    validate: Converter = (
        sys.modules["pydantic"].TypeAdapter(annotation).validate_python
    )
    return validate


def _needs_proxy(annotation: Any) -> bool:
    if not is_union(annotation):
        return needs_init(annotation)
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
    return isinstance(cls, Proxy) or is_pydantic(cls)


def _custom_types(node: Any) -> Iterator[Any]:
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
