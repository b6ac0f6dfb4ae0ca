"""A TypeScript module from routes and their types, for `socket.io-client`.

It has, for each class, what its clients send and what the server sends, in the
convention of Socket.IO; the types of payloads and of `auth`; and a function that builds
the name of a namespace. `typescript_module` returns its text, the same for the same
routes.

- `contracts`: the routes and their types, collected;
- `events`, `types`, `namespaces`: what becomes of each; `names` spells them;
- `codes`: the codes of errors that the source of an application names.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from typing import Final

from nsroute.handlers.entries import HandlerOrder
from nsroute.router import MetaRouter
from nsroute.typescript.codes import error_codes
from nsroute.typescript.contracts import Contract, Contracts
from nsroute.typescript.events import received_events, sent_events
from nsroute.typescript.names import documented, quoted
from nsroute.typescript.namespaces import builders, name_function
from nsroute.typescript.payloads import Payloads

__all__ = ["typescript_module"]

_TAKEN: Final = (
    *("Answer", "ErrorCode", "Failure", "Refusal", "Socket", "Unanswered", "Uuid"),
    *("AllButLast", "Array", "ArrayBuffer", "Error", "Math", "Number", "Object"),
    *("Partial", "RangeError", "String", "Uint8Array"),
)
"""Names that the module declares or uses itself."""

_HEAD: Final = files(__name__).joinpath("head.ts").read_text("utf-8")


def typescript_module(router: MetaRouter) -> str:
    """Return a TypeScript module for the clients of a mounted router."""
    contracts = Contracts(router, _TAKEN)
    payloads = Payloads.of(contracts)
    lines = [*payloads.lines]
    for contract in contracts.found:
        lines += [*_contract(contract, payloads), ""]
    text = "\n".join(lines)
    head = _HEAD.replace("CODES", " | ".join(map(quoted, _codes(router))))
    return "\n".join([head, text, builders(text)]).rstrip() + "\n"


def _contract(contract: Contract, payloads: Payloads) -> Iterator[str]:
    """Yield the lines of one class."""
    name = contract.name
    sent, received = f"{name}ServerToClient", f"{name}ClientToServer"
    yield f"/** What the server sends in a namespace of `{name}`. */"
    yield f"export interface {sent} {{"
    yield from sent_events(contract.sent, payloads.sent, payloads.received)
    yield "}"
    yield ""
    yield f"/** What a client sends in a namespace of `{name}`. */"
    yield f"export interface {received} {{"
    yield from received_events(contract.received, payloads.received, payloads.sent)
    yield "}"
    yield ""
    yield from documented(contract.doc)
    socket = f"Socket<{sent}, {received}> & Unanswered<{received}>"
    yield f"export type {name}Socket = {socket};"
    yield ""
    if contract.auth is not None:
        optional = "" if contract.auth.is_required else " | undefined"
        yield "/** What a client sends as `auth` when it connects. */"
        auth = payloads.received.of(contract.auth.schema)
        yield f"export type {name}Auth = {auth}{optional};"
        yield ""
    yield from name_function(contract)


def _codes(router: MetaRouter) -> list[str]:
    order = HandlerOrder(router)
    entries = [entry for route in router.table for entry in order.of_route(route)]
    return error_codes(
        [route.target for route in router.table],
        [layer for entry in entries for layer in entry.layers],
    )
