"""A finished dispatch to exactly one structlog record, under a `LogPolicy`.

The records are `nsroute.connect`, `nsroute.event`, `nsroute.disconnect` and
`nsroute.unrouted`, from the logger `nsroute`. nsroute never configures structlog.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol, TypeAlias

import attrs
import structlog
from blinker import Signal

from nsroute.dispatch import Dispatch, Outcome, dispatched
from nsroute.records.redaction import DENIED, Redaction, brief, deny

__all__ = [
    "Facts",
    "LogChoice",
    "LogPolicy",
    "Recorder",
    "nearest_recorder",
    "publish",
    "tell",
]

LEVELS: Final[Mapping[Outcome, str | None]] = {
    "ok": "info",
    "refused": "warning",
    "rejected": "warning",
    "unhandled": "warning",
    "error": "error",
    "late": "warning",
    "unrouted": "warning",
}
"""The level of each outcome where a policy says nothing else."""

SEVERITIES: Final = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
    "critical": logging.CRITICAL,
}

MAX_NAME: Final = 200

_log = structlog.get_logger("nsroute")
_fallback = logging.getLogger("nsroute")


def _known_levels(_: object, __: object, levels: Mapping[str, str | None]) -> None:
    for outcome, level in levels.items():
        if outcome not in LEVELS:
            raise ValueError(f"no outcome {outcome!r}; there are {', '.join(LEVELS)}")
        if level is not None and level not in SEVERITIES:
            raise ValueError(f"no level {level!r}; there are {', '.join(SEVERITIES)}")


def _redaction(choice: Redaction | tuple[str, ...] | list[str]) -> Redaction:
    return choice if isinstance(choice, Redaction) else deny(*choice)


@attrs.frozen
class LogPolicy:
    """How dispatches are recorded: given to a router, to a class or to a route."""

    levels: Mapping[str, str | None] = attrs.field(
        factory=dict[str, str | None], validator=_known_levels
    )
    """Outcome -> level, over the defaults; None records nothing of that outcome."""
    payloads: bool = False
    """Whether the wire arguments are recorded, redacted and cut."""
    redact: Redaction = attrs.field(default=DENIED, converter=_redaction)
    """What payloads never show: `deny(…)`, `allow(…)`, or names to deny."""
    sample: int = attrs.field(default=1, validator=attrs.validators.ge(1))
    """Record one in so many `ok` dispatches of an event; failures always."""


LogChoice: TypeAlias = LogPolicy | bool | str | None
"""A policy; False for no records; a level for `ok`; None to leave it to the next."""


class Facts(Protocol):
    """What a finished dispatch tells its record."""

    kind: Any
    event: Any
    namespace: str
    pattern: str | None
    params: Mapping[str, Any]
    sid: str | None
    args: tuple[Any, ...]
    target: str | None
    outcome: Outcome
    error: BaseException | None
    code: str | None
    duration: float

    def dispatch(self) -> Dispatch: ...


class Recorder:
    """A policy, compiled for the dispatches of one event."""

    __slots__ = ("_counter", "_levels", "_redact", "_sample")

    def __init__(self, policy: LogPolicy | None) -> None:
        chosen = policy or LogPolicy()
        levels = {**LEVELS, **chosen.levels} if policy is not None else {}
        self._levels = {o: level for o, level in levels.items() if level is not None}
        self._redact: Callable[[object], Any] | None = None
        if chosen.payloads:
            self._redact = chosen.redact
        self._sample = chosen.sample
        self._counter = itertools.count()

    def record(self, facts: Facts | Dispatch) -> None:
        """Write the record of a finished dispatch; never raise."""
        level = self._levels.get(facts.outcome)
        if level is None or self._skips(facts.outcome):
            return
        try:
            logger = _log.bind()
            if _enabled(logger, level):
                getattr(logger, level)(_name(facts), **self._fields(facts))
        except Exception as error:
            _lost(error, "A record")

    def _skips(self, outcome: Outcome) -> bool:
        if self._sample == 1 or outcome != "ok":
            return False
        return next(self._counter) % self._sample != 0

    def _fields(self, facts: Facts | Dispatch) -> dict[str, Any]:
        fields: dict[str, Any] = {"namespace": brief(facts.namespace, MAX_NAME)}
        if facts.pattern is not None:
            fields["pattern"] = facts.pattern
            fields["params"] = dict(facts.params)
            fields["target"] = facts.target
        fields["sio_event"] = brief(facts.event, MAX_NAME)
        fields["sid"] = facts.sid
        fields["outcome"] = facts.outcome
        fields["duration_ms"] = round(facts.duration * 1000, 3)
        fields["arg_count"] = len(facts.args)
        if self._redact is not None:
            fields["payload"] = self._redact(facts.args)
        if facts.outcome == "ok":
            if self._sample != 1:
                fields["sample"] = self._sample
        else:
            _add_failure(fields, facts)
        return fields


def _add_failure(fields: dict[str, Any], facts: Facts | Dispatch) -> None:
    if facts.error is not None:
        fields["error"] = brief(f"{type(facts.error).__name__}: {facts.error}", 500)
    if facts.code is not None:
        fields["code"] = brief(facts.code, MAX_NAME)
    if facts.outcome == "error":
        fields["exc_info"] = facts.error


def _name(facts: Facts | Dispatch) -> str:
    return f"nsroute.{'unrouted' if facts.outcome == 'unrouted' else facts.kind}"


def _enabled(logger: Any, level: str) -> bool:
    """Ask whatever bound logger the user configured, before a field is built."""
    for name in ("is_enabled_for", "isEnabledFor"):
        ask = getattr(logger, name, None)
        if callable(ask):
            return bool(ask(SEVERITIES[level]))
    return True


def nearest_recorder(*choices: LogChoice) -> Recorder:
    """Compile the first choice that is made, from the nearest to the farthest."""
    for choice in choices:
        if isinstance(choice, LogPolicy):
            return Recorder(choice)
        if isinstance(choice, str):
            return Recorder(LogPolicy(levels={"ok": choice}))
        if choice is False:
            return Recorder(None)
        if choice is True:
            break
    return Recorder(LogPolicy())


def publish(recorder: Recorder, sender: object, facts: Facts | Dispatch) -> None:
    """Record a finished dispatch and tell the receivers of `dispatched`."""
    recorder.record(facts)
    if dispatched.receivers:
        finished = facts if isinstance(facts, Dispatch) else facts.dispatch()
        tell(dispatched, sender, dispatch=finished)


def tell(signal: Signal, sender: object, **facts: Any) -> None:
    """Send a signal to each receiver, whatever another one raises."""
    for receiver in signal.receivers_for(sender):
        try:
            receiver(sender, **facts)
        except Exception as error:
            _lost(error, f"A signal to {receiver!r}", receiver)


_broken: set[tuple[type[Exception], object]] = set()


def _lost(error: Exception, what: str, who: object = None) -> None:
    """Say once in a process that a logger or a receiver is broken."""
    broken = (type(error), id(who))
    if broken not in _broken:
        _broken.add(broken)
        _fallback.error("%s was lost, and more may be.", what, exc_info=error)
