"""What the inspector answers: its page, the table, what is new, where a name leads."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable
from heapq import nsmallest
from time import time
from typing import Any, Final

import attrs
from flask import jsonify, render_template, request
from flask.wrappers import Response

from nsroute.inspector.board import KEPT, PATIENCE, Board
from nsroute.inspector.explaining import explain, table_of
from nsroute.live import LiveNamespace
from nsroute.records import brief
from nsroute.router import MetaRouter

__all__ = ["Views"]

SHOWN: Final = 200
"""Live namespaces that are shown, those with the most clients."""


class Views:
    """The views of one inspector.

    Args:
        router: The router that is looked at.
        board: What is kept of its dispatches.
    """

    def __init__(self, router: MetaRouter, board: Board) -> None:
        self._router = router
        self._board = board

    def page(self) -> str:
        """Give the page, which asks for all else."""
        return render_template(
            "nsroute/inspector.html", kept=KEPT, patience=round(PATIENCE), shown=SHOWN
        )

    def table(self) -> Response:
        """Give what is served, in the order in which it is tried."""
        return jsonify(groups=table_of(self._router))

    def news(self) -> Response:
        """Give what has changed since the last time."""
        token = request.args.get("token", "")
        since = request.args.get("since", 0, type=int)
        return jsonify(
            **self._board.look(token, since),
            now=time(),
            pid=os.getpid(),
            host=socket.gethostname(),
            live=self._live(request.args.get("live", "")),
        )

    def lookup(self) -> Response:
        """Tell where a name and an event lead, or why nowhere."""
        name = request.args.get("namespace", "")
        event = request.args.get("event") or None
        return jsonify(explain(self._router, self._board, name, event))

    def _live(self, wanted: str) -> dict[str, Any]:
        places = self._router.live.overview()
        fitting = [one for one in places if wanted in one.namespace]
        return {
            "total": len(places),
            "clients": sum(one.clients for one in places),
            "fitting": len(fitting),
            "shown": _largest(fitting),
        }


def _largest(places: Iterable[LiveNamespace]) -> list[dict[str, Any]]:
    first = nsmallest(SHOWN, places, key=lambda one: (-one.clients, one.namespace))
    return [{**attrs.asdict(one), "shown": brief(one.namespace)} for one in first]
