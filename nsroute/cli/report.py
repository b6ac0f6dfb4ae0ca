"""For the terminal: all handlers as a table, and a `Lookup` as a page of text."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from textwrap import wrap
from typing import Final

from nsroute.handlers.entries import (
    HandlerEntry,
    place_of,
    purpose_of,
    signature_of,
    title_of,
)
from nsroute.handlers.lookup import Lookup

_HEADER: Final = ("Namespace", "Event", "Handler", "Middleware")
_KINDS: Final = {"function": " (function)", "namespace": " (exact)", "route": ""}
_GAP: Final = "  "
_NARROWEST_COLUMN: Final = 8
_NOT_HARDENED: Final = (
    "This server is not hardened: a client can make it hang, and fill its memory. Call "
    "nsroute.hardening.harden(socketio)."
)
_LABEL: Final = 12
_NARROWEST: Final = 20
_WIDEST: Final = 100


def terminal_width() -> int | None:
    """Return the width of the terminal; None if the output goes somewhere else."""
    return shutil.get_terminal_size((0, 0)).columns or None


def tabulate(
    entries: Sequence[HandlerEntry], width: int | None, *, grouped: bool
) -> Iterator[str]:
    """Lay out entries in columns, with notes below.

    If `grouped`, a namespace is shown once for its events that follow each other.
    """
    rows: list[Sequence[str]] = [_HEADER]
    above = None
    for one in entries:
        place = (one.kind, one.namespace)
        first = "" if grouped and place == above else one.namespace
        rows.append((first, one.event, _cell(one), ", ".join(one.middleware)))
        above = place
    yield from columns(rows, width)
    notes = dict.fromkeys(_note(one) for one in entries if one.shadows)
    for note in ("", *notes) if notes else ():
        yield from [note] if width is None or not note else wrap(note, width)


def hardening_note(is_hardened: bool, width: int | None) -> Iterator[str]:
    """Say what is left open to any client where a server is not hardened."""
    if not is_hardened:
        yield ""
        yield from [_NOT_HARDENED] if width is None else wrap(_NOT_HARDENED, width)


def columns(rows: Sequence[Sequence[str]], width: int | None) -> Iterator[str]:
    """Lay out a header and rows in lines of at most `width`."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    limit = sum(widths) if width is None else width - len(_GAP) * (len(widths) - 1)
    while sum(widths) > limit and max(widths) > _NARROWEST_COLUMN:
        widths[widths.index(max(widths))] -= 1
    rule = ["-" * each for each in widths]
    for row in (rows[0], rule, *rows[1:]):
        cells = [wrap(cell, each) for cell, each in zip(row, widths, strict=True)]
        for parts in zip_longest(*cells, fillvalue=""):
            padded = map(str.ljust, parts, widths)
            yield _GAP.join(padded).rstrip()


def _cell(entry: HandlerEntry) -> str:
    if entry.action == "send":
        return f"sent by {entry.handler}"
    if entry.shadowed_by is not None:
        return f"{entry.shadowed_by} takes it from {entry.handler or entry.target}"
    return f"{entry.handler or '(lets everyone in)'}{_KINDS[entry.kind]}"


def _note(entry: HandlerEntry) -> str:
    what = entry.namespace
    if entry.kind == "function":
        what = f"{entry.event!r} on {what!r}"
    routes = ", ".join(entry.shadows)
    return f"{entry.target or entry.handler} takes {what} before {routes} can."


def report(found: Lookup, width: int | None) -> Iterator[str]:
    """Write what was found, or why nothing was, in lines of at most `width`."""
    for prefix, line in _lines(found):
        limit = max(width or _WIDEST, len(prefix) + _NARROWEST)
        rest = " " * len(prefix)
        wrapped = wrap(line, limit, initial_indent=prefix, subsequent_indent=rest)
        yield from wrapped or [""]


def _lines(found: Lookup) -> Iterator[tuple[str, str]]:
    """Yield all lines, and what stands before each of them."""
    yield "", _headline(found)
    yield "", ""
    for miss in found.near:
        yield "  ", miss.route.pattern
        yield "    ", f"no: {miss.reason}"
    if not (found.served or found.near):
        yield "  ", "no route comes near it; see `flask nsroute routes`"
    for label, lines in _sections(found) if found.served else ():
        for prefix, line in zip((label, *[""] * len(lines)), lines, strict=False):
            yield f"  {prefix:{_LABEL}}", line
    if found.hint is not None:
        yield "", ""
        yield "", f"{found.hint[0].upper()}{found.hint[1:]}"


def _headline(found: Lookup) -> str:
    name, event = found.namespace, found.event
    if not found.served:
        return f"{name!r} is refused: no route matches it."
    if found.route is not None and found.unreached and not found.complete:
        pattern = found.route.pattern
        return f"{name} matches {pattern}, but a function takes its connects."
    if not found.complete:
        return f"{name} is served, but nothing handles {event!r} there."
    if found.target is not None and found.handler and found.handler.target is None:
        return f"{name} is served, but a function takes {event!r} before its class can."
    if found.route is not None:
        return f"{name} matches {found.route.pattern}"
    return f"{name} is served, but by no route."


def _sections(found: Lookup) -> Iterator[tuple[str, list[str]]]:
    if found.route is not None and found.route.name is not None:
        yield "name", [found.route.name]
    if found.params:
        yield "params", [f"{name} = {value!r}" for name, value in found.params.items()]
    if found.target is not None:
        yield "class", _described(title_of(found.target), found.target)
    if found.handler is None:
        yield "events", list(_events(found.entries)) or ["none"]
        if found.sent:
            yield "sends", list(_sends(found.sent))
    else:
        yield "event", [found.handler.event]
        yield "handler", _handler(found.handler)
        yield "middleware", list(_middleware(found.handler)) or ["none"]
    if found.connect is not None and found.event != "connect":
        through = ", ".join(found.connect.middleware)
        passed = [f"through {through}"] if through else []
        yield "connect", [*_handler(found.connect), *passed]


def _described(title: str, thing: object) -> list[str]:
    return [one for one in (title, purpose_of(thing), place_of(thing)) if one]


def _handler(entry: HandlerEntry) -> list[str]:
    if entry.function is None and entry.event == "disconnect":
        return ["nothing is called when a client leaves"]
    if entry.function is None:
        among = " that gets through the middleware" if entry.layers else ""
        return [f"every client{among} is let in"]
    kind = " (a function)" if entry.kind == "function" else ""
    title = f"{entry.handler}{signature_of(entry.function)}{kind}"
    return _described(title, entry.function)


def _events(entries: Iterable[HandlerEntry]) -> Iterator[str]:
    width = max((len(entry.event) for entry in entries), default=0)
    for entry in entries:
        handler = entry.handler or "(lets everyone in)"
        if entry.shadowed_by is not None:
            handler = f"{handler} (never: {entry.shadowed_by} takes it)"
        elif entry.kind == "function":
            handler = f"{handler} (a function on {entry.namespace!r})"
        yield f"{entry.event:{width}}  {handler}"


def _sends(entries: Sequence[HandlerEntry]) -> Iterator[str]:
    width = max(len(entry.event) for entry in entries)
    for entry in entries:
        signature = entry.function and signature_of(entry.function)
        yield f"{entry.event:{width}}  {entry.handler}{signature}"


def _middleware(entry: HandlerEntry) -> Iterator[str]:
    for number, layer in enumerate(entry.layers, 1):
        purpose = purpose_of(layer)
        yield f"{number}. {title_of(layer)}" + (f": {purpose}" if purpose else "")
