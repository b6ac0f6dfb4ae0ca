"""What comes from outside as a record may hold it: bounded, and sure to be written.

Every renderer writes text, finite numbers of 64 bits, lists and dicts. Whatever else a
record is about becomes text here, so that no client can make its own record get lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Sized
from math import isfinite
from typing import Final, cast

__all__ = ["MAX_NAME", "brief", "encodable", "plain", "text_of"]

MAX_NAME: Final = 200
"""Characters of a name, of an error and of a parameter."""
MAX_BITS: Final = 63


def brief(value: object, limit: int = MAX_NAME) -> str:
    """Return a value as text: cut, on one line, and without walking through much of it.

    What does not show (line ends, the escape codes of a terminal, halves of surrogate
    pairs) is escaped, so that nobody can make up lines of a log.
    """
    text = value if isinstance(value, str) else _outline(value)
    if len(text) > limit:
        text = _cut(text, limit)
    return text if text.isprintable() else _cut(repr(text)[1:-1], limit)


def encodable(text: str, limit: int) -> str:
    """Return text as it is, but cut, and without what UTF-8 cannot encode."""
    cut = _cut(text, limit)
    if cut.isascii():
        return cut
    return cut.encode("utf-8", "backslashreplace").decode()


def plain(value: object) -> object:
    """Return a number as it is, anything else as brief text."""
    if isinstance(value, int):
        return value if value.bit_length() <= MAX_BITS else brief(value)
    if isinstance(value, float) and isfinite(value):
        return value
    return brief(value)


def text_of(value: object) -> str:
    """Return `str(value)`, whatever its class makes of that."""
    try:
        return str(value)
    except Exception:  # noqa: BLE001 - it is a class of the user's
        return f"<{type(value).__name__}>"


def _outline(value: object) -> str:
    kind = type(value).__name__
    if isinstance(value, bytes | bytearray):
        return f"<{len(value)} bytes>"
    if isinstance(value, Mapping | Sequence):
        return f"<{kind} of {len(cast('Sized', value))}>"
    if isinstance(value, int) and value.bit_length() > MAX_NAME:
        return f"<{kind} of {value.bit_length()} bits>"
    return text_of(value)


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
