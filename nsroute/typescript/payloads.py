"""From the schemas of payloads to declarations of types.

A client may leave out what has a default, and the server sends it always. A class that
travels both ways has a second type then, for what a client sends: `StrokeInput`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

import attrs

from nsroute.schemas import Schema, Schemas
from nsroute.typescript.contracts import Contracts
from nsroute.typescript.names import pascal
from nsroute.typescript.types import Types, references

Components = Mapping[str, Schema]


@attrs.frozen
class Payloads:
    """The types of what is received and of what is sent, and their declarations."""

    received: Types
    sent: Types
    lines: tuple[str, ...]

    @classmethod
    def of(cls, contracts: Contracts) -> Payloads:
        """Name and declare all that the contracts refer to."""
        received = _components(contracts.received, contracts.sent)
        sent = _components(contracts.sent, contracts.received)
        differing = _differing(received, sent)
        ours: dict[str, str] = {}
        theirs: dict[str, str] = {}
        for name, wanted in _wanted({**received, **sent}).items():
            ours[name] = theirs[name] = contracts.names.take(wanted)
            if name in differing:
                theirs[name] = contracts.names.take(f"{ours[name]}Input")
        types = Types(theirs), Types(ours)
        lines: list[str] = []
        for name, written in ours.items():
            if name in sent:
                lines += [*types[1].declare(written, sent[name]), ""]
            if name in received and (name in differing or name not in sent):
                lines += [*types[0].declare(theirs[name], received[name]), ""]
        return cls(*types, tuple(lines))


def _wanted(components: Components) -> dict[str, str]:
    """Return what the types are to be called: by their titles, if those differ."""
    titles = {name: pascal(one.get("title", name)) for name, one in components.items()}
    several = {title for title, count in Counter(titles.values()).items() if count > 1}
    return {
        name: pascal(name) if titles[name] in several else titles[name]
        for name in sorted(components)
    }


def _components(schemas: Schemas, others: Schemas) -> Components:
    """Return the components that are referred to, named as those of the others."""
    components = schemas.components(others.annotations)
    found: set[str] = set()
    waiting = [*references(schemas.schemas)]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += references(components[name])
    return {name: components[name] for name in sorted(found)}


def _differing(received: Components, sent: Components) -> set[str]:
    """Return the components that are not the same both ways, or hold such."""
    both = received.keys() & sent.keys()
    found = {name for name in both if received[name] != sent[name]}
    while more := {*_holding(received, both - found, found)}:
        found |= more
    return found


def _holding(components: Components, some: set[str], found: set[str]) -> Iterator[str]:
    for name in some:
        if not found.isdisjoint(references(components[name])):
            yield name
