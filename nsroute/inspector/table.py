"""The rows of the page's table of handlers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import groupby
from typing import Any, Final

from nsroute.handlers import HandlerEntry, HandlerOrder
from nsroute.router import MetaRouter

_KINDS: Final = {"function": "function", "namespace": "exact namespace"}


def table_of(router: MetaRouter) -> list[dict[str, Any]]:
    """Return one group of rows for each class and for each name's functions.

    The template and the script show the same texts.

    Raises:
        MountError: If the router is not mounted.
    """
    together = groupby(
        HandlerOrder(router).entries(), lambda entry: (entry.kind, entry.namespace)
    )
    return [_group(kind, name, list(entries)) for (kind, name), entries in together]


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
    """Return the class, the kind if it is no route, and the name of the route."""
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
