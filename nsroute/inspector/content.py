"""What the page shows besides dispatches: handlers, live namespaces, look-ups."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from heapq import nlargest
from itertools import groupby
from typing import Any, Final

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
from nsroute.inspector.processes import Others
from nsroute.live import NamespaceInfo
from nsroute.records import truncate
from nsroute.router import MetaRouter

SHOWN: Final = 200
"""Live namespaces that are shown, those with the most clients."""
NAMED: Final = 5
"""Processes that are named of those that did not answer."""

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
        "summary": "  ".join(map(_title, entries)),
        "warning": f"takes from {', '.join(shadows)}" if shadows else "",
        "events": [_event(entry) for entry in entries],
    }


def _about(entry: HandlerEntry) -> str:
    kinds = [_KINDS.get(entry.kind), entry.route and f"named {entry.route}"]
    more = ", ".join(filter(None, kinds))
    return " ".join(filter(None, [entry.target, more and f"({more})"]))


def _title(entry: HandlerEntry) -> str:
    return f"→ {entry.event}" if entry.action == "send" else entry.event


def _event(entry: HandlerEntry) -> dict[str, str | None]:
    through, function = ", ".join(entry.middleware), entry.shadowed_by
    key = [entry.kind, entry.namespace, _title(entry)]
    if entry.action == "send":
        return {
            "key": json.dumps(key),
            "target": None,
            "event": _title(entry),
            "handler": entry.handler,
            "warning": "",
            "through": "sent by the server",
        }
    return {
        "key": json.dumps(key),
        "target": entry.dispatch_target,
        "event": entry.event,
        "handler": entry.handler or "lets everyone in",
        "warning": f"never called: {function} takes it" if function else "",
        "through": f"through {through}" if through else "no middleware",
    }


def live_namespaces(
    router: MetaRouter, others: Others | None, wanted: str, now: float
) -> dict[str, Any]:
    """Return the live namespaces with the most clients, of those that are wanted.

    There may be very many others, so rows are made only for those that are shown.

    Args:
        router: The router, with the live namespaces of this process.
        others: What other processes have; None while nobody knows.
        wanted: What a name must contain.
        now: The Unix time.
    """
    clients = router.live.client_counts()
    elsewhere: Mapping[str, int] = {} if others is None else others.clients
    for name, number in elsewhere.items():
        clients[name] = clients.get(name, 0) + number
    fitting = [name for name in clients if wanted in name] if wanted else list(clients)
    first = nlargest(SHOWN, fitting, key=clients.__getitem__)
    first.sort(key=lambda name: (-clients[name], name))
    here = {one.namespace: one for one in router.live.overview(first)}
    rows = [
        {**_row(router, name, here.get(name), now), "clients": clients[name]}
        for name in first
        if name in here or name in elsewhere  # it may just have ended
    ]
    return {
        "total": len(clients),
        "clients": sum(clients.values()),
        "fitting": len(fitting),
        "shown": rows,
        "note": _note(clients, len(fitting), len(rows)) + _where(others),
        "silent": _silence(() if others is None else others.silent),
    }


def _row(
    router: MetaRouter, name: str, here: NamespaceInfo | None, now: float
) -> dict[str, Any]:
    """Return what is shown of a live namespace; it is here, or in other processes."""
    # ASCII: an attribute of HTML holds any name, and gives it back unchanged.
    shown = {"key": json.dumps(name), "namespace": name, "shown": truncate(name)}
    if here is not None:
        age = _age(now - here.since)
        return {**shown, "pattern": here.pattern, "since": here.since, "age": age}
    match = router.table.match(name)
    pattern = "" if match is None else match.route.pattern
    return {**shown, "pattern": pattern, "since": None, "age": "elsewhere"}


def _note(clients: Mapping[str, int], fitting: int, shown: int) -> str:
    if not clients:
        return "Nobody is connected."
    total, counted = len(clients), sum(clients.values())
    part = "" if fitting == total else f"{fitting:,} of "
    rest = f"; {shown:,} are shown" if shown < fitting else ""
    return f"{part}{total:,} with {counted:,} clients, most clients first{rest}."


def _where(others: Others | None) -> str:
    """Return which processes are counted; nothing where there is only one."""
    if others is None:
        return " This process only: the others are being asked."
    processes = 1 + len(others.answered)
    return f" {processes:,} processes have answered." if processes > 1 else ""


def _silence(silent: Sequence[str]) -> str:
    """Return which processes did not answer, or nothing."""
    if not silent:
        return ""
    named = [", process ".join(name.rsplit(":", 2)[:2]) for name in silent[:NAMED]]
    if len(silent) > NAMED:
        named.append(f"{len(silent) - NAMED:,} more")
    return f"No answer from {'; '.join(named)}. What is there is not counted."


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
        "sends": [_handler(one, log) for one in found.sent if event is None],
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
