"""What structlog is configured to by now, asked for every record.

`structlog.get_config()` copies all of it, which costs more than the rest of a record
that is not wanted.

Private part touched, checked with structlog 26.1.0 (`tests/unit/records/test_logger.py`
fails when it changes): `structlog._config._CONFIG`. Where it is not as expected, the
public function is asked.
"""

from __future__ import annotations

from typing import Any

import structlog

__all__ = ["Configuration", "configuration", "is_current"]

Configuration = tuple[Any, Any, Any, Any]
"""Processors, wrapper class, logger factory, context class."""

NAMES = (
    "default_processors",
    "default_wrapper_class",
    "logger_factory",
    "default_context_class",
)

_module: Any = getattr(structlog, "_config", None)
_state: Any = getattr(_module, "_CONFIG", None)
_is_expected = all(hasattr(_state, name) for name in NAMES)


def configuration() -> Configuration:
    """Return what decides how a logger is made."""
    if not _is_expected:
        public = structlog.get_config()
        return (
            public["processors"],
            public["wrapper_class"],
            public["logger_factory"],
            public["context_class"],
        )
    return (
        _state.default_processors,
        _state.default_wrapper_class,
        _state.logger_factory,
        _state.default_context_class,
    )


def is_current(kept: Configuration) -> bool:
    """Say whether a configuration is still what `configuration` would return."""
    if _is_expected:
        return (
            _state.default_processors is kept[0]
            and _state.default_wrapper_class is kept[1]
            and _state.logger_factory is kept[2]
            and _state.default_context_class is kept[3]
        )
    return all(now is then for now, then in zip(configuration(), kept, strict=True))
