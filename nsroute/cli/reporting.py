"""A `Lookup` as a page of text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from nsroute.cli.columns import wrapped
from nsroute.handlers import (
    HandlerEntry,
    Lookup,
    place_of,
    purpose_of,
    signature_of,
    title_of,
)

_INDENT: Final = 2
_LABEL: Final = 12
_NARROWEST: Final = 20
_WIDEST: Final = 100


def report(found: Lookup, width: int | None) -> Iterator[str]:
    """Write what was found, or why nothing was, in lines of at most `width`."""
    limit = width or _WIDEST
    yield from wrapped(_headline(found), limit)
    yield ""
    if not found.served:
        yield from _misses(found, limit)
    else:
        for label, lines in _sections(found):
            yield from _section(label, lines, limit)
    if found.hint is not None:
        yield ""
        yield f"{found.hint[0].upper()}{found.hint[1:]}"


def _headline(found: Lookup) -> str:
    name, event, target = found.namespace, found.event, found.target
    if not found.served:
        return f"{name!r} is refused: no route matches it."
    if not found.complete:
        if found.route is not None and found.unreached:
            pattern = found.route.pattern
            return f"{name} matches {pattern}, but a function takes its connects."
        return f"{name} is served, but nothing handles {event!r} there."
    if target is not None and found.handler and found.handler.target is None:
        return f"{name} is served, but a function takes {event!r} before its class can."
    if found.route is not None:
        return f"{name} matches {found.route.pattern}"
    return f"{name} is {_beside_the_routes(found)}, which no route is asked for."


def _beside_the_routes(found: Lookup) -> str:
    if found.target is not None:
        return "an exact namespace"
    if found.accepted:
        return "in the server's own namespaces"
    return "served by functions"


def _misses(found: Lookup, limit: int) -> Iterator[str]:
    for miss in found.near:
        yield from _indented(miss.route.pattern, limit)
        yield from _indented(f"no: {miss.reason}", limit, _INDENT * 2)
    if not found.near:
        yield from _indented(
            "no route comes near it; see `flask nsroute routes`", limit
        )


def _sections(found: Lookup) -> Iterator[tuple[str, Iterable[str]]]:
    if found.route is not None and found.route.name is not None:
        yield "name", [found.route.name]
    if found.params:
        yield "params", [f"{name} = {value!r}" for name, value in found.params.items()]
    if found.target is not None:
        yield "class", _described(title_of(found.target), found.target)
    if found.handler is None:
        yield "events", list(_events(found)) or ["none"]
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


def _events(found: Lookup) -> Iterator[str]:
    width = max((len(entry.event) for entry in found.entries), default=0)
    for entry in found.entries:
        handler = entry.handler or "(lets everyone in)"
        if entry.shadowed_by is not None:
            handler = f"{handler} (never: {entry.shadowed_by} takes it)"
        elif entry.kind == "function":
            handler = f"{handler} (a function on {entry.namespace!r})"
        yield f"{entry.event.ljust(width)}  {handler}"


def _middleware(entry: HandlerEntry) -> Iterator[str]:
    for number, layer in enumerate(entry.layers, 1):
        purpose = purpose_of(layer)
        yield f"{number}. {title_of(layer)}" + (f": {purpose}" if purpose else "")


def _section(label: str, lines: Iterable[str], limit: int) -> Iterator[str]:
    for line in lines:
        for part in wrapped(line, max(limit - _INDENT - _LABEL, _NARROWEST)):
            yield f"{' ' * _INDENT}{label.ljust(_LABEL)}{part}"
            label = ""


def _indented(text: str, limit: int, indent: int = _INDENT) -> Iterator[str]:
    for part in wrapped(text, max(limit - indent, _NARROWEST)):
        yield " " * indent + part
