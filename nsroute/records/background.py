"""A handler's log context, kept in the background tasks that it starts."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from structlog.contextvars import bound_contextvars, get_contextvars

__all__ = ["keep_log_context"]

P = ParamSpec("P")
T = TypeVar("T")


def keep_log_context(function: Callable[P, T]) -> Callable[P, T]:
    """Let a function log with what is bound now, wherever and whenever it is called.

    `socketio.start_background_task(keep_log_context(self.work), 42)` starts a task
    whose log lines carry the namespace, the sid and the event of the dispatch that
    started it, and whatever else was bound with `structlog.contextvars`.

    Args:
        function: What the task runs. Call this where you start the task, not as a
            decorator, for it keeps what is bound when it is called.
    """
    bound = get_contextvars()

    @wraps(function)
    def kept(*args: P.args, **kwargs: P.kwargs) -> T:
        with bound_contextvars(**bound):
            return function(*args, **kwargs)

    return kept
