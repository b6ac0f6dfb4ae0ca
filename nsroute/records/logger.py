"""Which structlog logger writes the records, as it is configured by now.

A lazy proxy of structlog makes a new logger for each record, which costs as much as to
fill in the record. What structlog's own factories and classes make follows from the
configuration alone, so it is kept until that changes; whatever else an application may
have configured is asked anew for each record.

A record is not even filled in where nobody would see it: where the class of the logger
drops it, or where `filter_by_level` would be the first to do something about it. The
level of `logging` alone is no reason, because structlog asks for that last, when its
processors have run.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any, Final, TextIO, cast

import structlog
from structlog.contextvars import merge_contextvars
from structlog.stdlib import add_log_level, add_logger_name, filter_by_level

from nsroute.upstream.log_configuration import (
    Configuration,
    configuration,
    is_current,
)
from nsroute.upstream.log_writing import Write, writer

__all__ = ["RecordLogger"]

NAME: Final = "nsroute"

STABLE: Final = frozenset(
    {
        structlog.PrintLoggerFactory,
        structlog.WriteLoggerFactory,
        structlog.BytesLoggerFactory,
        structlog.stdlib.LoggerFactory,
    }
)
"""Factories that make the same logger of the same name and standard output."""

PASSIVE: Final = (merge_contextvars, add_log_level, add_logger_name)
"""Processors that show a record to nobody, which may stand before `filter_by_level`."""


class Outlet:
    """The logger of one configuration.

    Attributes:
        made_for: The configuration.
        stdout: What was standard output then.
        wanted: Method -> what writes records by it, or None if those would be dropped;
            only where that cannot change.
    """

    __slots__ = ("_is_fixed", "_kept", "_proxy", "made_for", "stdout", "wanted")

    def __init__(self) -> None:
        self.made_for: Configuration = configuration()
        self.stdout: TextIO = sys.stdout
        self.wanted: dict[str, Write | None] = {}
        self._proxy = structlog.get_logger(NAME)
        self._kept: Any = self._proxy.bind() if _is_stable(self.made_for) else None
        self._is_fixed = self._kept is not None and _is_fixed(self.made_for)

    def writer(self, method: str, severity: int) -> Write | None:
        """Return what writes records by a method; None if they would be dropped."""
        logger = self._proxy.bind() if self._kept is None else self._kept
        found: Write | None = None
        if not _is_dropped(logger, severity, self.made_for[0]):
            found = writer(logger, method, is_structlogs_own=self._is_fixed)
        if self._is_fixed:
            self.wanted[method] = found
        return found


def _is_stable(now: Configuration) -> bool:
    _, wrapper_class, logger_factory, context_class = now
    return (
        type(logger_factory) in STABLE
        and context_class is dict
        and wrapper_class.__module__.startswith("structlog.")
    )


def _is_fixed(now: Configuration) -> bool:
    """Say whether the level is part of the class; that of `logging` may change."""
    wrapper_class = now[1]
    return hasattr(wrapper_class, "is_enabled_for") and not hasattr(
        wrapper_class, "isEnabledFor"
    )


class RecordLogger:
    """Follows the configuration of structlog."""

    __slots__ = ("_outlet",)

    def __init__(self) -> None:
        self._outlet: Outlet | None = None

    def writer(self, method: str, severity: int) -> Write | None:
        """Return what writes records by a method; None if they would be dropped.

        Args:
            method: The name of the logger's method.
            severity: Its level, as a number of `logging`.
        """
        outlet = self._outlet
        if (
            outlet is None
            or sys.stdout is not outlet.stdout
            or not is_current(outlet.made_for)
        ):
            outlet = self._outlet = Outlet()
        if method in outlet.wanted:
            return outlet.wanted[method]
        return outlet.writer(method, severity)


def _is_dropped(logger: Any, severity: int, processors: Iterable[object]) -> bool:
    """Say whether nobody would see a record of a level.

    The methods are looked for on the class: some loggers take every name for that of a
    level.
    """
    kind = cast("Any", type(logger))
    if hasattr(kind, "isEnabledFor"):  # a logger of `logging` is below
        return _filters_first(processors) and not kind.isEnabledFor(logger, severity)
    is_filter = hasattr(kind, "is_enabled_for")
    return is_filter and not kind.is_enabled_for(logger, severity)


def _filters_first(processors: Iterable[object]) -> bool:
    """Say whether `filter_by_level` runs before all that a record could be seen by."""
    active = (one for one in processors if one not in PASSIVE)
    return next(active, None) is filter_by_level
