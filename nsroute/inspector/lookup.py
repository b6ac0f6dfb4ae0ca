"""Where a name leads, as the page shows it."""

from __future__ import annotations

from typing import Any

from nsroute.handlers import (
    HandlerEntry,
    look_up,
    place_of,
    purpose_of,
    signature_of,
    title_of,
)
from nsroute.inspector.dispatch_log import DispatchLog
from nsroute.records import brief
from nsroute.router import MetaRouter


def lookup_of(
    router: MetaRouter, log: DispatchLog, name: str, event: str | None
) -> dict[str, Any]:
    """Return what handles an event of a name, or why nothing does.

    Args:
        router: The router.
        log: Its dispatches.
        name: The concrete namespace.
        event: The event; None for all of them.

    Raises:
        MountError: If the router is not mounted.
    """
    found = look_up(router, name, event)
    pattern = None if found.route is None else found.route.pattern
    chosen = found.entries if event is None else (found.handler,)
    connect = None if event in (None, "connect") else found.connect
    return {
        "namespace": brief(name),
        "event": None if event is None else brief(event),
        "served": found.served,
        "found": found.complete,
        "unreached": found.unreached and not found.complete,
        "pattern": pattern,
        "name": found.route and found.route.name,
        "params": [[key, brief(repr(value))] for key, value in found.params.items()],
        "class": None if found.target is None else _described(found.target),
        "handlers": [_handler(one, log) for one in chosen if one is not None],
        "connect": None if connect is None else _handler(connect, log),
        "metrics": pattern and log.metrics_of(pattern, None),
        "hint": found.hint,
        "near": found.near_as_json(),
    }


def _handler(entry: HandlerEntry, log: DispatchLog) -> dict[str, Any]:
    function, target = entry.function, entry.dispatch_target
    return {
        "kind": entry.kind,
        "namespace": entry.namespace,
        "event": entry.event,
        "handler": entry.handler,
        "signature": None if function is None else signature_of(function),
        "doc": None if function is None else purpose_of(function),
        "place": None if function is None else place_of(function),
        "middleware": [_described(layer) for layer in entry.layers],
        "shadowed_by": entry.shadowed_by,
        "metrics": target and log.metrics_of(entry.namespace, target),
    }


def _described(thing: object) -> dict[str, Any]:
    return {"title": title_of(thing), "doc": purpose_of(thing)}
