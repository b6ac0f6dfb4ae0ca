"""What a handler's positional parameters want -> one function from wire to call.

All that can be settled beforehand is: which numbers of arguments there may be, and for
each the one type to which all of them are converted in one step.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from typing import Any

import attrs
from msgspec.structs import astuple

from nsroute.arguments.conversion import INVALID, row_converter
from nsroute.arguments.explanation import TOO_DEEP, Outline, Piece, explain, is_deep
from nsroute.errors import InvalidArguments

__all__ = ["Bind", "Slots", "bind_event", "bind_lifecycle"]

Bind = Callable[[tuple[Any, ...]], tuple[Any, ...]]
"""Wire arguments -> call arguments; raises `InvalidArguments`."""

_WHOLE = "arguments"


@attrs.frozen
class Slots:
    """The places that wire arguments go to."""

    outlines: tuple[Outline | None, ...]
    """What each positional parameter declares; None for nothing."""
    least: int
    """How many of them have no default."""
    is_open: bool = False
    """Whether any number of arguments may follow, in `*args`."""
    rest: Outline | None = None
    """What each of those is declared to be."""
    leading: int = 0
    """How many arguments come before those of the client."""
    path: str = f"{_WHOLE}[{{}}]"
    """How the client is told of one, by its index."""

    @property
    def is_typed(self) -> bool:
        """Whether anything is to be converted."""
        return any(one is not None for one in (*self.outlines, self.rest))

    def pieces(self, args: tuple[Any, ...]) -> Iterator[Piece]:
        """Pair each argument with what it should be."""
        for i, value in enumerate(args):
            outline = self.outlines[i] if i < len(self.outlines) else self.rest
            if outline is not None:
                yield outline, value, self.path.format(i - self.leading)


def bind_event(slots: Slots) -> Bind | None:
    """Compile the binding of an event; None where the arguments pass as they are."""
    if not slots.is_typed:
        takes_any = slots.is_open and slots.least == slots.leading
        return None if takes_any else _counting(slots)
    prepared = [Any if one is None else one.prepared for one in slots.outlines]
    most = len(prepared)
    rows = {n: row_converter(prepared[:n]) for n in range(slots.least, most + 1)}
    rest = Any if slots.rest is None else slots.rest.prepared
    rest_row = row_converter([types.GenericAlias(tuple, (rest, ...))])

    def bind(args: tuple[Any, ...]) -> Any:
        row = rows.get(len(args))
        try:
            if row is not None:
                return astuple(row(args))
            if slots.is_open and len(args) > most:
                (tail,) = astuple(rest_row((args[most:],)))
                return astuple(rows[most](args[:most])) + tail
        except INVALID as error:
            raise _refusal(slots, args, error) from error
        except RecursionError:
            # Of a payload like any other it is a bug in the annotated classes.
            if is_deep(args):
                raise InvalidArguments([(_WHOLE, TOO_DEEP)]) from None
            raise
        raise _wrong_count(slots, len(args))

    return bind


def bind_lifecycle(slots: Slots, default: Any) -> Bind | None:
    """Compile the binding of connect or disconnect, whose one argument is always there.

    Args:
        slots: At most one.
        default: What the parameter is if the client sent nothing, which is None.
    """
    if not slots.outlines and not slots.is_open:
        return lambda _: ()
    bind = bind_event(slots) if slots.is_typed else None
    if slots.least or not slots.outlines or (bind is None and default is None):
        return bind
    return lambda args: () if args[0] is None else bind(args) if bind else args


def _counting(slots: Slots) -> Bind:
    least = slots.least
    most = len(slots.outlines)

    def bind(args: tuple[Any, ...]) -> tuple[Any, ...]:
        if len(args) < least or (len(args) > most and not slots.is_open):
            raise _wrong_count(slots, len(args))
        return args

    return bind


def _refusal(slots: Slots, args: tuple[Any, ...], error: Exception) -> InvalidArguments:
    found = explain(slots.pieces(args), error, _WHOLE)
    return InvalidArguments([one[:2] for one in found], found[0].recorded)


def _wrong_count(slots: Slots, found: int) -> InvalidArguments:
    least, most = slots.least - slots.leading, len(slots.outlines) - slots.leading
    wanted = str(least) if least == most else f"{least} to {most}"
    if slots.is_open:
        wanted = f"at least {least}"
    plural = "" if wanted.split()[-1] == "1" else "s"
    text = f"Expected {wanted} argument{plural}, got {found - slots.leading}"
    return InvalidArguments([(_WHOLE, text)])
