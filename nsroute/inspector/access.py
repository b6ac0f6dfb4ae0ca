"""Who may see the inspector, and what a browser may do with its page."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Final, cast

from flask import Response, abort
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as AnyResponse

from nsroute.arguments import takes, unawaited
from nsroute.errors import MountError

Authorize = Callable[[], object]

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


def gate(authorize: Authorize | None) -> Callable[[], ResponseReturnValue | None]:
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
        if inspect.iscoroutine(answer):
            answer.close()
        elif not answer:
            abort(403)
        # Most objects are true, and say nothing about who is asking.
        raise TypeError(
            f"authorize returned {type(answer).__name__}, and only True lets anybody in"
        )

    return ask


def protect(response: Response) -> Response:
    """Let a browser load nothing from elsewhere, keep nothing, and frame nothing."""
    headers: Any = response.headers
    headers.update(_HEADERS)
    return response
