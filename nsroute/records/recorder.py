"""A finished dispatch to exactly one structlog record, under its policy."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any, Final

from nsroute.signals import Outcome
from nsroute.records.brevity import brief, plain
from nsroute.records.facts import Facts
from nsroute.records.failures import explain_failure, locate_failure
from nsroute.records.levels import LEVELS, SEVERITIES
from nsroute.records.logger import RecordLogger
from nsroute.records.policy import LogChoice, LogPolicy, nearest_policy
from nsroute.records.redaction import HIDDEN, NO_NAMES, Names, Redaction
from nsroute.records.reports import report_logger

__all__ = ["Recorder", "nearest_recorder"]

QUIET: Final = LogPolicy(levels=dict.fromkeys(LEVELS))

_logger = RecordLogger()


class Recorder:
    """A policy, compiled for the dispatches of one event."""

    __slots__ = ("_counter", "_levels", "_names", "_redact", "_sample")

    def __init__(self, policy: LogPolicy, names: Names = NO_NAMES) -> None:
        levels: dict[Any, str | None] = {**LEVELS, **policy.levels}
        self._levels = {o: (n, SEVERITIES[n]) for o, n in levels.items() if n}
        self._redact = policy.redact if policy.payloads else None
        self._names = names
        self._sample = policy.sample
        self._counter = itertools.count()

    def record(self, facts: Facts) -> None:
        """Write the record of a finished dispatch, whatever the logger raises."""
        level = self._levels.get(facts.outcome)
        if level is None:
            return
        try:
            write = _logger.writer(*level)
            if write is not None and self._keeps(facts.outcome):
                write(_event(facts), self._fields(facts))
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - a gevent.Timeout is one
            report_logger(error)

    def _keeps(self, outcome: Outcome | None) -> bool:
        """Say whether this is the one in so many that is recorded."""
        if self._sample == 1 or outcome != "ok":
            return True
        return next(self._counter) % self._sample == 0

    def _fields(self, facts: Facts) -> dict[str, Any]:
        """Fill in a record, in the order in which it is read."""
        outcome = facts.outcome
        fields: dict[str, Any] = {"namespace": brief(facts.namespace)}
        fields["sio_event"] = brief(facts.event)
        if facts.target is not None:
            fields["target"] = facts.target
        fields["outcome"] = outcome
        if outcome != "ok":
            _add_failure(fields, facts)
        fields["duration_ms"] = int((facts.duration or 0.0) * 1e6 + 0.5) / 1000
        fields["arg_count"] = len(facts.args)
        if self._redact is not None:
            fields["payload"] = _payload(facts, self._redact, self._names)
        if self._sample != 1 and outcome == "ok":
            fields["sample"] = self._sample
        if facts.sid is not None:
            fields["sid"] = facts.sid
        pattern = facts.pattern
        if pattern is not None:
            fields["pattern"] = pattern
            fields["params"] = {name: plain(v) for name, v in facts.params.items()}
        return fields


def _add_failure(fields: dict[str, Any], facts: Facts) -> None:
    error = facts.error
    if facts.code is not None:
        fields["code"] = brief(facts.code)
    if error is not None:
        fields["error"] = explain_failure(error)
        if facts.outcome == "error":
            fields["exc_info"] = locate_failure(error)


def _payload(facts: Facts, redact: Redaction, names: Names) -> list[Any]:
    args = facts.args
    if facts.kind == "connect" and args and not isinstance(args[0], Mapping):
        # What a client signs in with is a secret, where it is not in named parts.
        return [HIDDEN]
    return redact(args, names)


def _event(facts: Facts) -> str:
    return f"nsroute.{'unrouted' if facts.outcome == 'unrouted' else facts.kind}"


def nearest_recorder(*choices: LogChoice, names: Names = NO_NAMES) -> Recorder:
    """Compile what choices come to, given from the nearest to the farthest."""
    return Recorder(nearest_policy(*choices) or QUIET, names)
