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
from nsroute.arguments.problems import Problem, Refusal
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
    path: str = _WHOLE
    """What the client is told that they are."""

    def bind_event(self) -> Bind | None:
        """Return what binds an event; None where the arguments pass as they are."""
        if self.is_open and not self.least and not self._is_typed:
            return None
        return self._bind()

    def bind_lifecycle(self, default: Any) -> Bind | None:
        """Return what binds a connect or disconnect, whose argument is always there.

        It is None where the client sent nothing; then the default applies.
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
        return self._converting() if self._is_typed else self._counting()

    def _counting(self) -> Bind:
        least, most = self.least, len(self.trees)

        def bind(args: tuple[Any, ...]) -> tuple[Any, ...]:
            if len(args) < least or (len(args) > most and not self.is_open):
                raise self._wrong_count(len(args))
            return args

        return bind

    def _converting(self) -> Bind:
        prepared = [Any if one is None else one.prepared for one in self.trees]
        most = len(prepared)
        rows = {n: _row_converter(prepared[:n]) for n in range(self.least, most + 1)}
        rest = Any if self.rest is None else self.rest.prepared
        rest_row = _row_converter([types.GenericAlias(tuple, (rest, ...))])

        def bind(args: tuple[Any, ...]) -> Any:
            row = rows.get(len(args))
            offset: int | None = None
            try:
                if row is not None:
                    return astuple(row(args))
                if self.is_open and len(args) > most:
                    head = astuple(rows[most](args[:most]))
                    offset = most
                    (tail,) = astuple(rest_row((args[most:],)))
                    return head + tail
            except INVALID as error:
                raise self._refusal(args, Refusal.of(error), offset) from error
            except RecursionError:
                # Of a payload like any other it is a bug in the annotated classes.
                if is_deep(args):
                    raise InvalidArguments([(_WHOLE, TOO_DEEP)]) from None
                raise
            raise self._wrong_count(len(args))

        return bind

    def _refusal(
        self, args: tuple[Any, ...], refusal: Refusal, offset: int | None
    ) -> InvalidArguments:
        """Explain a refusal; the offset is where `*args` begin if it is about those."""
        problems: list[Problem] = []
        known, most = refusal, len(self.trees)
        if offset is not None:
            known = refusal.within("[0]") or refusal
        first = (offset or 0) + (known.index or 0)
        for i in range(first, min(most, len(args))):
            tree, path = self.trees[i], f"{self.path}{self._step(i)}"
            if tree is not None:
                search = Search(tree, problems)
                search.visit(tree.annotation, args[i], path, known.within(f"[{i}]"))
        if self.rest is not None:
            is_known = offset is not None and known.index is not None
            Search(self.rest, problems).visit_items(
                self.rest.annotation,
                list(args[most:]),
                self.path,
                lambda i: self._step(i + most),
                known if is_known else None,
            )
        found = problems or [one.shortened() for one in refusal.problems(self.path)]
        return InvalidArguments([one[:2] for one in found], found[0].recorded)

    def _step(self, i: int) -> str:
        """Return the step of a path to an argument; a lifecycle handler has but one."""
        return f"[{i}]" if self.path == _WHOLE else ""

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
