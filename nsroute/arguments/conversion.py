"""A prepared type -> the function that converts wire values to it.

msgspec converts; here stands how. What msgspec cannot make, it leaves to a hook: the
models of pydantic, and *stand-ins*, types that take the place of an annotation
(`nsroute.arguments.preparation`).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

__all__ = ["BINARY", "INVALID", "Make", "StandIn", "converter", "row_converter"]

Make = Callable[[Any], Any]
"""Wire value -> value; raises one of `INVALID`."""

BINARY = (bytes, bytearray, memoryview)
"""What arrives as an attachment, and as nothing else."""

INVALID = (msgspec.ValidationError, ValueError, TypeError, SystemError)
"""What conversion raises for a value that is not what was declared.

`ValueError` and `TypeError` come from the annotated classes and from msgspec itself.
Before 0.22 msgspec's own error is no `ValueError`, and an integer that no float can
hold is a `SystemError`.
"""


class StandIn(type):
    """The class of types that msgspec leaves to nsroute."""

    make: Make
    """How the hook makes its instances."""

    def use(cls, make: Make) -> None:
        """Say how its instances are made, which may be known after it is needed."""
        cls.make = make

    def __instancecheck__(cls, instance: object) -> bool:
        """Let pass whatever the stand-in made."""
        return True


def converter(prepared: Any) -> Make:
    """Give the function that converts wire values to a type that `prepare` gave.

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


def row_converter(prepared: Sequence[Any]) -> Callable[[tuple[Any, ...]], Any]:
    """Give the function that converts a tuple of wire values to a row.

    A row is a Struct, for `msgspec.structs.astuple`: msgspec compiles a Struct once,
    and `tuple[…]` at every call.
    """
    fields = [(f"_{i}", one) for i, one in enumerate(prepared)]
    return converter(msgspec.defstruct("row", fields, array_like=True, gc=False))


def _make(wanted: Any, value: Any) -> Any:
    if isinstance(wanted, StandIn):
        return wanted.make(value)
    return value if wanted is object else wanted.model_validate(value)
