"""All handlers as a table, with notes on those that shadow a route."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from nsroute.cli.columns import columns, wrapped
from nsroute.handlers import HandlerEntry

_HEADER: Final = ("Namespace", "Event", "Handler", "Middleware")
_KINDS: Final = {"function": " (function)", "namespace": " (exact)", "route": ""}


def tabulate(
    entries: Sequence[HandlerEntry], width: int | None, *, grouped: bool
) -> Iterator[str]:
    """Lay out entries in columns, with notes below.

    If `grouped`, a namespace is shown once for its events that follow each other.
    """

    def key(entry: HandlerEntry) -> object:
        return (entry.kind, entry.namespace) if grouped else id(entry)

    together = [list(found) for _, found in groupby(entries, key)]
    groups = [(found[0].namespace, [_row(one) for one in found]) for found in together]
    yield from columns(_HEADER, groups, width)
    notes = dict.fromkeys(_note(one) for one in entries if one.shadows)
    for note in ("", *notes) if notes else ():
        yield from [note] if width is None else wrapped(note, width)


def _row(entry: HandlerEntry) -> list[str]:
    return [entry.event, _handler(entry), ", ".join(entry.middleware)]


def _handler(entry: HandlerEntry) -> str:
    if entry.shadowed_by is not None:
        return f"{entry.shadowed_by} takes it from {entry.handler or entry.target}"
    return f"{entry.handler or '(lets everyone in)'}{_KINDS[entry.kind]}"


def _note(entry: HandlerEntry) -> str:
    what = entry.namespace
    if entry.kind == "function":
        what = f"{entry.event!r} on {what!r}"
    routes = ", ".join(entry.shadows)
    return f"{entry.target or entry.handler} takes {what} before {routes} can."
