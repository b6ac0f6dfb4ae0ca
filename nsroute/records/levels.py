"""The levels of records: those of the outcomes, and what may be written for one."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from nsroute.signals import Outcome
from nsroute.errors import nearest

__all__ = ["LEVELS", "SEVERITIES", "levels_of", "no_such"]

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

_INSTEAD: Final = ", a number of these in logging, or None or False for no record"
_NAMES: Final = {number: name for name, number in SEVERITIES.items()}


def levels_of(given: Mapping[str, str | int | None]) -> Mapping[str, str | None]:
    """Put the levels of a policy as they are kept: names of methods, None for off.

    Args:
        given: Outcome -> the name of a level in any case, its number in `logging`, or
            None or False.

    Raises:
        TypeError: If it is no mapping.
        ValueError: If something in it is no outcome or no level.
    """
    found: Any = given
    if not isinstance(found, Mapping):
        told = "levels maps outcomes to levels: it is a mapping"
        raise TypeError(f"LogPolicy: {told}, not {found!r}")
    levels = {_outcome(one): _level(one, level) for one, level in given.items()}
    return MappingProxyType(levels)


def _outcome(given: str) -> str:
    if given in LEVELS:
        return given
    problem = no_such("outcome", given, LEVELS)
    raise ValueError(f"LogPolicy: levels: {problem}{_aside(given, LEVELS)}")


def _level(outcome: object, given: Any) -> str | None:
    if given is None or given is False:
        return None
    name = given
    if isinstance(given, str):
        name = given.lower()
    elif isinstance(given, int):
        name = _NAMES.get(given)
    if isinstance(name, str) and name in SEVERITIES:
        return name
    problem = no_such("level", given, SEVERITIES)
    told = f"{problem}{_INSTEAD}{_aside(given, SEVERITIES)}"
    raise ValueError(f"LogPolicy: levels[{outcome!r}]: {told}")


def _aside(given: object, known: Iterable[str]) -> str:
    hint = nearest(given.lower(), known) if isinstance(given, str) else None
    return f" ({hint})" if hint else ""


def no_such(what: str, given: object, known: Iterable[str]) -> str:
    """Say that something is none of what is known, and what that is."""
    return f"{given!r} is no {what}: it is one of {', '.join(known)}"
