"""Who is connected where at this moment, as the page shows it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from heapq import nsmallest
from typing import Any, Final

import attrs

from nsroute.live import NamespaceInfo
from nsroute.records import truncate
from nsroute.router import MetaRouter

__all__ = ["SHOWN", "presence_of"]

SHOWN: Final = 200
"""Live namespaces that are shown, those with the most clients."""

_MINUTE: Final = 60
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR


def presence_of(router: MetaRouter, wanted: str, now: float) -> dict[str, Any]:
    """Tell which namespaces are live, as what JSON can hold.

    Args:
        router: The router.
        wanted: The text that the names which are shown contain.
        now: The time, as Unix time.
    """
    places = router.live.overview()
    fitting = [one for one in places if wanted in one.namespace]
    first = nsmallest(SHOWN, fitting, key=lambda one: (-one.clients, one.namespace))
    return {
        "total": len(places),
        "clients": sum(one.clients for one in places),
        "fitting": len(fitting),
        "shown": [_row(one, now) for one in first],
        "note": _note(places, len(fitting), len(first)),
    }


def _row(one: NamespaceInfo, now: float) -> dict[str, Any]:
    return {
        **attrs.asdict(one),
        # ASCII: an attribute of HTML holds any name, and gives it back unchanged.
        "key": json.dumps(one.namespace),
        "shown": truncate(one.namespace),
        "age": _age(now - one.since),
    }


def _note(places: Sequence[NamespaceInfo], fitting: int, shown: int) -> str:
    if not places:
        return "Nobody is connected."
    clients = sum(one.clients for one in places)
    whole = f"{len(places):,} with {clients:,} clients, most clients first"
    part = "" if fitting == len(places) else f"{fitting:,} of "
    rest = f"; {shown:,} are shown" if shown < fitting else ""
    return f"{part}{whole}{rest}."


def _age(seconds: float) -> str:
    """Say how long something is there, as short as one wants to read it."""
    whole = max(0, int(seconds))
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min"
    if whole < 2 * _DAY:
        return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE:02}"
    return f"{whole // _DAY} d"
