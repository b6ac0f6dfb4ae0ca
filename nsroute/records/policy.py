"""`LogPolicy`: at which level, how often and with what a dispatch is recorded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias, cast, get_args

import attrs
from attrs.validators import ge, instance_of

from nsroute.errors import RouteError, nearest
from nsroute.records.redaction import Redaction, deny
from nsroute.signals import Outcome

LEVEL_NAMES: Final = ("debug", "info", "warning", "error", "critical")

_warnings: Final[dict[str, str | None]] = dict.fromkeys(get_args(Outcome), "warning")
LEVELS: Final = MappingProxyType({**_warnings, "ok": "info", "error": "error"})
"""The level of each outcome where a policy has no other."""


def _levels(
    given: Mapping[str, str | Literal[False] | None],
) -> Mapping[str, str | None]:
    """Check the levels of a policy; return them with None in place of False."""
    levels: Any = given
    if not isinstance(levels, Mapping):
        problem = f"levels maps outcomes to levels: it is a mapping, not {given!r}"
        raise TypeError(f"LogPolicy: {problem}")
    for outcome, level in given.items():
        if outcome not in LEVELS:
            problem = _unknown("outcome", outcome, LEVELS)
            raise ValueError(f"LogPolicy: levels: {problem}")
        if level not in (*LEVEL_NAMES, None) and level is not False:
            problem = _unknown("level", level, (*LEVEL_NAMES, "None"))
            raise ValueError(f"LogPolicy: levels[{outcome!r}]: {problem}")
    return MappingProxyType({name: level or None for name, level in given.items()})


def _unknown(what: str, given: object, known: Iterable[str]) -> str:
    hint = nearest(given.lower(), known) if isinstance(given, str) else None
    text = f"{given!r} is no {what}: it is one of {', '.join(known)}"
    return f"{text} ({hint})" if hint else text


def _redaction(given: Redaction | str | Iterable[str]) -> Redaction:
    names: Any = given
    if isinstance(names, Redaction):
        return names
    if not isinstance(names, Iterable):
        problem = f"redact is a name, names, deny(…) or allow(…), not {given!r}"
        raise TypeError(f"LogPolicy: {problem}")
    return deny(names) if isinstance(names, str) else deny(*cast("Any", names))


@attrs.frozen
class LogPolicy:
    """How dispatches are recorded: given to a router, to a class or to a route."""

    levels: Mapping[str, str | None] = attrs.field(
        factory=dict[str, str | None], converter=_levels
    )
    """Outcome -> level, over the defaults; None or False records nothing of it.

    A level is `"debug"`, `"info"`, `"warning"`, `"error"` or `"critical"`."""
    payloads: bool = attrs.field(default=False, validator=instance_of(bool))
    """Whether the wire arguments are recorded, redacted and cut."""
    redact: Redaction = attrs.field(factory=deny, converter=_redaction)
    """What payloads do not show, by `deny(…)`, `allow(…)`, or names to deny."""
    sample: int = attrs.field(default=1, validator=[instance_of(int), ge(1)])
    """Record one in so many `ok` dispatches of an event; all others always."""


LogChoice: TypeAlias = LogPolicy | bool | str | None
"""A policy; False for no records, True for records after all; a level for `ok` under
the policy that would hold otherwise; None to leave it to the next."""

SILENT: Final = LogPolicy(levels=dict.fromkeys(LEVELS))


def check_choice(choice: object, target: str | None = None) -> None:
    """Raise a `RouteError` that names the target, unless this is a `LogChoice`."""
    if isinstance(choice, str) and choice not in LEVEL_NAMES:
        problem = _unknown("level", choice, LEVEL_NAMES)
        raise RouteError(f"log: {problem}", target=target)
    if not isinstance(choice, LogPolicy | bool | str | None):
        found = type(choice).__name__
        problem = f"log is a LogPolicy, a level or False, not {found}"
        raise RouteError(problem, target=target, hint="a logger needs another name")


def nearest_policy(*choices: LogChoice) -> LogPolicy:
    """Return the policy of several choices, given from the nearest to the farthest.

    What is no choice is passed over: a plain class may call its logger `log`.
    """
    policy, on = LogPolicy(), True
    for choice in reversed(choices):
        if isinstance(choice, LogPolicy):
            policy, on = choice, True
        elif isinstance(choice, bool):
            on = choice
        elif isinstance(choice, str) and choice in LEVEL_NAMES:
            levels = {**policy.levels, "ok": choice}
            policy, on = attrs.evolve(policy, levels=levels), True
    return policy if on else SILENT
