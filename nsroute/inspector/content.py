"""What the page shows besides dispatches: handlers, live namespaces, look-ups."""

from __future__ import annotations

import json
from collections.abc import Sequence
from heapq import nlargest
from itertools import groupby
from typing import Any, Final

import attrs

from nsroute.handlers.entries import (
    HandlerEntry,
    HandlerOrder,
    place_of,
    purpose_of,
    signature_of,
    title_of,
)
from nsroute.handlers.lookup import look_up
from nsroute.inspector.dispatch_log import DispatchLog
from nsroute.records import truncate
from nsroute.router import MetaRouter

SHOWN: Final = 200
"""Live namespaces that are shown, those with the most clients."""

_KINDS: Final = {"function": "function", "namespace": "exact namespace"}
_AGES: Final = ((172800, 86400, "d"), (3600, 3600, "h"), (60, 60, "min"), (0, 1, "s"))
"""From how many seconds on a unit of how many seconds is shown, and its name."""


def handler_table(router: MetaRouter) -> list[dict[str, Any]]:
    """Return one group of rows for each class and for each name's functions."""
    entries = HandlerOrder(router).entries()
    together = groupby(entries, lambda one: (one.kind, one.namespace))
    return [_group(kind, name, list(found)) for (kind, name), found in together]


def _group(kind: str, name: str, entries: Sequence[HandlerEntry]) -> dict[str, Any]:
    shadows = dict.fromkeys(pattern for one in entries for pattern in one.shadows)
    return {
        "key": json.dumps([kind, name]),
        "kind": kind,
        "pattern": name,
        "about": _about(entries[0]),
        "summary": "  ".join(entry.event for entry in entries),
        "warning": f"takes from {', '.join(shadows)}" if shadows else "",
        "events": [_event(entry) for entry in entries],
    }


def _about(entry: HandlerEntry) -> str:
    kinds = [_KINDS.get(entry.kind), entry.route and f"named {entry.route}"]
    more = ", ".join(filter(None, kinds))
    return " ".join(filter(None, [entry.target, more and f"({more})"]))


def _event(entry: HandlerEntry) -> dict[str, str | None]:
    through, function = ", ".join(entry.middleware), entry.shadowed_by
    return {
        "key": json.dumps([entry.kind, entry.namespace, entry.event]),
        "target": entry.dispatch_target,
        "event": entry.event,
        "handler": entry.handler or "lets everyone in",
        "warning": f"never called: {function} takes it" if function else "",
        "through": f"through {through}" if through else "no middleware",
    }


def live_namespaces(router: MetaRouter, wanted: str, now: float) -> dict[str, Any]:
    """Return the live namespaces with the most clients, of those that are wanted.

    There may be very many others, so rows are made only for those that are shown.
    """
    clients = router.live.client_counts()
    fitting = [name for name in clients if wanted in name] if wanted else list(clients)
    first = router.live.overview(nlargest(SHOWN, fitting, key=clients.__getitem__))
    first.sort(key=lambda one: (-one.clients, one.namespace))
    total, counted = len(clients), sum(clients.values())
    part = "" if len(fitting) == total else f"{len(fitting):,} of "
    rest = f"; {len(first):,} are shown" if len(first) < len(fitting) else ""
    note = f"{part}{total:,} with {counted:,} clients, most clients first{rest}."
    rows = [
        {
            **attrs.asdict(one),
            # ASCII: an attribute of HTML holds any name, and gives it back unchanged.
            "key": json.dumps(one.namespace),
            "shown": truncate(one.namespace),
            "age": _age(now - one.since),
        }
        for one in first
    ]
    return {
        "total": total,
        "clients": counted,
        "fitting": len(fitting),
        "shown": rows,
        "note": note if clients else "Nobody is connected.",
    }


def _age(seconds: float) -> str:
    whole = max(0, int(seconds))
    return next(f"{whole // size} {unit}" for at, size, unit in _AGES if whole >= at)


def lookup_answer(
    router: MetaRouter, log: DispatchLog, name: str, event: str | None
) -> dict[str, Any]:
    """Return what handles an event of a name, or why nothing does."""
    found = look_up(router, name, event)
    pattern = found.route and found.route.pattern
    chosen = found.entries if event is None else (found.handler,)
    connect = None if event in (None, "connect") else found.connect
    return {
        **found.as_json(),
        "namespace": truncate(name),
        "event": None if event is None else truncate(event),
        "served": found.served,
        "unreached": found.unreached and not found.complete,
        "name": found.route and found.route.name,
        "params": [[key, truncate(repr(value))] for key, value in found.params.items()],
        "class": None if found.target is None else _described(found.target),
        "handlers": [_handler(one, log) for one in chosen if one is not None],
        "connect": None if connect is None else _handler(connect, log),
        "metrics": pattern and log.metrics_of(pattern, None),
    }


def _handler(entry: HandlerEntry, log: DispatchLog) -> dict[str, Any]:
    function, target = entry.function, entry.dispatch_target
    return {
        **entry.as_json(),
        "signature": function and signature_of(function),
        "doc": function and purpose_of(function),
        "place": function and place_of(function),
        "middleware": [_described(layer) for layer in entry.layers],
        "metrics": target and log.metrics_of(entry.namespace, target),
    }


def _described(thing: object) -> dict[str, Any]:
    return {"title": title_of(thing), "doc": purpose_of(thing)}
