"""What is broken beside a dispatch, said once; no dispatch suffers from it."""

from __future__ import annotations

import logging
from contextlib import suppress
from inspect import iscoroutine, isfunction
from threading import Lock
from typing import Any, Final, cast
from weakref import WeakSet

from blinker import Signal

from nsroute.records.logger import RecordLogger

__all__ = ["report_logger", "tell"]

ERROR: Final = logging.ERROR

_logger = RecordLogger()
_fallback = logging.getLogger("nsroute")
_lock = Lock()
_broken: WeakSet[Any] = WeakSet()


def tell(signal: Signal, sender: object, **facts: Any) -> None:
    """Send a signal to each receiver, whatever another one raises."""
    if signal.is_muted:
        return
    for receiver in signal.receivers_for(sender):
        try:
            result = receiver(sender, **facts)
            if iscoroutine(result):
                result.close()
                raise TypeError("a receiver is a plain function, not a coroutine's")
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - a gevent.Timeout is one
            _report_receiver(receiver, error)


def report_logger(error: BaseException) -> None:
    """Say through `logging` that a record was lost: once for each kind of error."""
    if _is_new(type(error)):
        with suppress(Exception):
            _fallback.error("A record was lost, and more may be.", exc_info=error)


def _report_receiver(receiver: Any, error: BaseException) -> None:
    """Record that a receiver raises: once for each function, or class of callables."""
    function = getattr(receiver, "__func__", receiver)
    who = cast("Any", function if isfunction(function) else type(function))
    if not _is_new(who):
        return
    name = f"{who.__module__}.{who.__qualname__}"
    try:
        write = _logger.writer("error", ERROR)
        if write is not None:
            write("nsroute.receiver", {"receiver": name, "exc_info": error})
    except Exception as broken:  # noqa: BLE001 - it is the user's
        report_logger(broken)


def _is_new(broken: Any) -> bool:
    with _lock:
        known = broken in _broken
        _broken.add(broken)
    return not known
