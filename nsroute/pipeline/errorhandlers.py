"""Which handler an unexpected exception goes to: the class's, the router's, upstream's.

Among the handlers of one level the nearest class in the exception's MRO wins.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import attrs

from nsroute.upstream.protocols import SocketIO

__all__ = ["ErrorHandler", "ErrorHandlers"]

ErrorHandler = Callable[[Any], Any]
T = TypeVar("T")


def _nearest(handlers: Mapping[type[BaseException], T], error: Exception) -> T | None:
    """Return what is registered for the nearest class of an exception, or None."""
    for kind in type(error).__mro__:
        if kind in handlers:
            return handlers[kind]
    return None


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
        self, instance: Any, socketio: SocketIO, namespace: str, error: Exception
    ) -> ErrorHandler | None:
        """Return what handles an exception that a dispatch raised, or None.

        Args:
            instance: The live object; None if it could not be made.
            socketio: Whose `on_error` and `on_error_default` come last.
            namespace: The concrete namespace.
            error: The exception.
        """
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
