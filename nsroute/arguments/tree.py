"""An annotation -> a type that msgspec converts as the annotated classes would.

msgspec makes most things as they should be made. Where it would not, a proxy takes the
place of the annotation, a type whose instances nsroute makes:

- attrs classes and dataclasses that only their `__init__` makes (`needs_init`), and
  classes that hold them;
- pydantic's dataclasses, and unions of pydantic models with anything else;
- unions of `bytes` with text, which the wire tells apart and msgspec does not.
"""

from __future__ import annotations

import functools
import inspect
import operator
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
from nsroute.arguments.conversion import (
    BINARY,
    Converter,
    Proxy,
    converter,
)

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
        Unconvertible: If no wire value becomes what the annotation declares.
    """

    def __init__(self, annotation: Any) -> None:
        self.annotation = annotation
        self._proxies: list[tuple[Any, Proxy]] = []
        self._converters: list[tuple[Any, Converter]] = []
        try:
            self.prepared = self._prepare(annotation)
        except (NameError, Unconvertible):
            raise
        except Exception as error:  # whatever msgspec and typing refuse
            raise Unconvertible(str(error)) from error
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
        if needs_init(annotation):
            _check_init(cls, arguments)

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
        return self._proxy(annotation, lambda _: self._union_converter(members))

    def _union_converter(self, members: tuple[Any, ...]) -> Converter:
        """Choose by what the wire tells apart: an object, binary, anything else."""
        ours = tuple(one for one in members if _is_ours(bare(one)))
        binary = tuple(one for one in members if bare(one) in BINARY)
        rest = tuple(one for one in members if one not in ours + binary)
        by_kind: list[tuple[Any, Converter]] = []
        if ours:
            by_kind.append((dict, converter(self._one_object(ours, rest))))
        if binary:
            by_kind.append((BINARY, converter(_union(binary))))
        if not rest:
            _, to_rest = by_kind.pop()
        else:
            to_rest = converter(self._prepare(_union(rest)))
        more = "".join(
            " | object" if kind is dict else " | bytes" for kind, _ in by_kind
        )

        def make(value: Any) -> Any:
            for kind, convert in by_kind:
                if isinstance(value, kind):
                    return convert(value)
            try:
                return to_rest(value)
            except msgspec.ValidationError as error:
                text = _EXPECTED.sub(rf"\1{more}\2", str(error))
                raise msgspec.ValidationError(text) from error.__cause__

        return make

    def _one_object(self, ours: Sequence[Any], rest: Sequence[Any]) -> Any:
        """Return the one type that the objects of a union become."""
        if any(map(arrives_as_object, rest)):
            raise Unconvertible(_AMBIGUOUS)
        if len(ours) == 1:
            return ours[0]
        if not all(is_pydantic(bare(one)) for one in ours):
            raise Unconvertible(_AMBIGUOUS)
        return self._proxy(_union(ours), _pydantic_converter)


def _refuse_foreign_limits(annotation: Any) -> None:
    """Refuse limits that msgspec passes over: nobody may believe that they hold."""
    if typing.get_origin(annotation) is not typing.Annotated:
        return
    if any(map(is_pydantic, reachable(annotation))):
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
    return functools.reduce(operator.or_, members)


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
