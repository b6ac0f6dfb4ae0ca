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

_CURE: Final = (
    "give it a function that returns whether one may see the inspector: "
    "Inspector(router, authorize=is_admin)"
)
_POLICY: Final = {
    "default-src": "'none'",
    **dict.fromkeys(("script-src", "style-src", "connect-src", "img-src"), "'self'"),
    **dict.fromkeys(("base-uri", "form-action", "frame-ancestors"), "'none'"),
}
_HEADERS: Final = {
    "Content-Security-Policy": "; ".join(f"{k} {v}" for k, v in _POLICY.items()),
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def checked(authorize: object) -> Authorize:
    """Return `authorize`, if it is a function that can keep somebody out.

    Raises:
        MountError: If it is not.
    """
    problem = _problem(authorize)
    if problem is not None:
        raise MountError(f"{problem}: {_CURE}.")
    return cast("Authorize", authorize)


def _problem(authorize: object) -> str | None:
    if authorize is None:
        return "The inspector has no authorize="
    if not callable(authorize):
        return f"{authorize!r} is no function"
    for error in unawaited(authorize, what=repr(authorize)):
        return error.problem
    return None if takes(authorize, 0) else f"{authorize!r} is called without arguments"


def gate(authorize: Authorize) -> Callable[[], ResponseReturnValue | None]:
    """Return what runs before each request: 403 unless `authorize` returns True."""

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
