"""A finding as a page of text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from nsroute.cli.columns import wrapped
from nsroute.listing import Listed, title_of
from nsroute.listing.describing import place_of, purpose_of, signature_of
from nsroute.listing.matching import Finding

__all__ = ["report"]

_INDENT = 2
_LABEL = 12
_WIDEST = 100


def report(found: Finding, width: int | None) -> Iterator[str]:
    """Tell what was found, or why nothing was.

    Args:
        found: The finding.
        width: How many characters a line may have; None for a good number.
    """
    limit = width or _WIDEST
    yield from wrapped(_headline(found), limit)
    yield ""
    if not found.served:
        yield from _misses(found, limit)
    else:
        for label, lines in _sections(found):
            yield from _section(label, lines, limit)
    if found.hint is not None and not found.complete:
        yield ""
        yield f"{found.hint[0].upper()}{found.hint[1:]}"


def _headline(found: Finding) -> str:
    name, event = found.name, found.event
    if not found.served:
        return f"{name!r} is refused: no route matches it."
    if not found.complete and found.route is not None and found.unreached:
        pattern = found.route.pattern
        return f"{name} matches {pattern}, but a function takes its connects."
    if not found.complete:
        return f"{name} is served, but nothing handles {event!r} there."
    if found.target is not None and found.handler and found.handler.target is None:
        return f"{name} is served, but a function takes {event!r} before its class can."
    if found.route is not None:
        return f"{name} matches {found.route.pattern}"
    if found.target is not None:
        return f"{name} is an exact namespace, which no route is asked for."
    if found.accepted:
        return f"{name} is in the server's own namespaces, which no route is asked for."
    return f"{name} is served by functions, which no route is asked for."


def _misses(found: Finding, limit: int) -> Iterator[str]:
    for miss in found.near:
        yield from _indented(miss.route.pattern, limit)
        yield from _indented(f"no: {miss.reason}", limit, _INDENT * 2)
    if not found.near:
        yield from _indented(
            "no route comes near it; see `flask nsroute routes`", limit
        )


def _sections(found: Finding) -> Iterator[tuple[str, Iterable[str]]]:
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
    if found.handler is not None:
        yield "middleware", list(_middleware(found.handler)) or ["none"]
    if found.event != "connect":
        yield "connect", _connect(found.connect)


def _described(title: str, thing: object) -> list[str]:
    return [one for one in (title, purpose_of(thing), place_of(thing)) if one]


def _handler(line: Listed) -> list[str]:
    if line.function is None and line.event == "disconnect":
        return ["nothing is called when a client leaves"]
    if line.function is None:
        among = " that gets through the middleware" if line.layers else ""
        return [f"every client{among} is let in"]
    kind = " (a function)" if line.kind == "function" else ""
    title = f"{line.handler}{signature_of(line.function)}{kind}"
    return _described(title, line.function)


def _connect(line: Listed | None) -> list[str]:
    """Tell what a client has passed before it sends anything."""
    if line is None:
        return ["every client is let in"]
    through = ", ".join(line.middleware)
    return [*_handler(line), *([f"through {through}"] if through else [])]


def _events(found: Finding) -> Iterator[str]:
    width = max((len(line.event) for line in found.lines), default=0)
    for line in found.lines:
        handler = line.handler or "(lets everyone in)"
        if line.taken_by is not None:
            handler = f"{handler} (never: {line.taken_by} takes it)"
        elif line.kind == "function":
            handler = f"{handler} (a function on {line.namespace!r})"
        yield f"{line.event.ljust(width)}  {handler}"


def _middleware(line: Listed) -> Iterator[str]:
    for number, layer in enumerate(line.layers, 1):
        purpose = purpose_of(layer)
        yield f"{number}. {title_of(layer)}" + (f": {purpose}" if purpose else "")


def _section(label: str, lines: Iterable[str], limit: int) -> Iterator[str]:
    for line in lines:
        for part in wrapped(line, max(limit - _INDENT - _LABEL, 20)):
            yield f"{' ' * _INDENT}{label.ljust(_LABEL)}{part}"
            label = ""


def _indented(text: str, limit: int, indent: int = _INDENT) -> Iterator[str]:
    for part in wrapped(text, max(limit - indent, 20)):
        yield " " * indent + part
