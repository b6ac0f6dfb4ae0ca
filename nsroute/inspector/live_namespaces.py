"""The live namespaces as the page shows them."""

from __future__ import annotations

import json
from heapq import nlargest
from typing import Any, Final

import attrs

from nsroute.live import LiveNamespace
from nsroute.records import brief
from nsroute.router import MetaRouter

SHOWN: Final = 200
"""Live namespaces that are shown, those with the most clients."""

_MINUTE: Final = 60
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR


def live_namespaces(router: MetaRouter, wanted: str, now: float) -> dict[str, Any]:
    """Return the live namespaces with the most clients, as JSON can hold them.

    Rows are made for those only: there may be very many others.

    Args:
        router: The router.
        wanted: The text that the names which are shown contain.
        now: The time, as Unix time.
    """
    clients = router.live.client_counts()
    fitting = [name for name in clients if wanted in name]
    first = router.live.overview(nlargest(SHOWN, fitting, key=clients.__getitem__))
    first.sort(key=lambda one: (-one.clients, one.namespace))
    counted = sum(clients.values())
    return {
        "total": len(clients),
        "clients": counted,
        "fitting": len(fitting),
        "shown": [_row(one, now) for one in first],
        "note": _note(len(clients), counted, len(fitting), len(first)),
    }


def _row(one: LiveNamespace, now: float) -> dict[str, Any]:
    return {
        **attrs.asdict(one),
        # ASCII: an attribute of HTML holds any name, and gives it back unchanged.
        "key": json.dumps(one.namespace),
        "shown": brief(one.namespace),
        "age": _age(now - one.since),
    }


def _note(total: int, clients: int, fitting: int, shown: int) -> str:
    if not total:
        return "Nobody is connected."
    part = "" if fitting == total else f"{fitting:,} of "
    rest = f"; {shown:,} are shown" if shown < fitting else ""
    return f"{part}{total:,} with {clients:,} clients, most clients first{rest}."


def _age(seconds: float) -> str:
    whole = max(0, int(seconds))
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min"
    if whole < 2 * _DAY:
        return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE:02}"
    return f"{whole // _DAY} d"
