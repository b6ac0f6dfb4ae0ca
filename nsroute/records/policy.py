"""`LogPolicy`: at which level, how often and with what a dispatch is recorded."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from inspect import isfunction
from typing import Any, TypeAlias, cast

import attrs

from nsroute.errors import RouteError, nearest
from nsroute.records.levels import SEVERITIES, levels_of, no_such
from nsroute.records.redaction import Redaction, deny

__all__ = ["LogChoice", "LogPolicy", "check_choice", "nearest_policy"]


def _redaction(given: Redaction | str | Collection[str]) -> Redaction:
    found: Any = given
    if isinstance(found, Redaction):
        return found
    if isinstance(found, str):
        return deny(found)
    if not isinstance(found, Collection) or isinstance(found, Mapping | bytes):
        told = "a name, names, deny(…) or allow(…)"
        raise TypeError(f"LogPolicy: redact is {told}, not {_told(given)}")
    return deny(*cast("Collection[str]", found))


def _told(given: object) -> str:
    """Name a function, which may only not have been called; else say what it is."""
    return f"{given.__name__} itself" if isfunction(given) else repr(given)


def _check_payloads(_: object, __: object, given: object) -> None:
    if not isinstance(given, bool):
        raise TypeError(f"LogPolicy: payloads is True or False, not {given!r}")


def _check_sample(_: object, __: object, given: object) -> None:
    told = f"LogPolicy: sample is a whole number from 1, not {given!r}"
    if not isinstance(given, int) or isinstance(given, bool):
        raise TypeError(told)
    if given < 1:
        raise ValueError(told)


@attrs.frozen
class LogPolicy:
    """How dispatches are recorded: given to a router, to a class or to a route."""

    levels: Mapping[str, str | None] = attrs.field(
        factory=dict[str, str | None], converter=levels_of
    )
    """Outcome -> level, over the defaults; None records nothing of that outcome.

    A level is a name in any case or a number of `logging`; False stands for None."""
    payloads: bool = attrs.field(default=False, validator=_check_payloads)
    """Whether the wire arguments are recorded, redacted and cut."""
    redact: Redaction = attrs.field(factory=deny, converter=_redaction)
    """What payloads do not show, by `deny(…)`, `allow(…)`, or names to deny."""
    sample: int = attrs.field(default=1, validator=_check_sample)
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
        problem = f"log: {no_such('level', choice, SEVERITIES)}"
        hint = nearest(choice.lower(), SEVERITIES)
        raise RouteError(problem, target=target, hint=hint)
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
