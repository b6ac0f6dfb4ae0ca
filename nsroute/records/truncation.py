"""Values from outside as a record holds them: cut, and such as every renderer writes.

Renderers write text, finite numbers of 64 bits, lists and dicts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Sized
from math import isfinite
from typing import Final, cast

MAX_NAME: Final = 200
"""Characters of a name and of a parameter."""
MAX_BITS: Final = 63


def truncate(value: object, limit: int = MAX_NAME) -> str:
    """Return a value as text on one line, of at most `limit` characters.

    Line ends, escape codes of a terminal, bidirectional marks and halves of surrogate
    pairs are escaped. Bytes and containers are described by their size.
    """
    text = _cut(value if isinstance(value, str) else _described(value), limit)
    return text if text.isprintable() else _cut(repr(text)[1:-1], limit)


def log_value(value: object, limit: int = MAX_NAME) -> object:
    """Return a number as it is if every renderer can write it, else truncated text."""
    if isinstance(value, int) and value.bit_length() <= MAX_BITS:
        return value
    if isinstance(value, float) and isfinite(value):
        return value
    return truncate(value, limit)


def text_of(value: object) -> str:
    """Return `str(value)`, or the name of its class if that raises."""
    try:
        return str(value)
    except Exception:  # noqa: BLE001 - it is a class of the user's
        return f"<{type(value).__name__}>"


def _described(value: object) -> str:
    if isinstance(value, bytes | bytearray):
        return f"<{len(value)} bytes>"
    if isinstance(value, Mapping | Sequence):
        size = len(cast("Sized", value))
        return f"<{type(cast('object', value)).__name__} of {size}>"
    return text_of(value)


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
