"""What a router serves, in words: each row of the page's table of routes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from nsroute.errors import MountError
from nsroute.listing import Listed, list_served
from nsroute.router import MetaRouter
from nsroute.routing import Route

__all__ = ["Targets", "check_mounted", "table_of", "targets_of"]

Targets = Mapping[str, str]
"""Event -> the name under which its dispatches are counted."""

_KINDS = {"function": "function", "namespace": "exact namespace"}


def table_of(router: MetaRouter) -> list[dict[str, Any]]:
    """List what is served, one group for each class and for each name's functions.

    The template and the script show the same texts.

    Raises:
        MountError: If the router is not mounted.
    """
    check_mounted(router)
    targets = {route.pattern: targets_of(router, route) for route in router.table}
    return [
        _group(kind, name, list(lines), targets.get(name, {}))
        for (kind, name), lines in groupby(
            list_served(router), lambda line: (line.kind, line.namespace)
        )
    ]


def check_mounted(router: MetaRouter) -> None:
    """Raise what tells the cure, unless the router is mounted.

    Raises:
        MountError: If it is not.
    """
    if getattr(router, "server", None) is None:
        raise MountError("The router is not mounted: call router.mount(socketio).")


def targets_of(router: MetaRouter, route: Route) -> Targets:
    """Tell under which name the dispatches of each event are counted."""
    plan = router.plan_of(route)
    ends = ("connect", plan.connect), ("disconnect", plan.disconnect)
    return {event: handler.target for event, handler in (*ends, *plan.events)}


def _group(
    kind: str, name: str, lines: Sequence[Listed], targets: Targets
) -> dict[str, Any]:
    return {
        "key": json.dumps([kind, name]),
        "kind": kind,
        "pattern": name,
        "about": _about(lines[0]),
        "summary": "  ".join(line.event for line in lines),
        "warning": _taken(lines),
        "events": [
            {
                "key": json.dumps([kind, name, line.event]),
                "target": targets.get(line.event),
                **_event(line),
            }
            for line in lines
        ],
    }


def _about(line: Listed) -> str:
    """Name the class, the kind if it is no route, and the name of the route."""
    kinds = [_KINDS.get(line.kind), line.route and f"named {line.route}"]
    more = ", ".join(filter(None, kinds))
    return " ".join(filter(None, [line.target, more and f"({more})"]))


def _taken(lines: Sequence[Listed]) -> str:
    before = dict.fromkeys(pattern for line in lines for pattern in line.before)
    return f"takes from {', '.join(before)}" if before else ""


def _event(line: Listed) -> dict[str, str]:
    through = ", ".join(line.middleware)
    return {
        "event": line.event,
        "handler": line.handler or "lets everyone in",
        "warning": f"never called: {line.taken_by} takes it" if line.taken_by else "",
        "through": f"through {through}" if through else "no middleware",
    }
