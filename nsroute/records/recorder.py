"""A `Recorder` writes the records of an event; `publish` also sends `dispatched`.

Whatever the logger or a receiver raises, the dispatch goes on.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from inspect import iscoroutine, isfunction
from threading import Lock
from typing import Any, Final, cast
from weakref import WeakSet

import structlog
from blinker import Signal

from nsroute.records.console import LOGGER, console_logger
from nsroute.records.failures import safe_exception
from nsroute.records.fields import (
    bind_log_context,
    record_fields,
    record_name,
    unbind_log_context,
)
from nsroute.records.policy import (
    LEVEL_NAMES,
    LEVELS,
    LogChoice,
    LogPolicy,
    nearest_policy,
)
from nsroute.records.redaction import NO_NAMES, ArgumentNames
from nsroute.signals import Dispatch, dispatched
from nsroute.upstream.publisher import Unpublished

Write = Callable[..., object]
"""A method of a logger, such as `info`."""

# Not `get_logger`: where an application configures `cache_logger_on_first_use`, its
# logger keeps the first configuration for ever.
_logger: Any = structlog.wrap_logger(
    None, cache_logger_on_first_use=False, logger_factory_args=(LOGGER,)
)
_kept: tuple[dict[str, Any], Any, dict[str, Write]] = {}, None, {}
"""A logger, the configuration that it was made by, and its methods by their levels."""
_NUMBERS: Final = {name: getattr(logging, name.upper()) for name in LEVEL_NAMES}
_lock: Final = Lock()
_reported: WeakSet[Any] = WeakSet()


class Recorder:
    """A policy, compiled for the dispatches of one event."""

    def __init__(self, policy: LogPolicy, names: ArgumentNames = NO_NAMES) -> None:
        self._policy = policy
        self._names = names
        self._levels = {**LEVELS, **policy.levels}
        self._sample = policy.sample
        self._counter = itertools.count()

    def record(self, dispatch: Dispatch) -> None:
        """Write the record of a finished dispatch."""
        outcome = dispatch.outcome or "ok"
        level = self._levels[outcome]
        if level is None:
            return
        if self._sample != 1 and outcome == "ok" and next(self._counter) % self._sample:
            return
        _log(
            level, record_name(dispatch),
            record_fields, dispatch, self._policy, self._names,
        )  # fmt: skip


def nearest_recorder(*choices: LogChoice, names: ArgumentNames = NO_NAMES) -> Recorder:
    """Compile the policy of several choices, given from the nearest to the farthest."""
    return Recorder(nearest_policy(*choices), names)


def publish(recorder: Recorder, sender: object, dispatch: Dispatch) -> None:
    """Record a finished dispatch, and send it to the receivers of `dispatched`.

    What they log carries the namespace, the sid and the event. The record has these of
    itself, and structlog is faster where they are not bound besides.
    """
    recorder.record(dispatch)
    if dispatched.receivers:
        bound = bind_log_context(dispatch.namespace, dispatch.sid, dispatch.event)
        try:
            send(dispatched, sender, dispatch=dispatch)
        finally:
            unbind_log_context(bound)


def report_unpublished(told: Unpublished) -> None:
    """Record what could not be published to the message queue."""
    fields = {"dropped": told.dropped, "waiting": told.waiting}
    _log("error", "nsroute.unpublished", lambda: fields)


def send(signal: Signal, sender: object, **arguments: Any) -> None:
    """Send a signal to each receiver, whatever another one raises."""
    if signal.is_muted:
        return
    for receiver in signal.receivers_for(sender):
        try:
            result = receiver(sender, **arguments)
            if iscoroutine(result):
                result.close()
                raise TypeError("a receiver is a plain function, not a coroutine's")
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - a gevent.Timeout is one
            _report_receiver(receiver, error)


def note(record: str, **fields: object) -> None:
    """Write a record of what was done to a connection, which is no dispatch."""
    _log("warning", record, lambda: fields)


def _report_receiver(receiver: Any, error: BaseException) -> None:
    function = getattr(receiver, "__func__", receiver)
    named = cast("Any", function if isfunction(function) else type(function))
    if _is_new(named):
        name = f"{named.__module__}.{named.__qualname__}"
        fields = {"receiver": name, "exc_info": safe_exception(error)}
        _log("error", "nsroute.receiver", lambda: fields)


def _log(
    level: str, record: str, fields: Callable[..., dict[str, Any]], *args: Any
) -> None:
    """Write a record; call for its fields only if the level is enabled."""
    try:
        write = _writer(level)
        if write is not None:
            write(record, **fields(*args))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a gevent.Timeout is one
        if _is_new(type(error)):
            with suppress(Exception):
                lost = "A record was lost, and more may be."
                logging.getLogger(LOGGER).error(lost, exc_info=safe_exception(error))


def _writer(level: str) -> Write | None:
    """Return what writes a record of a level as it is configured now, or None.

    Where an app wants its loggers kept, it is kept as long as the configuration is.
    """
    global _kept  # noqa: PLW0603 - one assignment, which no thread sees half of
    config = structlog.get_config()
    before, logger, methods = _kept
    if config == before:
        return methods.get(level) or _method(logger, level)
    if not structlog.is_configured():
        return _method(console_logger().bind(), level)
    logger = _logger.bind()
    if config["cache_logger_on_first_use"]:
        found = {name: _method(logger, name) for name in LEVEL_NAMES}
        _kept = config, logger, {name: one for name, one in found.items() if one}
    return _method(logger, level)


def _method(logger: Any, level: str) -> Write | None:
    """Return the method of a logger for a level, None if it drops what it gets."""
    if _is_filter(logger.__class__) and not logger.is_enabled_for(_NUMBERS[level]):
        return None
    method: Write = getattr(logger, level)
    return method


@lru_cache(maxsize=32)
def _is_filter(kind: Any) -> bool:
    """Return whether loggers of a class know what becomes of a level."""
    # Instances may have methods of every name. A logger on top of `logging` has
    # `isEnabledFor` too, but its processors see all records, whatever the level.
    return hasattr(kind, "is_enabled_for") and not hasattr(kind, "isEnabledFor")


def _is_new(broken: Any) -> bool:
    """Return whether this is the first report about a function or a class."""
    with _lock:
        known = broken in _reported
        _reported.add(broken)
    return not known
