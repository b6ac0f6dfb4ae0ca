"""The name of an object that stands alone, without a router."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from nsroute.errors import RouteError
from nsroute.routing import Pattern, parameter_names
from nsroute.upstream.registration import STAR


def standalone_name(
    owner: str, given: str | None, patterns: Sequence[str]
) -> str | None:
    """Return the name of an object that stands alone; None if upstream gives it one."""
    if given and parameter_names(given):
        raise RouteError(
            "a pattern is no name, and an object that stands alone has one",
            pattern=given,
            target=owner,
            hint="give the class the pattern, and mount a MetaRouter with it",
        )
    if not given and (len(patterns) > 1 or "<" in "".join(patterns)):
        raise RouteError(
            "an object that stands alone serves one namespace",
            pattern=patterns[0],
            target=owner,
            hint="pass its name, or mount a MetaRouter with the class",
        )
    name = given or next(iter(patterns), None)
    if name == STAR:
        # Upstream passes the namespace first there: it would be taken for the client's
        # sid, and a connect for an event of nobody's, which lets everybody in.
        raise RouteError(
            "'*' is all namespaces, and one object cannot serve them",
            target=owner,
            hint="mount a MetaRouter with the class",
        )
    return name


def match_declared(
    name: str, patterns: Iterable[str]
) -> tuple[dict[str, Any], str | None]:
    """Return the params of an exact name, and the pattern that it matches, if any."""
    for text in patterns:
        try:
            params = Pattern.parse(text).match(name)
        except (RouteError, ExceptionGroup):
            continue  # with an app's own converter, which only a router knows
        if params is not None:
            return params, text
    return {}, None
