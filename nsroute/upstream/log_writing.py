"""A record written without passing its fields from call to call.

A method of a structlog logger takes the fields of a record as keywords, and so does
what that calls: each copies them. Two of the three copies are saved by calling what the
methods come to, which structlog leaves to those who write loggers of their own.

Protected parts called, checked with structlog 22.1 to 26.1.0
(`tests/unit/records/test_writing.py` fails when one changes): `_process_event` and `_logger`
of `BoundLoggerBase`. A class that overrides a step is called by its public methods.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final, cast

from structlog import BoundLoggerBase, DropEvent

__all__ = ["Write", "writer"]

Write = Callable[[str, dict[str, Any]], object]
"""Takes the event of a record and its fields."""

_STEPS: Final = ("_process_event", "_proxy_to_logger")


def writer(logger: Any, method: str, *, is_structlogs_own: bool) -> Write:
    """Return what writes records by a method of a bound logger.

    Args:
        logger: The bound logger.
        method: The name of the method, such as `info`.
        is_structlogs_own: Whether the methods are those that structlog makes.
    """
    kind = cast("Any", type(logger))
    if is_structlogs_own and all(
        getattr(kind, step, None) is getattr(BoundLoggerBase, step) for step in _STEPS
    ):
        return partial(_write, logger, method, getattr(logger._logger, method))
    call: Callable[..., object] = getattr(logger, method)
    return lambda event, fields: call(event, **fields)


def _write(
    logger: Any,
    method: str,
    output: Callable[..., object],
    event: str,
    fields: dict[str, Any],
) -> None:
    try:
        args, options = logger._process_event(method, event, fields)
        output(*args, **options)
    except DropEvent:
        return
