"""From routes to the channels and operations of a document.

Keys are made of route names, class names and events: what a reference can hold.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import chain, count
from typing import Any

from nsroute.asyncapi.channels import address_of, parameters_of
from nsroute.asyncapi.messages import (
    auth_payload,
    described,
    event_payload,
    reply_payload,
)
from nsroute.asyncapi.schemas import Schemas
from nsroute.handlers.entries import HandlerEntry, title_of
from nsroute.handlers.order import HandlerOrder
from nsroute.router import MetaRouter
from nsroute.routing import Route


class Operations:
    """The channels and operations of a document, and the schemas that they need.

    `schemas` must be asked for its components once, before the rest is written.
    """

    def __init__(self, router: MetaRouter) -> None:
        self.schemas: Schemas = Schemas()
        self.channels: dict[str, Any] = {}
        self.operations: dict[str, Any] = {}
        order = HandlerOrder(router)
        for route in router.table:
            entries = order.of_route(route)
            if any(one.event == "connect" and one.shadowed_by for one in entries):
                continue  # the class has no clients
            name = _free(_slug(route.name or title_of(route.target)), self.channels)
            channel = self.channels[name] = _channel(router, route)
            for entry in entries:
                if entry.event != "disconnect" and not entry.shadowed_by:
                    self._add(name, channel["messages"], entry)

    def _add(self, channel: str, messages: dict[str, Any], entry: HandlerEntry) -> None:
        key = _free(_slug(entry.event), (*messages, "error", "connect_error"))
        make = self._connect if entry.event == "connect" else self._event
        added = make(key, entry, messages)
        messages.update(added)
        replies = [name for name in added if name != key]
        where = f"#/channels/{channel}"
        self.operations[_free(f"{channel}.{key}", self.operations)] = {
            "action": "receive",
            "channel": {"$ref": where},
            **described(entry.function),
            "messages": [{"$ref": f"{where}/messages/{key}"}],
            "reply": {
                "channel": {"$ref": where},
                "messages": [{"$ref": f"{where}/messages/{one}"} for one in replies],
            },
            "x-handler": entry.handler,
            "x-middleware": list(entry.middleware),
        }

    def _connect(
        self, key: str, entry: HandlerEntry, _: dict[str, Any]
    ) -> dict[str, Any]:
        return {
            key: {
                "name": "connect",
                "title": "CONNECT, with `auth` as its payload",
                "payload": auth_payload(entry.signature, self.schemas),
            },
            "connect_error": {"$ref": "#/components/messages/Refusal"},
        }

    def _event(
        self, key: str, entry: HandlerEntry, messages: dict[str, Any]
    ) -> dict[str, Any]:
        event, function, signature = entry.event, entry.function, entry.signature
        return {
            key: {
                "name": event,
                "title": _title(event),
                **described(function),
                "payload": event_payload(signature, self.schemas),
            },
            _free(f"{key}.acknowledgement", messages): {
                "name": f"{event} acknowledgement",
                "title": f"The acknowledgement of {event}",
                "payload": reply_payload(signature, self.schemas),
            },
            "error": {"$ref": "#/components/messages/Error"},
        }


def _channel(router: MetaRouter, route: Route) -> dict[str, Any]:
    pattern = router.table.pattern_of(route)
    parameters = parameters_of(pattern)
    return {
        "address": address_of(pattern),
        "title": title_of(route.target),
        **described(route.target),
        **({"parameters": parameters} if parameters else {}),
        "messages": {},
        "x-pattern": route.pattern,
    }


def _title(event: str) -> str:
    if event == "*":
        return "Any other event"
    prefix = event.removesuffix("*")
    return event if prefix == event else f"Any event that begins with {prefix}"


def _slug(text: str) -> str:
    """Replace what a reference cannot hold."""
    return re.sub(r"[^\w.-]+", "_", text, flags=re.ASCII).strip("_") or "any"


def _free(key: str, taken: Mapping[str, Any] | tuple[str, ...]) -> str:
    """Add a number to a key that is taken."""
    numbered = (f"{key}-{number}" for number in count(2))
    return next(name for name in chain([key], numbered) if name not in taken)
