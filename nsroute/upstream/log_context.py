"""What a handler's own log lines carry: who is served, where, and which event."""

from __future__ import annotations

from contextvars import Context, ContextVar
from typing import Any

from structlog.contextvars import bind_contextvars

__all__ = ["bind_log_context"]


def _variables(*keys: str) -> list[ContextVar[Any]]:
    """Find the context variables behind structlog's keys, without setting them here.

    The tokens that structlog returns name them. Setting a variable that is known costs
    a tenth of `structlog.contextvars.bound_contextvars`.
    """
    tokens = Context().run(bind_contextvars, **dict.fromkeys(keys))
    return [tokens[key].var for key in keys]


_namespace, _sid, _event = _variables("namespace", "sid", "sio_event")


def bind_log_context(namespace: str, sid: str, event: str) -> None:
    """Let structlog's context variables carry these three in the current context.

    Nothing takes them back: call it in a context of its own, as one of
    `contextvars.copy_context().run`.
    """
    _namespace.set(namespace)
    _sid.set(sid)
    _event.set(event)
