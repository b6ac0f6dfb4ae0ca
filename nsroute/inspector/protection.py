"""Who may see the inspector, and what a browser may do with its page."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Final, cast

from flask import Response, abort
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as AnyResponse

from nsroute.errors import MountError

__all__ = ["Authorize", "checked", "gate", "protect"]

Authorize = Callable[[], object]

_CURE: Final = (
    "give it a function that tells who may see the inspector: "
    "Inspector(router, authorize=is_admin)"
)
_POLICY: Final = {
    "default-src": "'none'",
    **dict.fromkeys(("script-src", "style-src", "connect-src", "img-src"), "'self'"),
    **dict.fromkeys(("base-uri", "form-action", "frame-ancestors"), "'none'"),
}
HEADERS: Final = {
    "Content-Security-Policy": "; ".join(f"{k} {v}" for k, v in _POLICY.items()),
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def checked(authorize: object) -> Authorize:
    """Return `authorize`, once it is known that it can keep somebody out.

    Raises:
        MountError: If it is not a function that can be called without arguments.
    """
    if authorize is None:
        raise MountError(f"The inspector has no authorize=: {_CURE}.")
    if not callable(authorize):
        raise MountError(f"{authorize!r} is no function: {_CURE}.")
    if inspect.iscoroutinefunction(authorize):
        raise MountError(f"{authorize!r} is a coroutine function: {_CURE}.")
    if not _takes_nothing(authorize):
        raise MountError(f"{authorize!r} is called without arguments: {_CURE}.")
    return cast("Authorize", authorize)


def _takes_nothing(function: Callable[..., object]) -> bool:
    try:
        inspect.signature(function).bind()
    except TypeError:
        return False
    except ValueError:  # some built-in functions do not tell
        return True
    return True


def gate(authorize: Authorize) -> Callable[[], ResponseReturnValue | None]:
    """Make what stands before each request: 403, unless `authorize` is true."""

    def ask() -> ResponseReturnValue | None:
        answer = authorize()
        if isinstance(answer, AnyResponse | tuple):
            return cast("ResponseReturnValue", answer)
        if inspect.isroutine(answer) or inspect.isawaitable(answer):
            # As true as any object, it would let everybody in.
            raise TypeError(f"authorize gave {answer!r}, which says neither yes nor no")
        if not answer:
            abort(403)
        return None

    return ask


def protect(response: Response) -> Response:
    """Let a browser load nothing from elsewhere, keep nothing, and frame nothing."""
    headers: Any = response.headers
    headers.update(HEADERS)
    return response
