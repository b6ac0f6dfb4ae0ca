"""How the benchmarks record: as structlog's guide to performance advises."""

from __future__ import annotations

from typing import Any, BinaryIO

import msgspec
import structlog

__all__ = ["record_to"]


def record_to(file: BinaryIO, level: int) -> None:
    """Configure structlog to write JSON to a file, by a fast encoder."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            structlog.processors.TimeStamper(fmt="iso", utc=False),
            structlog.processors.JSONRenderer(serializer=_encode),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.BytesLoggerFactory(file),
        cache_logger_on_first_use=True,
    )


def _encode(record: Any, default: Any) -> bytes:
    return msgspec.json.encode(record, enc_hook=default)
