"""Where a name leads, as the page tells it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nsroute.inspector.board import Board
from nsroute.inspector.served import Targets, check_mounted, targets_of
from nsroute.listing import Listed, title_of
from nsroute.listing.describing import place_of, purpose_of, signature_of
from nsroute.listing.matching import Finding, find
from nsroute.records import truncate
from nsroute.router import MetaRouter

__all__ = ["explain"]

_LONGEST = 1001
"""Characters of a name that are looked at: one more than any route matches."""


def explain(
    router: MetaRouter, board: Board, name: str, event: str | None
) -> dict[str, Any]:
    """Tell what handles an event of a name, or why nothing does.

    Args:
        router: The router.
        board: What is known of its dispatches.
        name: The concrete namespace.
        event: The event; None for all of them.

    Raises:
        MountError: If the router is not mounted.
    """
    check_mounted(router)
    found = find(router, name[:_LONGEST], event)
    show = _shower(router, board, found)
    chosen = found.lines if event is None else (found.handler,)
    asked_connect = event in (None, "connect")
    return {
        "namespace": truncate(name),
        "event": None if event is None else truncate(event),
        "served": found.served,
        "found": found.complete,
        "unreached": found.unreached and not found.complete,
        "pattern": found.route and found.route.pattern,
        "name": found.route and found.route.name,
        "params": [[key, truncate(repr(value))] for key, value in found.params.items()],
        "class": _described(found.target),
        "handlers": [show(line) for line in chosen if line is not None],
        "connect": None if asked_connect else found.connect and show(found.connect),
        "figures": found.route and board.figures_of(found.route.pattern, None),
        "hint": None if found.complete else found.hint,
        "near": [
            {"pattern": miss.route.pattern, "reason": miss.reason, "name": miss.name}
            for miss in found.near
        ],
    }


def _shower(
    router: MetaRouter, board: Board, found: Finding
) -> Callable[[Listed], dict[str, Any]]:
    pattern = None if found.route is None else found.route.pattern
    targets: Targets = targets_of(router, found.route) if found.route else {}

    def show(line: Listed) -> dict[str, Any]:
        target = targets.get(line.event) if line.kind == "route" else None
        return {
            **_handler(line),
            "figures": pattern and target and board.figures_of(pattern, target),
        }

    return show


def _handler(line: Listed) -> dict[str, Any]:
    function = line.function
    return {
        "kind": line.kind,
        "namespace": line.namespace,
        "event": line.event,
        "handler": line.handler,
        "signature": None if function is None else signature_of(function),
        "doc": None if function is None else purpose_of(function),
        "place": None if function is None else place_of(function),
        "middleware": [_described(layer) for layer in line.layers],
        "taken_by": line.taken_by,
    }


def _described(thing: object) -> dict[str, Any] | None:
    if thing is None:
        return None
    return {"title": title_of(thing), "doc": purpose_of(thing)}
