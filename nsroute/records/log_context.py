"""What log lines of handlers and their background tasks carry, through structlog."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from structlog.contextvars import bind_contextvars, bound_contextvars, get_contextvars

from nsroute.records.truncation import truncate

P = ParamSpec("P")
T = TypeVar("T")


def bind_log_context(namespace: str, sid: str, event: str) -> None:
    """Bind these for log lines in a copied context, for nothing unbinds them."""
    bind_contextvars(namespace=truncate(namespace), sid=sid, sio_event=truncate(event))


def keep_log_context(function: Callable[P, T]) -> Callable[P, T]:
    """Return a function that logs with what is bound now, wherever it is called.

    `socketio.start_background_task(keep_log_context(self.work), 42)` starts a task
    whose log lines carry the namespace, the sid, the event and whatever else is bound
    with `structlog.contextvars`. Call it where you start the task, not as a decorator.
    """
    bound = get_contextvars()

    @wraps(function)
    def kept(*args: P.args, **kwargs: P.kwargs) -> T:
        with bound_contextvars(**bound):
            return function(*args, **kwargs)

    return kept
