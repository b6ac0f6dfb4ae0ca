"""Which handler an unexpected exception goes to: the class's, the router's, upstream's.

Among the handlers of one level the nearest class in the exception's MRO wins.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar, cast

import attrs
from flask import Flask
from werkzeug.wrappers import Response

from nsroute.arguments import takes, unawaited
from nsroute.errors import RouteError
from nsroute.upstream.protocols import SocketIO

ErrorHandler = Callable[[Any], Any]
T = TypeVar("T")


def handled_exceptions(
    exceptions: tuple[type[BaseException], ...], owner: str | None = None
) -> tuple[type[BaseException], ...]:
    """Return what an error handler is declared for; nothing means `Exception`."""
    for kind in cast("tuple[object, ...]", exceptions):
        if not (isinstance(kind, type) and issubclass(kind, BaseException)):
            raise RouteError(
                f"{kind!r} is not a class of exceptions",
                target=owner,
                hint="write @errorhandler(ValueError), or @errorhandler()",
            )
    return exceptions or (Exception,)


def error_handler_problems(
    function: Callable[..., Any], owner: str, bound: int = 0
) -> Iterator[RouteError]:
    """Yield what keeps a function from handling an error."""
    if not takes(function, bound + 1):
        before = "self, " * bound
        name = owner.rpartition(".")[2]
        yield RouteError(
            "an error handler is called with the exception alone",
            target=owner,
            hint=f"write def {name}({before}error)",
        )
    yield from unawaited(function, owner)


def is_exit(error: BaseException | None) -> bool:
    """Return whether an exception is no error, but ends its thread or greenlet.

    `SystemExit` is an error here: `argparse` raises it for what a client sent, and in
    gevent it would end the process with all its clients. So is a `gevent.Timeout`,
    although it is no `Exception`.
    """
    if error is None or isinstance(error, Exception):
        return False
    greenlet: Any = sys.modules.get("greenlet")
    return isinstance(error, (GeneratorExit, KeyboardInterrupt)) or (
        greenlet is not None and isinstance(error, greenlet.GreenletExit)
    )


def _nearest(
    handlers: Mapping[type[BaseException], T], error: BaseException
) -> T | None:
    """Return what is registered for the nearest class of an exception, or None."""
    for kind in type(error).__mro__:
        if kind in handlers:
            return handlers[kind]
    return None


def app_response(app: Flask, error: BaseException) -> Response | None:
    """Return the response that an application makes of an exception, if it is for it.

    Extensions register such handlers, of their own exceptions: that nobody has signed
    in is an answer. One for any `Exception` makes pages for browsers.
    """
    handlers = app.error_handler_spec[None][None]
    handler = _nearest(cast("Mapping[Any, Any]", handlers), error)
    if handler is None or handler is handlers.get(Exception):
        return None
    response: Response = app.make_response(app.ensure_sync(handler)(error))
    return response


@attrs.frozen(eq=False)
class ErrorHandlers:
    """The error handlers of a route, tried from the nearest to the farthest."""

    methods: Mapping[type[BaseException], str]
    """Exception class -> the name of the method that handles it."""
    shared: Mapping[type[BaseException], ErrorHandler]
    """The router's; it may grow after the mount."""
    catches_all: bool = False
    """Whether the class has a method `error`, as a plain class may."""

    def find(
        self, instance: Any, socketio: SocketIO, namespace: str, error: BaseException
    ) -> ErrorHandler | None:
        """Return what handles an exception that a dispatch raised, or None."""
        method = _nearest(self.methods, error)
        if method is not None and instance is not None:
            found: ErrorHandler = getattr(instance, method)
            return found
        beside = socketio.exception_handlers
        return (
            _nearest(self.shared, error)
            or (getattr(instance, "error", None) if self.catches_all else None)
            or beside.get(namespace)
            or socketio.default_exception_handler
        )
