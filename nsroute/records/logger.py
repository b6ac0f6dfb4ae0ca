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

    __slots__ = ("_config", "_kept", "_proxy", "_stdout")

    def __init__(self, config: dict[str, Any]) -> None:
        self._config = config
        self._stdout = sys.stdout
        self._proxy = structlog.get_logger(NAME)
        self._kept: Any = self._proxy.bind() if _is_stable(config) else None

    def holds(self, config: dict[str, Any]) -> bool:
        """Say whether a configuration is still the one that this was made for."""
        mine = self._config
        return (
            config["processors"] is mine["processors"]
            and config["wrapper_class"] is mine["wrapper_class"]
            and config["logger_factory"] is mine["logger_factory"]
            and config["context_class"] is mine["context_class"]
            and sys.stdout is self._stdout
        )

    def logger(self) -> Any:
        """Return the bound logger."""
        return self._proxy.bind() if self._kept is None else self._kept


def _is_stable(config: dict[str, Any]) -> bool:
    return (
        type(config["logger_factory"]) in STABLE
        and config["context_class"] is dict
        and config["wrapper_class"].__module__.startswith("structlog.")
    )


class RecordLogger:
    """Follows the configuration of structlog."""

    __slots__ = ("_outlet",)

    def __init__(self) -> None:
        self._outlet: Outlet | None = None

    def enabled(self, severity: int) -> Any:
        """Return the bound logger; None if it would drop what has this severity."""
        config = structlog.get_config()
        outlet = self._outlet
        if outlet is None or not outlet.holds(config):
            outlet = self._outlet = Outlet(config)
        logger = outlet.logger()
        ask = _question(logger)
        return logger if ask is None or ask(logger, severity) else None


def _question(logger: object) -> Callable[[Any, int], bool] | None:
    """Find the method that says whether a level is enabled.

    It is looked for on the class: some loggers take every name for that of a level.
    """
    for name in QUESTIONS:
        found: Callable[[Any, int], bool] | None = getattr(type(logger), name, None)
        if found is not None:
            return found
    return None
