"""How records look on a console where nobody has configured structlog.

structlog's own default sorts the fields by their names and shows all of them, which is
longer than a terminal is wide. As soon as the application configures structlog, this is
out of use: nsroute configures nothing.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from functools import cache
from typing import Any, Final

import structlog

LOGGER: Final = "nsroute"
LEFT_OUT: Final = ("arg_count", "pattern", "params")
"""What a line leaves out of what went well: `namespace` shows most of it already."""
WIDTH: Final = len("nsroute.disconnect")


def shorten(
    _logger: object, _method: str, record: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Leave some fields out of the line of what went well."""
    if record.get("outcome") == "ok":
        for name in LEFT_OUT:
            record.pop(name, None)
    return record


@cache
def console_logger() -> Any:
    """Return the logger that writes records while structlog is not configured."""
    processors: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False),
        shorten,
        # The width is `pad_event` or `pad_event_to`, as structlog's version has it.
        structlog.dev.ConsoleRenderer(WIDTH, colors=_has_colors(), sort_keys=False),
    ]
    return structlog.wrap_logger(
        None,
        processors=processors,
        cache_logger_on_first_use=False,
        logger_factory_args=(LOGGER,),
    )


def _has_colors() -> bool:
    """Return whether structlog's own default writes colours, on this terminal."""
    renderer: Any = structlog.get_config()["processors"][-1]
    return "\x1b" in renderer(None, "info", {"event": LOGGER})
