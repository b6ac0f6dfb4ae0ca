"""The structlog logger `nsroute`, and what happens when it raises."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from threading import Lock
from typing import Any, Final, cast
from weakref import WeakSet

import structlog

from nsroute.records.failures import safe_exception

NAME: Final = "nsroute"

# Not `get_logger`: where an application configures `cache_logger_on_first_use`, its
# logger keeps the first configuration for ever.
_logger: Any = structlog.wrap_logger(
    None, cache_logger_on_first_use=False, logger_factory_args=(NAME,)
)
_lock: Final = Lock()
_reported: WeakSet[Any] = WeakSet()


def log(level: str, record: str, fields: Callable[[], dict[str, Any]]) -> None:
    """Write a record, whatever the logger raises; get its fields only if needed."""
    try:
        logger = _logger.bind()
        if _is_enabled(logger, level):
            getattr(logger, level)(record, **fields())
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a gevent.Timeout is one
        if is_new(type(error)):
            with suppress(Exception):
                lost = "A record was lost, and more may be."
                logging.getLogger(NAME).error(lost, exc_info=safe_exception(error))


def _is_enabled(logger: Any, level: str) -> bool:
    kind = cast("Any", type(logger))  # instances may have methods of every name
    # A logger on top of `logging` has `isEnabledFor` too, but its processors see all
    # records, whatever the level.
    is_filter = hasattr(kind, "is_enabled_for") and not hasattr(kind, "isEnabledFor")
    return not is_filter or logger.is_enabled_for(getattr(logging, level.upper()))


def is_new(broken: Any) -> bool:
    """Return whether this is the first report about a function or a class."""
    with _lock:
        known = broken in _reported
        _reported.add(broken)
    return not known
