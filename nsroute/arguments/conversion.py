"""An annotation -> what converts wire values as the annotated classes would.

msgspec makes most things as they should be made. Where it would not, a proxy takes the
place of the annotation, a type whose instances nsroute makes: for classes that only
their `__init__` makes (`needs_init`) or that hold such, and for unions of pydantic's
models, or of `bytes`, with anything else.
"""

from __future__ import annotations

import functools
import sys
import types
import typing
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from msgspec import UNSET
from msgspec.structs import astuple

from nsroute.arguments.annotations import (
    arrives_as_object,
    bare,
    fields_of,
    is_pydantic,
    is_union,
    members_of,
    name_of,
    needs_init,
    parts_of,
    reachable,
)

Converter = Callable[[Any], Any]
"""Wire value -> value; raises one of `INVALID`, or what a bug in a class raises."""

INVALID = (msgspec.ValidationError, ValueError, TypeError, SystemError, RecursionError)
"""What conversion raises for a value that is not what was declared.

Before msgspec 0.22 an integer that no float can hold is a `SystemError`.
"""

_BINARY = (bytes, bytearray, memoryview)
_AMBIGUOUS = (
    "a union may hold one class that arrives as an object; for several, take "
    "msgspec.Struct classes with a tag"
)
_FOREIGN = ("annotated_types", "pydantic")
_union: Any = typing.Union


class Unconvertible(Exception):
    """No wire value becomes what an annotation declares; the text says why."""


class Refused(ValueError):
    """A value was refused within a hook; the cause says why.

    It has no text, for msgspec copies that, and pydantic's may be very long.
    """


class Proxy(type):
    """The class of types that take the place of those that msgspec cannot make."""

    convert: Any
    """What makes its instances; set later, for classes may hold themselves."""

    def __instancecheck__(cls, instance: object) -> bool:
        """Return True: msgspec asks this of what the hook has made."""
        return True


def converter(prepared: Any) -> Converter:
    """Return the function that converts wire values to a type that msgspec knows."""
    return functools.partial(
        msgspec.convert,
        type=prepared,
        builtin_types=_BINARY,  # binary arrives as bytes; text is never base64
        str_keys=True,
        dec_hook=_make,
    )


def _make(wanted: Any, value: Any) -> Any:
    """Make what msgspec leaves to a hook: proxies and pydantic's models."""
    if wanted is object:
        return value
    make = wanted.convert if isinstance(wanted, Proxy) else wanted.model_validate
    try:
        return make(value)
    except INVALID as error:
        raise Refused from error


