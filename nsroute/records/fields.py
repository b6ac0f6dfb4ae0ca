"""Which fields a record has, in the order in which people read them.

And what the log lines of handlers and of their background tasks carry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import Token, copy_context
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from structlog.contextvars import (
    bind_contextvars,
    bound_contextvars,
    get_contextvars,
    unbind_contextvars,
)

from nsroute.records.failures import exc_info_of, explain_failure
from nsroute.records.policy import LogPolicy
from nsroute.records.redaction import HIDDEN, ArgumentNames
from nsroute.records.truncation import MAX_BITS, MAX_NAME, log_value, truncate
from nsroute.signals import Dispatch

P = ParamSpec("P")
T = TypeVar("T")

Bound = tuple[Token[Any], ...]
"""What `unbind_log_context` needs."""

_bound = copy_context().run(bind_contextvars, namespace="", sid="", sio_event="")
_NAMESPACE, _SID, _EVENT = (token.var for token in _bound.values())


def record_name(dispatch: Dispatch) -> str:
    """Return the name of a record, such as `nsroute.event`."""
    is_unrouted = dispatch.outcome == "unrouted"
    return "nsroute.unrouted" if is_unrouted else f"nsroute.{dispatch.kind}"


def record_fields(
    dispatch: Dispatch, policy: LogPolicy, names: ArgumentNames
) -> dict[str, Any]:
    """Return the fields of a record of a finished dispatch."""
    outcome = dispatch.outcome
    fields: dict[str, Any] = {
        "namespace": _name(dispatch.namespace),
        "sio_event": _name(dispatch.event),
    }
    if dispatch.target is not None:
        fields["target"] = dispatch.target
    fields["outcome"] = outcome
    if outcome != "ok":
        _add_failure(fields, dispatch)
    fields["duration_ms"] = int((dispatch.duration or 0.0) * 1e6 + 0.5) / 1000
    if dispatch.queued >= 0.001:
        fields["queued_ms"] = int(dispatch.queued * 1e6 + 0.5) / 1000
    fields["arg_count"] = len(dispatch.args)
    if policy.payloads:
        fields["payload"] = _payload(dispatch, policy, names)
    if policy.sample != 1 and outcome == "ok":
        fields["sample"] = policy.sample
    if dispatch.sid is not None:
        fields["sid"] = dispatch.sid
    if dispatch.pattern is not None:
        fields["pattern"] = dispatch.pattern
        fields["params"] = _params(dispatch.params)
    return fields


def _name(name: object) -> str:
    if isinstance(name, str) and len(name) <= MAX_NAME and name.isprintable():
        return name  # the usual case, in a third of the time
    return truncate(name)


def _params(params: Mapping[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for name in params:
        value = params[name]
        is_short = type(value) is int and value.bit_length() <= MAX_BITS
        shown[name] = value if is_short else log_value(value)
    return shown


def _add_failure(fields: dict[str, Any], dispatch: Dispatch) -> None:
    if dispatch.code is not None:
        fields["code"] = truncate(dispatch.code)
    if dispatch.error is not None:
        fields["error"] = explain_failure(dispatch.error)
        if dispatch.outcome == "error":
            fields["exc_info"] = exc_info_of(dispatch.error)


def _payload(dispatch: Dispatch, policy: LogPolicy, names: ArgumentNames) -> list[Any]:
    args = dispatch.args
    if dispatch.kind == "connect" and args and not isinstance(args[0], Mapping):
        # `auth` may be the secret itself, where it is not in named parts.
        return [HIDDEN]
    return policy.redact(args, names)


def bind_log_context(namespace: str, sid: str | None, event: str) -> Bound:
    """Bind these for log lines, until `unbind_log_context`.

    The variables are structlog's own. To set them takes half of `bind_contextvars`.
    """
    bound = _NAMESPACE.set(_name(namespace)), _EVENT.set(_name(event)), _SID.set(sid)
    if sid is None:
        unbind_contextvars("sid")
    return bound


def unbind_log_context(bound: Bound) -> None:
    """Let log lines carry again what they carried before."""
    for token in bound:
        token.var.reset(token)


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
