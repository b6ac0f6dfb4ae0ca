"""What the inspector answers: its page, the table, what is new, where a name leads."""

from __future__ import annotations

import os
import socket
from time import time

from flask import jsonify, render_template, request
from flask.wrappers import Response

from nsroute.inspector.board import KEPT, PATIENCE, Board
from nsroute.inspector.explaining import explain
from nsroute.inspector.presence import presence_of
from nsroute.inspector.served import table_of
from nsroute.router import MetaRouter

__all__ = ["Views"]


class Views:
    """The views of one inspector.

    Args:
        router: The router that is looked at.
        board: What is kept of its dispatches.
    """

    def __init__(self, router: MetaRouter, board: Board) -> None:
        self._router = router
        self._board = board

    def page(self) -> bytes:
        """Give the page with what is served and who is there; it asks for all else."""
        page = render_template(
            "nsroute/inspector.html",
            groups=table_of(self._router),
            live=presence_of(self._router, "", time()),
            kept=KEPT,
            patience=round(PATIENCE),
        )
        return page.encode("utf-8", "backslashreplace")

    def table(self) -> Response:
        """Give what is served, in the order in which it is tried."""
        return jsonify(groups=table_of(self._router))

    def news(self) -> Response:
        """Give what has changed since the last time."""
        token = request.args.get("token", "")
        since = request.args.get("since", 0, type=int)
        told = self._board.look(token, since)
        now = time()
        return jsonify(
            **told,
            now=now,
            pid=os.getpid(),
            host=socket.gethostname(),
            live=presence_of(self._router, request.args.get("live", ""), now),
        )

    def lookup(self) -> Response:
        """Tell where a name and an event lead, or why nowhere."""
        name = request.args.get("namespace", "")
        event = request.args.get("event") or None
        return jsonify(explain(self._router, self._board, name, event))
