"""Routes -> the channels and operations of a document.

Keys are made of route names, class names and events: what a reference can hold.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import chain, count
from typing import Any, Final

from nsroute.asyncapi.channels import address_of, parameters_of
from nsroute.asyncapi.messages import (
    described,
    event_payload,
    reply_payload,
    single_payload,
)
from nsroute.asyncapi.schemas import Schema, Schemas
from nsroute.listing import Listed, Precedence, list_route, title_of
from nsroute.router import MetaRouter
from nsroute.routing import Route

__all__ = ["SHARED_MESSAGES", "SHARED_SCHEMAS", "Operations"]

SHARED_SCHEMAS: Final[dict[str, Schema]] = {
    "nsroute.Error": {
        "title": "Error",
        "description": "Why an event was not handled as asked.",
        "type": "object",
        "required": ["error"],
        "properties": {
            "error": {
                "type": "object",
                "required": ["code", "message"],
                "properties": {
                    "code": {
                        "type": "string",
                        "description": "For a program to compare.",
                        "examples": [
                            "unhandled_event",
                            "invalid_arguments",
                            "internal_error",
                        ],
                    },
                    "message": {
                        "type": "string",
                        "description": "For a person to read.",
                    },
                    "details": {
                        "description": "What else there is to say, if anything.",
                    },
                },
            }
        },
    },
    "nsroute.Refusal": {
        "title": "Refusal",
        "description": "Why a client was not let in, as CONNECT_ERROR carries it.",
        "type": "object",
        "required": ["message"],
        "properties": {"message": {"type": "string"}, "data": {}},
    },
}
"""Under names that no class of a user's has."""

SHARED_MESSAGES: Final[dict[str, Any]] = {
    "Error": {
        "name": "error",
        "title": "An error in place of an acknowledgement",
        "payload": {
            "type": "array",
            "items": [{"$ref": "#/components/schemas/nsroute.Error"}],
            "additionalItems": False,
            "minItems": 1,
        },
    },
    "Refusal": {
        "name": "connect_error",
        "title": "The refusal of a connect",
        "payload": {"$ref": "#/components/schemas/nsroute.Refusal"},
    },
}


_RESERVED: Final = dict.fromkeys(("error", "connect_error"))


class Operations:
    """The channels and operations of a document, and the schemas that they need.

    Attributes:
        schemas: To be asked for its components once, before the rest is written.
        channels: By their keys.
        operations: By their keys.
    """

    def __init__(self, router: MetaRouter) -> None:
        self.schemas: Schemas = Schemas()
        self.channels: dict[str, Any] = {}
        self.operations: dict[str, Any] = {}
        order = Precedence(router)
        for route in router.table:
            lines = list_route(order, route)
            if any(line.event == "connect" and line.taken_by for line in lines):
                continue  # a function takes its clients
            lines = [line for line in lines if not line.taken_by]
            name = _free(_slug(route.name or title_of(route.target)), self.channels)
            channel = self.channels[name] = _channel(router, route)
            for line in lines:
                self._add(name, channel["messages"], line)

    def _add(self, channel: str, messages: dict[str, Any], line: Listed) -> None:
        if line.event == "disconnect":
            return
        key = _free(_slug(line.event), {**messages, **_RESERVED})
        add = self._add_connect if line.event == "connect" else self._add_event
        replies = add(key, messages, line)
        where = f"#/channels/{channel}"
        operation = {
            "action": "receive",
            "channel": {"$ref": where},
            **described(line.function),
            "messages": [{"$ref": f"{where}/messages/{key}"}],
            "reply": {
                "channel": {"$ref": where},
                "messages": [{"$ref": f"{where}/messages/{one}"} for one in replies],
            },
            "x-handler": line.handler,
            "x-middleware": list(line.middleware),
        }
        self.operations[_free(f"{channel}.{key}", self.operations)] = operation

    def _add_connect(
        self, key: str, messages: dict[str, Any], line: Listed
    ) -> list[str]:
        messages[key] = {
            "name": "connect",
            "title": "CONNECT, with `auth` as its payload",
            "payload": single_payload(line.signature, self.schemas),
        }
        messages["connect_error"] = {"$ref": "#/components/messages/Refusal"}
        return ["connect_error"]

    def _add_event(self, key: str, messages: dict[str, Any], line: Listed) -> list[str]:
        messages[key] = {
            "name": line.event,
            "title": _title(line.event),
            **described(line.function),
            "payload": event_payload(line.signature, self.schemas),
        }
        reply = _free(f"{key}.acknowledgement", messages)
        messages[reply] = {
            "name": f"{line.event} acknowledgement",
            "title": f"The acknowledgement of {line.event}",
            "payload": reply_payload(line.function, line.signature, self.schemas),
        }
        messages["error"] = {"$ref": "#/components/messages/Error"}
        return [reply, "error"]


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
    """Make of a text what a reference can hold."""
    return re.sub(r"[^\w.-]+", "_", text, flags=re.ASCII).strip("_") or "any"


def _free(key: str, taken: Mapping[str, Any]) -> str:
    """Number a key that somebody has already."""
    numbered = (f"{key}-{number}" for number in count(2))
    return next(name for name in chain([key], numbered) if name not in taken)
