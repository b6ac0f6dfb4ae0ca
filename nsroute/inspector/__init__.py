"""A page that shows what a router is doing, for its operators."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from time import time
from typing import Any, Final, cast

from flask import Blueprint, Response, abort, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as AnyResponse

from nsroute.arguments import takes, unawaited
from nsroute.errors import MountError
from nsroute.inspector.content import handler_table, live_namespaces, lookup_answer
from nsroute.inspector.dispatch_log import KEPT, PATIENCE, DispatchLog
from nsroute.inspector.processes import OtherProcesses
from nsroute.router import MetaRouter

__all__ = ["Inspector"]

_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Inspector(Blueprint):
    """A blueprint with one page: routes, live namespaces, dispatches, durations.

    `app.register_blueprint(Inspector(router, authorize=is_admin))` puts it at
    `/nsroute/`. It shows the process that answers, and the live namespaces of all
    processes that share its message queue. The last dispatches and their metrics are
    kept in memory from when somebody opens the page until some seconds after the last
    page was closed; at other times nothing is kept, and no process is asked.

    Args:
        router: The router to show.
        authorize: Called without arguments, in the request's context, before anything
            is answered: page, data and static files. True lets the request pass, and
            nothing else does. A false answer is 403, a response is sent as it is.
        name: The name of the blueprint; an application with several inspectors gives
            each its own.
        url_prefix: The path of the page.

    Raises:
        MountError: If `authorize` is missing, or no function without arguments.
    """

    def __init__(
        self,
        router: MetaRouter,
        *,
        authorize: Callable[[], object] | None = None,
        name: str = "nsroute_inspector",
        url_prefix: str = "/nsroute",
    ) -> None:
        super().__init__(
            name,
            __name__,
            static_folder="static",
            template_folder="templates",
            url_prefix=url_prefix,
        )
        self._router = router
        self._log = DispatchLog(router)
        self._others = OtherProcesses(router)
        self.before_request(_gate(authorize))
        self.after_request(_protect)
        self.add_url_rule("/", "page", self._page)
        self.add_url_rule("/table", "table", self._table)
        self.add_url_rule("/news", "news", self._news)
        self.add_url_rule("/lookup", "lookup", self._lookup)

    def _page(self) -> bytes:
        page = render_template(
            "nsroute/inspector.html",
            groups=handler_table(self._router),
            live=self._live(""),
            kept=KEPT,
            patience=round(PATIENCE),
        )
        return page.encode("utf-8", "backslashreplace")

    def _table(self) -> Response:
        return jsonify(groups=handler_table(self._router))

    def _news(self) -> Response:
        since = request.args.get("since", 0, type=int)
        return jsonify(
            **self._log.look(request.args.get("token", ""), since),
            now=time(),
            pid=os.getpid(),
            host=socket.gethostname(),
            waiting=self._router.waiting_events,
            live=self._live(request.args.get("live", "")),
        )

    def _live(self, wanted: str) -> dict[str, Any]:
        return live_namespaces(self._router, self._others.look(), wanted, time())

    def _lookup(self) -> Response:
        name = request.args.get("namespace", "")
        event = request.args.get("event") or None
        return jsonify(lookup_answer(self._router, self._log, name, event))


def _gate(authorize: Any) -> Callable[[], ResponseReturnValue | None]:
    """Return what runs before each request: 403 unless `authorize` returns True."""
    if authorize is None or not takes(authorize, 0) or [*unawaited(authorize)]:
        raise MountError(
            f"authorize={authorize!r} is no function that returns whether one may see "
            "the inspector: Inspector(router, authorize=is_admin)."
        )

    def ask() -> ResponseReturnValue | None:
        answer = authorize()
        if answer is True:
            return None
        if isinstance(answer, AnyResponse | tuple):
            return cast("ResponseReturnValue", answer)
        if not answer:
            abort(403)
        # Most objects are true, and say nothing about who is asking.
        raise TypeError(
            f"authorize returned {type(answer).__name__}, and only True lets anybody in"
        )

    return ask


def _protect(response: Response) -> Response:
    """Let a browser load nothing from elsewhere, keep nothing, and frame nothing."""
    headers: Any = response.headers
    headers.update(_HEADERS)
    return response
