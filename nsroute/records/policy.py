"""`LogPolicy`: at which level, how often and with what a dispatch is recorded."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

import attrs

from nsroute.dispatch import Outcome
from nsroute.errors import RouteError, nearest
from nsroute.records.redaction import Redaction, deny

__all__ = [
    "LEVELS",
    "SEVERITIES",
    "LogChoice",
    "LogPolicy",
    "check_choice",
    "nearest_policy",
]

LEVELS: Final[Mapping[Outcome, str]] = MappingProxyType(
    {
        "ok": "info",
        "refused": "warning",
        "rejected": "warning",
        "unhandled": "warning",
        "error": "error",
        "late": "warning",
        "unrouted": "warning",
    }
)
"""The level of each outcome where a policy says nothing else."""

SEVERITIES: Final[Mapping[str, int]] = MappingProxyType(
    {
        "debug": logging.DEBUG,
        "info": logging.INFO,
        "warning": logging.WARNING,
        "error": logging.ERROR,
        "critical": logging.CRITICAL,
    }
)
"""The levels, by the names of structlog's methods."""


def _check_levels(_: object, __: object, levels: Mapping[str, str | None]) -> None:
    for outcome, level in levels.items():
        if outcome not in LEVELS:
            raise ValueError(_no("outcome", outcome, LEVELS))
        if level is not None and level not in SEVERITIES:
            raise ValueError(_no("level", level, SEVERITIES))


def _no(what: str, found: str, known: Iterable[str]) -> str:
    return f"{found!r} is no {what}: it is one of {', '.join(known)}"


def _redaction(choice: Redaction | str | tuple[str, ...] | list[str]) -> Redaction:
    if isinstance(choice, Redaction):
        return choice
    return deny(choice) if isinstance(choice, str) else deny(*choice)


def _frozen(levels: Mapping[str, str | None]) -> Mapping[str, str | None]:
    return MappingProxyType(dict(levels))


@attrs.frozen
class LogPolicy:
    """How dispatches are recorded: given to a router, to a class or to a route."""

    levels: Mapping[str, str | None] = attrs.field(
        factory=dict[str, str | None], converter=_frozen, validator=_check_levels
    )
    """Outcome -> level, over the defaults; None records nothing of that outcome."""
    payloads: bool = attrs.field(
        default=False, validator=attrs.validators.instance_of(bool)
    )
    """Whether the wire arguments are recorded, redacted and cut."""
    redact: Redaction = attrs.field(factory=deny, converter=_redaction)
    """What payloads do not show, by `deny(…)`, `allow(…)`, or names to deny."""
    sample: int = attrs.field(
        default=1, validator=[attrs.validators.instance_of(int), attrs.validators.ge(1)]
    )
    """Record one in so many `ok` dispatches of an event; all others always."""


LogChoice: TypeAlias = LogPolicy | bool | str | None
"""A policy; False for no records, True for records after all; a level for `ok` under
the policy that would hold otherwise; None to leave it to the next."""


def check_choice(choice: object, target: str | None = None) -> None:
    """Check what was given as `log`.

    Args:
        choice: The choice, if it is one.
        target: The class that it was found on.

    Raises:
        RouteError: If it is none.
    """
    if isinstance(choice, str) and choice not in SEVERITIES:
        problem = f"log: {_no('level', choice, SEVERITIES)}"
        raise RouteError(problem, target=target, hint=nearest(choice, SEVERITIES))
    if not isinstance(choice, LogPolicy | bool | str | None):
        found = type(choice).__name__
        problem = f"log is a LogPolicy, a level or False, not {found}"
        raise RouteError(problem, target=target, hint="a logger needs another name")


def nearest_policy(*choices: LogChoice) -> LogPolicy | None:
    """Settle what choices come to, given from the nearest to the farthest.

    What is no choice is passed over: a plain class may call its logger `log`.

    Returns:
        The policy; None for no records.
    """
    policy, on = LogPolicy(), True
    for choice in reversed(choices):
        if isinstance(choice, LogPolicy):
            policy, on = choice, True
        elif isinstance(choice, bool):
            on = choice
        elif isinstance(choice, str) and choice in SEVERITIES:
            levels = {**policy.levels, "ok": choice}
            policy, on = attrs.evolve(policy, levels=levels), True
    return policy if on else None
