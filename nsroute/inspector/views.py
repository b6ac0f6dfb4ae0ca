"""What the inspector answers: its page, the table, the news, a look-up."""

from __future__ import annotations

import os
import socket
from time import time

from flask import jsonify, render_template, request
from flask.wrappers import Response

from nsroute.inspector.dispatch_log import KEPT, PATIENCE, DispatchLog
from nsroute.inspector.live_namespaces import live_namespaces
from nsroute.inspector.lookup import lookup_of
from nsroute.inspector.table import table_of
from nsroute.router import MetaRouter


class Views:
    """The views of one inspector."""

    def __init__(self, router: MetaRouter) -> None:
        self._router = router
        self._log = DispatchLog(router)

    def page(self) -> bytes:
        """Return the page with the handlers and the live namespaces in it."""
        page = render_template(
            "nsroute/inspector.html",
            groups=table_of(self._router),
            live=live_namespaces(self._router, "", time()),
            kept=KEPT,
            patience=round(PATIENCE),
        )
        return page.encode("utf-8", "backslashreplace")

    def table(self) -> Response:
        """Return the handlers, in the order in which they are tried."""
        return jsonify(groups=table_of(self._router))

    def news(self) -> Response:
        """Return what has changed since the last time."""
        since = request.args.get("since", 0, type=int)
        changed = self._log.look(request.args.get("token", ""), since)
        now = time()
        return jsonify(
            **changed,
            now=now,
            pid=os.getpid(),
            host=socket.gethostname(),
            live=live_namespaces(self._router, request.args.get("live", ""), now),
        )

    def lookup(self) -> Response:
        """Return where a name and an event lead, or why nowhere."""
        name = request.args.get("namespace", "")
        event = request.args.get("event") or None
        return jsonify(lookup_of(self._router, self._log, name, event))
