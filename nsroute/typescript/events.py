"""From the events of a contract to the members of an interface."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from nsroute.typescript.contracts import Event
from nsroute.typescript.names import documented, key, parameters
from nsroute.typescript.types import Types, array_of

_ANYTHING: Final = "(...args: any[]) => void"


def received_events(
    events: Sequence[Event], types: Types, answers: Types
) -> Iterator[str]:
    """Yield the members of what a client sends: each event has an answer."""
    for event in events:
        written = _received(event, types, answers)
        if event.name.endswith("*") and _overlaps(event, events):
            written = _ANYTHING  # an index must fit all that is more special
        yield from documented(event.doc, "  ")
        yield f"  {_member(event.name)}: {written};"


def sent_events(events: Sequence[Event], types: Types, answers: Types) -> Iterator[str]:
    """Yield the members of what the server sends: some events want an answer."""
    for event in events:
        yield from documented(event.doc, "  ")
        yield f"  {key(event.name)}: {_sent(event, types, answers)};"


def _member(name: str) -> str:
    if not name.endswith("*"):
        return key(name)
    if name == "*":
        return "[event: string]"
    prefix = name[:-1].replace("\\", "\\\\").replace("`", "\\`").replace("${", "\\${")
    return f"[event: `{prefix}${{string}}`]"


def _overlaps(event: Event, events: Sequence[Event]) -> bool:
    prefix = event.name[:-1]
    others = [one.name for one in events if one is not event]
    return any(other.removesuffix("*").startswith(prefix) for other in others)


def _received(event: Event, types: Types, answers: Types) -> str:
    if event.is_loose:
        return _ANYTHING
    args = _arguments(event, types)
    answer = f"{_last_name(event)}: {_answered(event, answers)}"
    if event.least == len(event.args) and event.rest is None:
        return f"({', '.join([*args[: event.least], answer])}) => void"
    counts = range(event.least, len(event.args) + 1)
    several = [[*args[:count], answer] for count in counts]
    if event.rest is not None:
        several[-1] = [*args, answer]
    tuples = [f"[{', '.join(one)}]" for one in several]
    return f"(...args: {' | '.join(tuples)}) => void"


def _sent(event: Event, types: Types, answers: Types) -> str:
    """Return the type of an event that has an answer, or none."""
    args, name, kind = _arguments(event, types), _last_name(event), event.result.kind
    if kind == "nothing":
        return f"({', '.join(args)}) => void"
    if kind == "any" and event.rest is not None:
        return _ANYTHING
    if kind == "any":
        args.append(f"{name}?: (...values: any[]) => void")
    elif kind == "value":
        args.append(f"{name}: (value: {answers.of(event.answers[0])}) => void")
    else:
        args.append(f"{name}: (...values: {_values(event, answers)}) => void")
    return (
        f"({', '.join(args)}) => void"
        if event.rest is None
        else (f"(...args: [{', '.join(args)}]) => void")
    )


def _arguments(event: Event, types: Types) -> list[str]:
    names = _names(event)
    args = [
        f"{name}: {types.of(one.schema)}"
        for name, one in zip(names, event.args, strict=False)
    ]
    if event.rest is not None:
        rest = array_of(types.of(event.rest.schema))
        args.append(f"...{names[len(event.args)]}: {rest}")
    return args


def _names(event: Event) -> list[str]:
    rest = () if event.rest is None else (event.rest.name,)
    return parameters([*(one.name for one in event.args), *rest, "answer"])


def _last_name(event: Event) -> str:
    return _names(event)[-1]


def _answered(event: Event, types: Types) -> str:
    """Return the type of the function that gets an acknowledgement."""
    if event.result.kind == "values" and event.answers:
        return f"(...answer: {_values(event, types)} | [Failure]) => void"
    what = "unknown"
    if event.result.kind in ("nothing", "values"):
        what = "undefined"
    elif event.result.optional:
        what = types.optional(event.answers[0])
    elif event.answers:
        what = types.of(event.answers[0])
    return f"(answer: Answer<{what}>) => void"


def _values(event: Event, types: Types) -> str:
    if event.result.parts[-1:] == (...,):
        return array_of(types.of(event.answers[0]))
    return f"[{', '.join(map(types.of, event.answers))}]"
