"""A record is written without copies, and as the logger's own method would write it."""

from __future__ import annotations

import inspect
import io
import json
import logging
from functools import partial
from typing import Any

import pytest
import structlog
from structlog.processors import JSONRenderer

from nsroute.upstream.log_writing import writer

pytestmark = pytest.mark.usefixtures("quiet")


@pytest.mark.parametrize("level", ["debug", "info", "warning", "error", "critical"])
def test_a_record_is_written_as_the_loggers_own_method_would(level: str) -> None:
    """Text, level and bound context are the same, whichever way a record takes."""
    file = io.StringIO()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG),
        logger_factory=structlog.WriteLoggerFactory(file),
    )
    logger = structlog.get_logger("nsroute").bind()
    fields = {"namespace": "/rooms/1", "params": {"room_id": 1}}
    with structlog.contextvars.bound_contextvars(who="ann"):
        write = writer(logger, level, is_structlogs_own=True)
        assert isinstance(write, partial)
        write("nsroute.event", dict(fields))
        getattr(logger, level)("nsroute.event", **fields)
    ours, theirs = file.getvalue().splitlines()
    assert ours == theirs
    assert json.loads(ours) == {
        **fields,
        "event": "nsroute.event",
        "level": level,
        "who": "ann",
    }


def test_a_logger_with_a_step_of_its_own_is_called_by_its_methods() -> None:
    """What a class makes of an event is what is written."""

    class Own(structlog.make_filtering_bound_logger(logging.DEBUG)):  # type: ignore[misc]
        def _process_event(self, *args: Any) -> Any:
            return (f"own {args[1]}",), {}

    file = io.StringIO()
    logger = Own(structlog.WriteLogger(file), [], {})
    writer(logger, "info", is_structlogs_own=True)("nsroute.event", {"a": 1})
    assert file.getvalue() == "own nsroute.event\n"


def test_the_steps_of_a_structlog_logger_are_as_expected() -> None:
    """A structlog that changes them is noticed here first."""
    step = structlog.BoundLoggerBase._process_event
    assert list(inspect.signature(step).parameters) == [
        *("self", "method_name", "event", "event_kw"),
    ]
    output = structlog.WriteLogger(io.StringIO())
    assert structlog.BoundLoggerBase(output, [], {})._logger is output
