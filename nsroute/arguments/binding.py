"""What positional parameters declare -> one function from wire to call arguments.

For each number of arguments there is one type, to which all are converted in one step.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import attrs
import msgspec
from msgspec.structs import astuple

from nsroute.arguments.callables import WIRE_NAMES
from nsroute.arguments.conversion import INVALID, Converter, TypeTree, converter
from nsroute.arguments.explanation import Part, Problem, Refusal, Search
from nsroute.errors import InvalidArguments

Bind = Callable[[tuple[Any, ...]], tuple[Any, ...]]
"""Wire arguments -> call arguments; raises `InvalidArguments`."""

_WHOLE = "arguments"
_NEVER_MADE: frozenset[Any] = frozenset({str, bool})
"""What a value is that passes as it is if it is of exactly this type."""
_NO_AUTH = " (the client sent no auth: annotate `… | None`, or write a default)"


@attrs.frozen
class ArgumentSpec:
    """What wire arguments there may be, and what each should be."""

    trees: tuple[TypeTree | None, ...]
    """What each positional parameter declares; None for nothing."""
    rest: TypeTree | None
    """What each of the arguments in `*args` declares."""
    least: int
    """How many of the positional parameters have no default."""
    is_open: bool
    path: str
    """What the client is told that they are."""

    def bind_event(self) -> Bind | None:
        """Return what binds an event; None where the arguments pass as they are."""
        if self._is_typed:
            return self._converting()
        return None if self.is_open and not self.least else self._counting()

    def bind_lifecycle(self, default: Any) -> Bind | None:
        """Return what binds a connect or disconnect, whose argument is always there.

        It is None where the client sent nothing; then the default applies.
        """
        if not self.trees and not self.is_open:
            return lambda _: ()
        bind = self._converting() if self._is_typed else None
        if self.least or not self.trees or (bind is None and default is None):
            return bind
        return lambda args: () if args[0] is None else bind(args) if bind else args

    @property
    def _is_typed(self) -> bool:
        return any(one is not None for one in (*self.trees, self.rest))

    def _counting(self) -> Bind:
        least, most = self.least, len(self.trees)

        def bind(args: tuple[Any, ...]) -> tuple[Any, ...]:
            if len(args) < least or (len(args) > most and not self.is_open):
                raise self._wrong_count(len(args))
            return args

        return bind

    def _converting(self) -> Bind:
        kinds = [Any if one is None else one.prepared for one in self.trees]
        most = len(kinds)
        rows = {n: _row_converter(kinds[:n]) for n in range(self.least, most + 1)}
        exact = {n: (*kinds[:n],) for n in rows if _NEVER_MADE.issuperset(kinds[:n])}
        rest = Any if self.rest is None else self.rest.prepared
        open_row = _row_converter([*kinds, types.GenericAlias(tuple, (rest, ...))])

        def bind(args: tuple[Any, ...]) -> Any:
            if exact.get(len(args)) == (*map(type, args),):
                return args  # the usual case, in less than half the time
            row = rows.get(len(args))
            try:
                if row is not None:
                    return astuple(row(args))
                if self.is_open and len(args) > most:
                    *head, tail = astuple(open_row((*args[:most], args[most:])))
                    return (*head, *tail)
            except INVALID as error:
                raise self._refusal(args, Refusal.of(error)) from error
            raise self._wrong_count(len(args))

        return bind

    def _refusal(self, args: tuple[Any, ...], refusal: Refusal) -> InvalidArguments:
        """Explain a refusal, from the first argument that is wrong on."""
        problems: list[Problem] = []
        most = len(self.trees)
        first = refusal.index or 0
        step = "[{}]" if self.path == _WHOLE else ""
        for i, tree in enumerate(self.trees[first : len(args)], first):
            if tree is not None:
                path = f"{self.path}{step.format(i)}"
                part = Part(tree.annotation, args[i], path, refusal.within(f"[{i}]"))
                Search(tree, problems).visit(part)
        if self.rest is not None:
            known, items = refusal.within(f"[{most}]"), list(args[most:])
            many = Part(self.rest.annotation, items, self.path, known)
            search = Search(self.rest, problems)
            search.visit_items(many, lambda i: step.format(i + most), 0)
        found = problems or [*refusal.problems(self.path)]
        recorded = found[0].recorded
        if self.path == WIRE_NAMES["connect"] and args == (None,):
            recorded += _NO_AUTH
        return InvalidArguments([one[:2] for one in found], recorded)

    def _wrong_count(self, found: int) -> InvalidArguments:
        least, most = self.least, len(self.trees)
        more = "" if least == most else f" to {most}"
        wanted = f"at least {least}" if self.is_open else f"{least}{more}"
        plural = "" if wanted.rsplit(maxsplit=1)[-1] == "1" else "s"
        text = f"Expected {wanted} argument{plural}, got {found}"
        return InvalidArguments([(_WHOLE, text)])


def _row_converter(prepared: list[Any]) -> Converter:
    """Return the function that converts a tuple of wire values to a row.

    A row is a Struct, for `msgspec.structs.astuple`: msgspec compiles a Struct once,
    and `tuple[…]` at every call.
    """
    fields = [(f"_{i}", one) for i, one in enumerate(prepared)]
    return converter(msgspec.defstruct("row", fields, array_like=True, gc=False))
