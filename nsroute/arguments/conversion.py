"""A type that msgspec knows -> the function that converts wire values to it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import msgspec

Converter = Callable[[Any], Any]
"""Wire value -> value; raises one of `INVALID`."""

BINARY = (bytes, bytearray, memoryview)
"""What arrives as an attachment, and as nothing else."""

INVALID = (msgspec.ValidationError, ValueError, TypeError, SystemError)
"""What conversion raises for a value that is not what was declared.

`ValueError` and `TypeError` come from the annotated classes and from msgspec itself.
Before 0.22 msgspec's own error is no `ValueError`, and an integer that no float can
hold is a `SystemError`.
"""


class Refused(ValueError):
    """A value was refused within a hook; the cause says why.

    msgspec adds the path of the value to it. It has no text of its own, for msgspec
    copies that, and pydantic's may be as long as hundreds of payloads.
    """


class Proxy(type):
    """The class of types that take the place of those that msgspec cannot make."""

    convert: Any
    """What makes its instances; set later, for classes may hold themselves."""

    def __instancecheck__(cls, instance: object) -> bool:
        """Return True: msgspec asks this of what the hook has made."""
        return True


def converter(prepared: Any) -> Converter:
    """Return the function that converts wire values to a type that msgspec knows.

    It raises one of `INVALID` if a value is not what the type declares,
    `RecursionError` if it is nested too deeply, and whatever a bug in the annotated
    classes raises.
    """
    return functools.partial(
        msgspec.convert,
        type=prepared,
        builtin_types=BINARY,  # binary arrives as bytes; text is never base64
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
