"""From the routes of a router to what their clients and the server send each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from inspect import Parameter
from itertools import chain, count
from typing import Any, Final

import attrs

from nsroute.arguments import Signature
from nsroute.dispatch.routes import LIFECYCLE
from nsroute.handlers.entries import HandlerEntry, HandlerOrder
from nsroute.router import MetaRouter
from nsroute.routing import Pattern, Route
from nsroute.schemas import Result, Schema, Schemas, described, evaluated, result_of
from nsroute.typescript.names import Names, pascal

SUFFIXES: Final = ("ServerToClient", "ClientToServer", "Socket", "Auth", "Params")
"""What stands behind the name of a class in the names that are written for it."""


@attrs.frozen
class Argument:
    """One argument of an event."""

    name: str
    schema: Schema


@attrs.frozen
class Event:
    """An event that one of the two sides sends."""

    name: str
    doc: str
    args: tuple[Argument, ...]
    least: int
    """How many arguments must be there."""
    rest: Argument | None
    """What further arguments are."""
    is_loose: bool
    """Whether nothing is known of the arguments."""
    result: Result
    answers: tuple[Schema, ...]
    """The schemas of the values of its answer."""


@attrs.frozen
class Auth:
    """What a client sends with its connect."""

    schema: Schema
    is_required: bool


@attrs.define
class Contract:
    """A class: what its clients send, what it sends, and its namespaces."""

    name: str
    doc: str
    received: tuple[Event, ...]
    sent: tuple[Event, ...]
    auth: Auth | None
    patterns: list[Pattern]


class Contracts:
    """The contracts of a router, and the schemas that they need."""

    def __init__(self, router: MetaRouter, taken: Iterable[str]) -> None:
        self.received: Schemas = Schemas("")
        self.sent: Schemas = Schemas("", sent=True)
        self.names: Names = Names(taken)
        self.found: list[Contract] = []
        self._by_key: dict[tuple[Any, ...], Contract] = {}
        self._order = HandlerOrder(router)
        self._table = router.table
        for route in router.table:
            entries = self._order.of_route(route)
            if not any(one.event == "connect" and one.shadowed_by for one in entries):
                self._add(route, [one for one in entries if not one.shadowed_by])

    def _add(self, route: Route, entries: list[HandlerEntry]) -> None:
        """Add a route; one whose class takes the same at another is one with that."""
        key = (route.target, *((one.event, one.handler) for one in entries))
        if key not in self._by_key:
            self._by_key[key] = self._contract(route, entries)
            self.found.append(self._by_key[key])
        self._by_key[key].patterns.append(self._table.pattern_of(route))

    def _contract(self, route: Route, entries: list[HandlerEntry]) -> Contract:
        connect = next(one for one in entries if one.event == "connect")
        custom = [one for one in entries if one.event not in LIFECYCLE]
        sent = self._order.sent_by_route(route)
        return Contract(
            self._name(route.target),
            _doc(route.target),
            tuple(self._event(one, self.received, self.sent) for one in custom),
            tuple(self._event(one, self.sent, self.received) for one in sent),
            self._auth(connect.signature),
            [],
        )

    def _name(self, target: Any) -> str:
        """Return the name of a class; with its module, if another is called so, too."""
        short = pascal(target.__name__)
        whole = f"{target.__module__}.{target.__qualname__}".replace("<locals>", "")
        same = {id(one.target) for one in self._table if _short(one) == short}
        wanted = short if len(same) == 1 else pascal(whole)
        numbered = (f"{wanted}{number}" for number in count(2))
        return next(filter(self._is_free, chain([wanted], numbered)))

    def _is_free(self, name: str) -> bool:
        return self.names.take_all(f"{name}{suffix}" for suffix in SUFFIXES)

    def _auth(self, signature: Signature | None) -> Auth | None:
        if signature is None or not signature.parameters.positional:
            return None
        taken = signature.parameters.positional[0]
        schema = self.received.of(evaluated(signature, taken.annotation))
        return Auth(schema, taken.default is Parameter.empty)

    def _event(self, entry: HandlerEntry, carried: Schemas, answered: Schemas) -> Event:
        signature, result = entry.signature, result_of(entry.signature)
        doc = _doc(entry.function)
        if signature is None or signature.parameters.is_uncounted:
            return Event(entry.event, doc, (), 0, None, True, result, ())
        taken = signature.parameters
        sends = entry.action == "send"
        rest = None if taken.rest is None else _argument(signature, taken.rest, carried)
        return Event(
            entry.event,
            doc,
            tuple(_argument(signature, one, carried) for one in taken.positional),
            len(taken.positional) if sends else taken.required_count,
            rest,
            False,
            result,
            tuple(answered.of(one) for one in result.parts if one is not ...),
        )


def _short(route: Route) -> str:
    return pascal(route.target.__name__)


def _argument(signature: Signature, taken: Parameter, schemas: Schemas) -> Argument:
    return Argument(taken.name, schemas.of(evaluated(signature, taken.annotation)))


def _doc(thing: object) -> str:
    return "\n\n".join(_paragraphs(described(thing)))


def _paragraphs(parts: dict[str, str]) -> Iterator[str]:
    yield from (parts[name] for name in ("summary", "description") if name in parts)
