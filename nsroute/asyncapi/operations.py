"""From routes to the channels and operations of a document."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import chain, count
from typing import Any, Final

from werkzeug.routing import (
    AnyConverter,
    FloatConverter,
    IntegerConverter,
    UnicodeConverter,
    UUIDConverter,
)

from nsroute.asyncapi.schemas import (
    auth_payload,
    event_payload,
    new_schemas,
    reply_payload,
)
from nsroute.handlers.entries import HandlerEntry, HandlerOrder, title_of
from nsroute.router import MetaRouter
from nsroute.routing import Converter, Pattern, Route, Segment, lengths, limits
from nsroute.schemas import Schema, Schemas, described, result_of

_BRACES: Final = str.maketrans({"{": "%7B", "}": "%7D"})  # no parameters


class Operations:
    """The channels and operations of a document, and the schemas that they need."""

    def __init__(self, router: MetaRouter) -> None:
        self.schemas: Schemas = new_schemas()
        self.channels: dict[str, Any] = {}
        self.operations: dict[str, Any] = {}
        order = HandlerOrder(router)
        for route in router.table:
            entries = order.of_route(route)
            if any(one.event == "connect" and one.shadowed_by for one in entries):
                continue  # the class has no clients
            name = _free(_slug(route.name or title_of(route.target)), self.channels)
            self.channels[name] = _channel(route, router.table.pattern_of(route))
            for entry in entries:
                if entry.event != "disconnect" and not entry.shadowed_by:
                    self._add(name, entry)
            for entry in order.sent_by_route(route):
                self._add_sent(name, entry)

    def _add(self, channel: str, entry: HandlerEntry) -> None:
        messages, where = self.channels[channel]["messages"], f"#/channels/{channel}"
        key = _free(_slug(entry.event), (*messages, "error", "connect_error"))
        added = self._messages(key, entry, messages)
        messages.update(added)
        sent, *replies = [{"$ref": f"{where}/messages/{name}"} for name in added]
        self.operations[_free(f"{channel}.{key}", self.operations)] = {
            "action": "receive",
            "channel": {"$ref": where},
            **described(entry.function),
            "messages": [sent],
            "reply": {"channel": {"$ref": where}, "messages": replies},
            "x-handler": entry.handler,
            "x-middleware": list(entry.middleware),
        }

    def _add_sent(self, channel: str, entry: HandlerEntry) -> None:
        messages, where = self.channels[channel]["messages"], f"#/channels/{channel}"
        key = _free(_slug(entry.event), (*messages, "error", "connect_error"))
        messages[key] = {
            "name": entry.event,
            **described(entry.function),
            "payload": event_payload(entry.signature, self.schemas, sent=True),
        }
        operation: dict[str, Any] = {
            "action": "send",
            "channel": {"$ref": where},
            **described(entry.function),
            "messages": [{"$ref": f"{where}/messages/{key}"}],
        }
        if result_of(entry.signature).kind != "nothing":
            answer = _free(f"{key}.answer", messages)
            messages[answer] = {
                "name": f"{entry.event} answer",
                "title": f"What a client answers to {entry.event}",
                "payload": reply_payload(entry.signature, self.schemas),
            }
            replies = [{"$ref": f"{where}/messages/{answer}"}]
            operation["reply"] = {"channel": {"$ref": where}, "messages": replies}
        operation["x-declared-by"] = entry.handler
        self.operations[_free(f"{channel}.{key}", self.operations)] = operation

    def _messages(
        self, key: str, entry: HandlerEntry, taken: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return what a client sends, and then what it may get."""
        event, signature = entry.event, entry.signature
        if event == "connect":
            title = "CONNECT, with `auth` as its payload"
            payload = auth_payload(signature, self.schemas)
            return {
                key: {"name": event, "title": title, "payload": payload},
                "connect_error": {"$ref": "#/components/messages/Refusal"},
            }
        return {
            key: {
                "name": event,
                **described(entry.function),
                "payload": event_payload(signature, self.schemas),
            },
            _free(f"{key}.acknowledgement", taken): {
                "name": f"{event} acknowledgement",
                "title": f"The acknowledgement of {event}",
                "payload": reply_payload(signature, self.schemas),
            },
            "error": {"$ref": "#/components/messages/Error"},
        }


def _slug(text: str) -> str:
    """Replace what a reference cannot hold."""
    return re.sub(r"[^\w.-]+", "_", text, flags=re.ASCII).strip("_") or "any"


def _free(key: str, taken: Mapping[str, Any] | tuple[str, ...]) -> str:
    """Add a number to a key that is taken."""
    numbered = (f"{key}-{number}" for number in count(2))
    return next(name for name in chain([key], numbered) if name not in taken)


def _channel(route: Route, pattern: Pattern) -> dict[str, Any]:
    parameters = {one.name: _parameter(one.converter) for one in pattern.params}
    return {
        "address": "/" + "/".join(map(_segment, pattern.segments)),
        "title": title_of(route.target),
        **described(route.target),
        **({"parameters": parameters} if parameters else {}),
        "messages": {},
        "x-pattern": route.pattern,
    }


def _segment(segment: Segment) -> str:
    name = "" if segment.param is None else f"{{{segment.param.name}}}"
    before, after = (x.translate(_BRACES) for x in (segment.before, segment.after))
    return before + name + after


def _parameter(converter: Converter) -> Schema:
    """Describe a parameter: AsyncAPI 3 has lists of words for it, and no schemas."""
    expected, schema = converter.expects(), _schema(converter)
    return {
        "description": f"{expected[0].upper()}{expected[1:]}.",
        **({"enum": schema["enum"]} if "enum" in schema else {}),
        "x-converter": converter.name,
        "x-schema": schema,
    }


def _schema(converter: Converter) -> Schema:
    if converter.is_custom:
        return {"type": "string", "pattern": f"^(?:{converter.wrapped.regex})$"}
    arguments, least, most = converter.arguments, *limits(converter.arguments)
    schema: Schema = {"type": "string"}
    match converter.wrapped:
        case IntegerConverter():
            schema = {"type": "integer", "minimum": least, "maximum": most}
        case FloatConverter():
            schema = {"type": "number", "minimum": least, "maximum": most}
        case UnicodeConverter():
            schema["minLength"], schema["maxLength"] = lengths(arguments)
        case UUIDConverter():
            schema["format"] = "uuid"
        case AnyConverter():
            schema["enum"] = [*arguments["items"]]
        case _:  # a path
            schema["minLength"] = 1
    return {name: value for name, value in schema.items() if value is not None}
