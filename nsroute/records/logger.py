"""Which structlog logger writes the records, as it is configured by now.

A lazy proxy of structlog makes a new logger for each record, which costs as much as to
fill in the record. What structlog's own factories and classes make follows from the
configuration alone, so it is kept until that changes; whatever else an application may
have configured is asked anew for each record.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Final

import structlog

from nsroute.upstream.log_configuration import Configuration, configuration

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

QUESTIONS: Final = ("is_enabled_for", "isEnabledFor")
"""How the loggers of structlog and of `logging` are asked for a level."""


class Outlet:
    """The logger of one configuration."""

    __slots__ = ("_configuration", "_is_fixed", "_kept", "_proxy", "_stdout", "_wanted")

    def __init__(self, now: Configuration) -> None:
        self._configuration = now
        self._stdout = sys.stdout
        self._proxy = structlog.get_logger(NAME)
        self._kept: Any = self._proxy.bind() if _is_stable(now) else None
        self._is_fixed = self._kept is not None and _is_fixed(now)
        self._wanted: dict[int, Any] = {}

    def holds(self, now: Configuration) -> bool:
        """Say whether a configuration is still the one that this was made for."""
        mine = self._configuration
        return (
            now[0] is mine[0]
            and now[1] is mine[1]
            and now[2] is mine[2]
            and now[3] is mine[3]
            and sys.stdout is self._stdout
        )

    def logger(self, severity: int) -> Any:
        """Return the bound logger; None if it would drop what has this severity."""
        if not self._is_fixed:
            return self._ask(severity)
        if severity not in self._wanted:
            self._wanted[severity] = self._ask(severity)
        return self._wanted[severity]

    def _ask(self, severity: int) -> Any:
        logger = self._proxy.bind() if self._kept is None else self._kept
        ask = _question(logger)
        return logger if ask is None or ask(logger, severity) else None


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
    return hasattr(wrapper_class, QUESTIONS[0]) and not issubclass(
        wrapper_class, structlog.stdlib.BoundLogger
    )


class RecordLogger:
    """Follows the configuration of structlog."""

    __slots__ = ("_outlet",)

    def __init__(self) -> None:
        self._outlet: Outlet | None = None

    def enabled(self, severity: int) -> Any:
        """Return the bound logger; None if it would drop what has this severity."""
        now = configuration()
        outlet = self._outlet
        if outlet is None or not outlet.holds(now):
            outlet = self._outlet = Outlet(now)
        return outlet.logger(severity)


def _question(logger: object) -> Callable[[Any, int], bool] | None:
    """Find the method that says whether a level is enabled.

    It is looked for on the class: some loggers take every name for that of a level.
    """
    for name in QUESTIONS:
        found: Callable[[Any, int], bool] | None = getattr(type(logger), name, None)
        if found is not None:
            return found
    return None
