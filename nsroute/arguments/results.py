"""What a handler returns or emits -> what a Socket.IO packet can carry.

What is made of text, numbers, booleans, null, binary, lists and dicts passes as it is.
Typed objects become such values. Binary stays binary, as `bytes`.
"""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import isfinite
from typing import Any, cast
from uuid import UUID

import msgspec

_ALWAYS_PLAIN: frozenset[type] = frozenset({str, bytes, bool, type(None)})
_TEXT = frozenset({str})
_BINARY = (bytes, bytearray, memoryview)
_ARRAYS = (list, tuple, set, frozenset)
_LEAVES = (datetime, date, time, timedelta, UUID, Decimal)
"""What msgspec may leave as it is, for an encoder that knows it."""
_TOO_DEEP = "a structure that is too deep, or holds itself, cannot be sent"
_SMALLEST, _GREATEST = -(10**99) + 1, 10**100 - 1
"""python-engineio reads no integer of more than a hundred characters."""


def refuse_unawaited(value: object) -> None:
    """Refuse a coroutine: nothing would await it, so nothing has been done.

    Raises:
        TypeError: If it is one.
    """
    if inspect.iscoroutine(value):
        value.close()  # Python warns of one that was never awaited
        raise TypeError(f"nothing awaits a coroutine of {value.__qualname__}")


def to_wire(value: Any) -> Any:
    """Turn a value into what a packet can carry; return it if it is that already.

    A tuple at the top is several arguments, as in Flask-SocketIO, and stays one. What
    cannot be sent raises a `TypeError` or a `ValueError`.
    """
    if type(value) in _ALWAYS_PLAIN:
        return value
    try:
        if _is_plain(value):
            return value
        if issubclass(type(value), tuple):
            return tuple(map(_convert, value))
        return _convert(value)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None


def to_wire_beside(value: Any, knows: Callable[[Any], bool]) -> Any:
    """Turn a value into what a packet can carry, beside an encoder of the app's own.

    Typed objects are taken apart. Of anything else, `knows` is asked whether that
    encoder takes it, wherever it stands; what it does not is turned into what a packet
    can carry.
    """
    if type(value) in _ALWAYS_PLAIN:
        return value
    try:
        if _is_plain(value):
            return value
        if issubclass(type(value), tuple):
            return tuple(_convert_beside(one, knows) for one in value)
        return _convert_beside(value, knows)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None


def _convert(value: Any) -> Any:
    if _is_plain(value):
        return value
    made = msgspec.to_builtins(value, builtin_types=_BINARY, enc_hook=_unfold)
    return made if _is_plain(made) else _carry(made, _carry_binary)


def _convert_beside(value: Any, knows: Callable[[Any], bool]) -> Any:
    """Take typed objects apart; leave to the app's encoder what it knows."""
    left: dict[int, tuple[memoryview, Any]] = {}

    def unfold(one: Any) -> Any:
        if _is_model(one):
            return one.model_dump()
        if not knows(one):
            return _unfold(one)
        # msgspec passes binary on as it is: by this the object is found again.
        held = memoryview(b"")
        left[id(held)] = held, one
        return held

    def carry(leaf: Any) -> Any:
        if id(leaf) in left:
            return left[id(leaf)][1]
        if isinstance(leaf, _BINARY):
            return _carry_binary(leaf)
        return leaf if knows(leaf) else to_wire(leaf)

    made = msgspec.to_builtins(
        value, builtin_types=(*_BINARY, *_LEAVES), enc_hook=unfold
    )
    return _carry(made, carry)


def _is_plain(value: object) -> bool:
    """Return whether a packet can carry a value as it is."""
    check = _PLAIN.get(type(value))
    return check is not None and check(value)


def _are_plain(values: Iterable[object]) -> bool:
    for value in values:
        if type(value) not in _ALWAYS_PLAIN and not _is_plain(value):
            return False
    return True


def _is_plain_dict(value: dict[Any, Any]) -> bool:
    return _TEXT.issuperset(map(type, value)) and _are_plain(value.values())


_PLAIN: dict[type, Callable[[Any], bool]] = {
    **dict.fromkeys(_ALWAYS_PLAIN, lambda _: True),
    int: lambda number: _SMALLEST <= number <= _GREATEST,
    float: isfinite,
    list: _are_plain,
    dict: _is_plain_dict,
}


def _carry(value: Any, carry: Callable[[Any], Any]) -> Any:
    """Mend what msgspec leaves as it is; `carry` is called with what is in no list."""
    if _is_plain(value):
        return value
    if isinstance(value, dict):
        items = cast("Mapping[Any, Any]", value).items()
        return {_key(key): _carry(item, carry) for key, item in items}
    if isinstance(value, (list, tuple)):
        return [_carry(item, carry) for item in cast("Sequence[Any]", value)]
    if isinstance(value, (int, float)):
        kind = "that is not finite, or has more than 100 characters"
        raise ValueError(f"a number {kind}, cannot be sent")
    return carry(value)


def _carry_binary(binary: Any) -> bytes:
    return bytes(binary)


def _key(key: Any) -> str:
    """Spell a key as JSON does: there it is always text."""
    carried = _convert(key)
    if isinstance(carried, str):
        return carried
    if carried is None or isinstance(carried, (int, float)):
        return json.dumps(carried)
    raise TypeError(f"a key of type {type(key).__qualname__!r} cannot be sent")


def _unfold(value: Any) -> Any:
    """Turn what msgspec does not know into what it knows."""
    refuse_unawaited(value)
    for kind, unfold in _UNFOLDERS:
        if isinstance(value, kind):
            return unfold(value)
    if _is_model(value):
        return _dump(value)
    raise TypeError(f"an object of type {type(value).__qualname__!r} cannot be sent")


def _is_model(value: Any) -> bool:
    return hasattr(value, "model_dump") and not isinstance(value, type)


def _dump(model: Any) -> Any:
    """Dump a pydantic model as JSON, but keep its binary, which is text in JSON."""
    found = model.model_dump()
    return _jsonable(found) if _has_binary(found) else model.model_dump(mode="json")


def _has_binary(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_has_binary, cast("Mapping[Any, Any]", value).values()))
    if isinstance(value, _ARRAYS):
        return any(map(_has_binary, cast("Iterable[Any]", value)))
    return isinstance(value, _BINARY)


def _jsonable(value: Any) -> Any:
    """Let pydantic make JSON of all that is neither binary nor holds any."""
    if isinstance(value, dict):
        items = cast("Mapping[Any, Any]", value).items()
        return {key: _jsonable(item) for key, item in items}
    if isinstance(value, _ARRAYS):
        return [_jsonable(item) for item in cast("Iterable[Any]", value)]
    if isinstance(value, _BINARY):
        return cast("bytes", value)
    return sys.modules["pydantic_core"].to_jsonable_python(value, fallback=str)


_UNFOLDERS: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (str, str.__str__),
    (int, int),
    (float, float),
    (bytes, lambda binary: memoryview(binary).tobytes()),
    (Mapping, dict),
    (AbstractSet, list),
    (Sequence, list),
)
