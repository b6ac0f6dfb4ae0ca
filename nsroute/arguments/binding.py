"""What positional parameters declare -> one function from wire to call arguments.

All that can be settled beforehand is: which numbers of arguments there may be, and for
each the one type to which all of them are converted in one step.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Sequence
from typing import Any

import attrs
import msgspec
from msgspec.structs import astuple

from nsroute.arguments.conversion import INVALID, Converter, converter
from nsroute.arguments.explanation import TOO_DEEP, Search, is_deep
from nsroute.arguments.problems import Refusal
from nsroute.arguments.tree import TypeTree
from nsroute.errors import InvalidArguments

Bind = Callable[[tuple[Any, ...]], tuple[Any, ...]]
"""Wire arguments -> call arguments; raises `InvalidArguments`."""

_WHOLE = "arguments"


@attrs.frozen
class ArgumentSpec:
    """What wire arguments there may be, and what each should be."""

    trees: tuple[TypeTree | None, ...]
    """What each positional parameter declares; None for nothing."""
    least: int
    """How many of them have no default."""
    is_open: bool = False
    """Whether any number of arguments may follow, in `*args`."""
    rest: TypeTree | None = None
    """What each of those is declared to be."""
    path: str = f"{_WHOLE}[{{}}]"
    """How the client is told of one, by its index."""

    def bind_event(self) -> Bind | None:
        """Return what binds an event; None where the arguments pass as they are."""
        if self.is_open and not self.least and not self._is_typed:
            return None
        return self._bind()

    def bind_lifecycle(self, default: Any) -> Bind | None:
        """Return what binds a connect or disconnect: its one argument is always there.

        Args:
            default: What the parameter is if the client sent nothing, which is None.
        """
        if not self.trees and not self.is_open:
            return lambda _: ()
        bind = self._bind() if self._is_typed else None
        if self.least or not self.trees or (bind is None and default is None):
            return bind
        return lambda args: () if args[0] is None else bind(args) if bind else args

    @property
    def _is_typed(self) -> bool:
        return any(one is not None for one in (*self.trees, self.rest))

    def _bind(self) -> Bind:
        least, most = self.least, len(self.trees)
        convert = self._converter() if self._is_typed else None

        def bind(args: tuple[Any, ...]) -> tuple[Any, ...]:
            if len(args) < least or (len(args) > most and not self.is_open):
                raise self._wrong_count(len(args))
            return args if convert is None else convert(args)

        return bind

    def _converter(self) -> Bind:
        """Return what converts the right number of arguments."""
        prepared = [Any if one is None else one.prepared for one in self.trees]
        most = len(prepared)
        rows = [_row_converter(prepared[:n]) for n in range(most + 1)]
        rest = Any if self.rest is None else self.rest.prepared
        rest_row = _row_converter([types.GenericAlias(tuple, (rest, ...))])

        def convert(args: tuple[Any, ...]) -> Any:
            offset: int | None = None
            try:
                head = astuple(rows[min(len(args), most)](args[:most]))
                if len(args) <= most:
                    return head
                offset = most
                (tail,) = astuple(rest_row((args[most:],)))
            except INVALID as error:
                raise self._refusal(args, Refusal.of(error), offset) from error
            except RecursionError:
                # Of a payload like any other it is a bug in the annotated classes.
                if is_deep(args):
                    raise InvalidArguments([(_WHOLE, TOO_DEEP)]) from None
                raise
            return head + tail

        return convert

    def _refusal(
        self, args: tuple[Any, ...], refusal: Refusal, offset: int | None
    ) -> InvalidArguments:
        """Explain why arguments were refused.

        Args:
            args: The arguments.
            refusal: What is wrong first.
            offset: Where `*args` begin, if that is about one of them.
        """
        search = Search()
        if offset is not None:
            refusal = refusal.within("[0]") or refusal
        offset = offset or 0
        for i in range(offset + refusal.index, len(args)):
            if search.is_over:
                break
            tree = self.trees[i] if i < len(self.trees) else self.rest
            if tree is not None:
                known, path = refusal.within(f"[{i - offset}]"), self.path.format(i)
                search.visit(tree, tree.annotation, args[i], path, known)
        if not search.problems:
            search.add(refusal.problems(_WHOLE))
        found = search.problems
        return InvalidArguments([one[:2] for one in found], found[0].recorded)

    def _wrong_count(self, found: int) -> InvalidArguments:
        least, most = self.least, len(self.trees)
        wanted = str(least) if least == most else f"{least} to {most}"
        if self.is_open:
            wanted = f"at least {least}"
        plural = "" if wanted.split()[-1] == "1" else "s"
        text = f"Expected {wanted} argument{plural}, got {found}"
        return InvalidArguments([(_WHOLE, text)])


def _row_converter(prepared: Sequence[Any]) -> Converter:
    """Return the function that converts a tuple of wire values to a row.

    A row is a Struct, for `msgspec.structs.astuple`: msgspec compiles a Struct once,
    and `tuple[…]` at every call.
    """
    fields = [(f"_{i}", one) for i, one in enumerate(prepared)]
    return converter(msgspec.defstruct("row", fields, array_like=True, gc=False))
