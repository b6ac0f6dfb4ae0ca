"""One line of JSON for each record: those of nsroute and those of this project."""

import logging

import msgspec
import structlog


def to_json(_logger: object, _method: str, record: object) -> bytes:
    return msgspec.json.encode(record, enc_hook=str)


def log_as_json() -> None:
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            to_json,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.BytesLoggerFactory(),
    )
