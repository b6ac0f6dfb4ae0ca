"""`LogPolicy`: at which level, how often and with what a dispatch is recorded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias, get_args

import attrs
from attrs.validators import deep_mapping, ge, in_, instance_of

from nsroute.errors import RouteError, nearest
from nsroute.records.redaction import Redaction, deny
from nsroute.signals import Outcome

LEVEL_NAMES: Final = ("debug", "info", "warning", "error", "critical")

_warnings: Final[dict[str, str | None]] = dict.fromkeys(get_args(Outcome), "warning")
LEVELS: Final = MappingProxyType({**_warnings, "ok": "info", "error": "error"})
"""The level of each outcome where a policy has no other."""

Levels: TypeAlias = Mapping[str, str | None]


def _levels(given: Mapping[str, str | Literal[False] | None]) -> Levels:
    """Copy the levels of a policy, with None in place of False."""
    copy: dict[str, Any] = {**given}
    return MappingProxyType({outcome: copy[outcome] or None for outcome in copy})


def _redaction(given: Redaction | str | Iterable[str]) -> Redaction:
    if isinstance(given, Redaction):
        return given
    return deny(given) if isinstance(given, str) else deny(*given)


@attrs.frozen
class LogPolicy:
    """How dispatches are recorded: given to a router, to a class or to a route."""

    levels: Levels = attrs.field(
        factory=dict[str, str | None],
        converter=_levels,
        validator=deep_mapping(in_(tuple(LEVELS)), in_((*LEVEL_NAMES, None))),
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


def check_choice(choice: Any, target: str | None = None) -> None:
    """Raise a `RouteError` that names the target, unless this is a `LogChoice`."""
    if isinstance(choice, LogPolicy | bool | None) or choice in LEVEL_NAMES:
        return
    levels = ", ".join(LEVEL_NAMES)
    problem = f"log is a LogPolicy, a level ({levels}) or False, not {choice!r}"
    raise RouteError(
        problem, target=target, hint=nearest(str(choice).lower(), LEVEL_NAMES)
    )


def nearest_policy(*choices: LogChoice) -> LogPolicy:
    """Return the policy of several choices, given from the nearest to the farthest."""
    policy, on = LogPolicy(), True
    for choice in reversed(choices):
        if isinstance(choice, LogPolicy):
            policy, on = choice, True
        elif isinstance(choice, bool):
            on = choice
        elif choice is not None:
            levels = {**policy.levels, "ok": choice}
            policy, on = attrs.evolve(policy, levels=levels), True
    return policy if on else SILENT
