"""Why the lean context cannot serve an installation or an app, where it cannot.

It leaves out what Flask does anew for each event. That is right only with versions that
it was checked with, and only where the app has not put its own code into those steps.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from importlib.metadata import version
from typing import Any, Final

from flask import Flask, Request
from flask.sessions import SecureCookieSessionInterface

__all__ = [
    "CHECKED",
    "app_objection",
    "installed_objection",
    "opens_quietly",
    "version_objection",
]

CHECKED: Final[Mapping[str, tuple[tuple[int, ...], tuple[int, ...]]]] = {
    # Before 3.1.3 the session of a context is kept elsewhere; 3.2 merges the contexts.
    "flask": ((3, 1, 3), (3, 2)),
    "flask-socketio": ((5, 7), (5, 8)),
    "werkzeug": ((3, 1), (3, 2)),
}
"""The versions that the lean context was checked with: the first, and the first not."""

_APP_STEPS: Final = (
    "app_context",
    "app_ctx_globals_class",
    "create_url_adapter",
    "do_teardown_appcontext",
    "do_teardown_request",
    "request_context",
)
"""What of an app the lean context leaves out or does by itself."""

_REQUEST_STEPS: Final = ("__init__", "__new__", "__setattr__", "close")
"""What of a request class a clone leaves out."""

_REQUEST_ATTRIBUTES: Final = (
    *("environ", "headers", "json_module", "method", "path", "query_string"),
    *("remote_addr", "root_path", "scheme", "server", "shallow"),
    *("event", "namespace", "routing_exception", "sid", "url_rule", "view_args"),
)
"""What a clone is given without asking its class."""


def version_objection(installed: Mapping[str, str]) -> str | None:
    """Say which installed version was not checked, or nothing.

    Args:
        installed: The version of each distribution in `CHECKED`.
    """
    for name, (first, end) in CHECKED.items():
        numbers = tuple(map(int, re.findall(r"\d+", installed[name])[:3]))
        if not first <= numbers < end:
            return f"not checked with {name} {installed[name]}"
    return None


def installed_objection() -> str | None:
    """Say which of the installed versions was not checked, or nothing."""
    return version_objection({name: version(name) for name in CHECKED})


def app_objection(app: Flask) -> str | None:
    """Say which step an app has made its own, or nothing."""
    for name in _APP_STEPS:
        if _overrides(app, name, Flask):
            return f"{type(app).__name__}.{name} is the app's own"
    request_class: Any = app.request_class
    return _request_objection(request_class)


def opens_quietly(interface: object) -> bool:
    """Tell whether opening a session has no effect but the session itself."""
    return not any(
        _overrides(interface, name, SecureCookieSessionInterface)
        for name in ("get_cookie_name", "get_signing_serializer", "open_session")
    )


def _overrides(instance: Any, name: str, original: type) -> bool:
    """Tell whether an instance or its class replaces an attribute of a class."""
    own = name in getattr(instance, "__dict__", ())
    given = getattr(instance.__class__, name, None)
    return own or given is not getattr(original, name)


@lru_cache(maxsize=64)
def _request_objection(request_class: Any) -> str | None:
    for name in _REQUEST_STEPS:
        if getattr(request_class, name) is not getattr(Request, name):
            return f"{request_class.__name__}.{name} is the app's own"
    for name in _REQUEST_ATTRIBUTES:
        if hasattr(getattr(request_class, name, None), "__set__"):
            return f"{request_class.__name__}.{name} is a descriptor"
    return None