class TypeTree:
    """An annotation, and what converts wire values to it and to its parts."""

    def __init__(self, annotation: Any) -> None:
        self.annotation = annotation
        # A list, for an annotation need not be hashable.
        self._known: list[tuple[Any, Any]] = []
        for part in reachable(annotation):
            _refuse_foreign_limits(getattr(part, "__metadata__", ()))
        self.prepared: Any = self._prepare(annotation)

    def convert(self, annotation: Any, value: Any) -> Any:
        """Convert a value to the annotation, or to a part of it."""
        return converter(self._prepare(annotation))(value)

    def _prepare(self, annotation: Any) -> Any:
        """Rewrite an annotation, and refuse what nothing can make."""
        for known, prepared in self._known:
            if known == annotation:
                return prepared
        prepared = self._rewrite(annotation)
        for part in reachable(prepared):
            info = msgspec.inspect.type_info(part)
            if isinstance(info, msgspec.inspect.CustomType):
                _refuse_unknown(info.cls)
        self._known.append((annotation, prepared))
        return prepared

    def _rewrite(self, annotation: Any) -> Any:
        """Put proxies in the place of what msgspec cannot make."""
        if not any(map(_needs_proxy, reachable(annotation))):
            return annotation
        for known, prepared in self._known:
            if known == annotation:
                return prepared
        if is_union(annotation):
            return self._rewrite_union(annotation)
        if is_pydantic(annotation):
            return self._proxy(annotation, _pydantic_converter)
        if fields_of(annotation) is not None and not typing.get_args(annotation):
            return self._proxy(annotation, self._object_converter)
        return self._rebuild(annotation)

    def _rebuild(self, annotation: Any) -> Any:
        """Build an alias again, of rewritten parts."""
        parts = tuple(self._rewrite(part) for part in parts_of(annotation))
        origin = typing.get_origin(annotation)
        if origin is typing.Annotated:
            return typing.Annotated[(*parts, *annotation.__metadata__)]
        if isinstance(origin, type) and fields_of(annotation) is None:
            rest = (...,) if ... in typing.get_args(annotation) else ()
            return types.GenericAlias(origin, (*parts, *rest))
        if bare(annotation) is not annotation:
            return parts[0]
        text = "cannot hold a class that only its __init__ makes"
        raise Unconvertible(f"{name_of(annotation)!r} {text}")

    def _proxy(self, annotation: Any, make: Callable[[Any], Converter]) -> Proxy:
        proxy = Proxy(name_of(annotation), (), {})
        self._known.append((annotation, proxy))
        proxy.convert = make(annotation)
        return proxy

    def _object_converter(self, annotation: Any) -> Converter:
        """Convert the fields, in a Struct that has them too, then call the class."""
        fields = fields_of(annotation) or ()
        config = getattr(annotation, "__struct_config__", None)
        types_ = [(f"_{i}", self._prepare(one.type)) for i, one in enumerate(fields)]
        pairs = zip(types_, fields, strict=True)
        struct = msgspec.defstruct(
            annotation.__name__,
            [type_ if one.required else (*type_, UNSET) for type_, one in pairs],
            rename={f"_{i}": field.key for i, field in enumerate(fields)},
            kw_only=True,
            tag=config and config.tag,
            tag_field=config and config.tag_field,
            forbid_unknown_fields=bool(config and config.forbid_unknown_fields),
        )
        convert, arguments = converter(struct), tuple(one.argument for one in fields)

        def make(value: Any) -> Any:
            given = zip(arguments, astuple(convert(value)), strict=True)
            return annotation(**{name: it for name, it in given if it is not UNSET})

        return make

    def _rewrite_union(self, annotation: Any) -> Any:
        members = [self._rewrite(one) for one in typing.get_args(annotation)]
        others = [one for one in members if one is not types.NoneType]
        if len(others) == 1:
            return _union[tuple(members)]
        if all(map(is_pydantic, others)):
            return self._proxy(annotation, _pydantic_converter)
        return self._proxy(annotation, lambda _: self._union_converter(members))

    def _union_converter(self, members: list[Any]) -> Converter:
        """Choose by what the wire tells apart: an object, binary, anything else."""
        objects = [one for one in members if _is_ours(one) or arrives_as_object(one)]
        binary = [one for one in members if bare(one) in _BINARY]
        rest = [one for one in members if one not in (*objects, *binary)]
        if len(objects) > 1 and any(map(_is_ours, objects)):
            raise Unconvertible(_AMBIGUOUS)
        kinds: list[Any] = [(dict, objects), (_BINARY, binary), (object, rest)]
        *chosen, (_, last) = [
            (kind, converter(self._prepare(_union[tuple(them)])))
            for kind, them in kinds
            if them
        ]

        def make(value: Any) -> Any:
            for kind, convert in chosen:
                if isinstance(value, kind):
                    return convert(value)
            return last(value)

        return make


def _refuse_foreign_limits(metadata: Iterable[Any]) -> None:
    """Refuse what msgspec would pass over, though it looks like a limit."""
    for one in metadata:
        homes = {cls.__module__.partition(".")[0] for cls in type(one).__mro__}
        # A pydantic.Field without limits has an empty list of them.
        if not homes.isdisjoint(_FOREIGN) and getattr(one, "metadata", True):
            cure = "write Annotated[int, msgspec.Meta(gt=3)]"
            raise Unconvertible(f"{one!r} is no limit of msgspec: {cure}")


def _refuse_unknown(cls: Any) -> None:
    """Refuse a class that msgspec leaves to the hook, unless the hook can make it."""
    if is_pydantic(cls):
        # A model resolves what it names when it is called, unless it is told to before.
        if not getattr(cls, "__pydantic_complete__", True):
            cls.model_rebuild(raise_errors=False)
            if not cls.__pydantic_complete__:
                raise NameError(f"{name_of(cls)!r} names what is not there")
    elif not isinstance(cls, Proxy) and cls is not object:
        raise Unconvertible(f"no value on the wire becomes a {name_of(cls)!r}")


def _pydantic_converter(annotation: Any) -> Converter:
    adapter: Any = sys.modules["pydantic"].TypeAdapter(annotation)
    return typing.cast("Converter", adapter.validate_python)


def _needs_proxy(annotation: Any) -> bool:
    if not is_union(annotation):
        return needs_init(annotation)
    members = members_of(annotation)
    chosen_here = any(one in _BINARY or is_pydantic(one) for one in map(bare, members))
    return chosen_here and len(members) > 1


def _is_ours(cls: Any) -> bool:
    return isinstance(bare(cls), Proxy) or is_pydantic(bare(cls))
