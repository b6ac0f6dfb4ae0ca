"""`LogPolicy`, and which of several holds."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from nsroute import LogPolicy, MetaRouter, RoutedNamespace, RouteError, allow, deny, on
from nsroute.records.policy import LEVELS, nearest_policy


def test_a_policy_by_default_changes_nothing() -> None:
    """Without arguments: the usual levels, no payloads, every dispatch."""
    policy = LogPolicy()
    assert (policy.levels, policy.payloads, policy.sample) == ({}, False, 1)
    assert policy.redact == deny()


def test_a_policy_keeps_its_levels_to_itself() -> None:
    """The mapping that a policy was made of may change; the policy does not."""
    levels: dict[str, str | None] = {"ok": "debug"}
    policy = LogPolicy(levels=levels)
    levels["ok"] = "error"
    assert policy.levels == {"ok": "debug"}
    with pytest.raises(TypeError, match="does not support item assignment"):
        policy.levels["ok"] = "error"  # type: ignore[index]


@pytest.mark.parametrize(
    "redact, meant",
    [
        ("pin", deny("pin")),
        (["pin", "cvv"], deny("pin", "cvv")),
        (("pin",), deny("pin")),
        (allow("id"), allow("id")),
    ],
)
def test_names_to_redact_are_names_to_deny(redact: Any, meant: object) -> None:
    """`redact` takes a name, names, or what `deny` and `allow` return."""
    assert LogPolicy(redact=redact).redact == meant


@pytest.mark.parametrize(
    "arguments, error, message",
    [
        ({"levels": {"okay": "info"}}, ValueError, "'okay' is no outcome: .* ok, "),
        ({"levels": {"ok": "inof"}}, ValueError, "'inof' is no level: .* debug, "),
        ({"sample": 0}, ValueError, "'sample' must be >= 1"),
        ({"sample": 2.5}, TypeError, "'sample' must be <class 'int'>"),
        ({"payloads": "yes"}, TypeError, "'payloads' must be <class 'bool'>"),
    ],
)
def test_a_policy_refuses_what_it_does_not_know(
    arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    """A mistake in a policy is an error where it is made, and names what is known."""
    with pytest.raises(error, match=message):
        LogPolicy(**arguments)


QUIET = LogPolicy(levels={"ok": "debug", "late": None}, payloads=True)


@pytest.mark.parametrize(
    "choices, settled",
    [
        ((None, None), LogPolicy()),
        ((None, QUIET), QUIET),
        ((LogPolicy(), QUIET), LogPolicy()),
        ((False, QUIET), None),
        ((True, False, QUIET), QUIET),
        ((None, False), None),
        ((QUIET, False), QUIET),
        (
            ("warning", QUIET),
            LogPolicy(levels={"ok": "warning", "late": None}, payloads=True),
        ),
        (("info", False), LogPolicy(levels={"ok": "info"})),
        ((logging.getLogger(), QUIET), QUIET),
        (("chat.log", QUIET), QUIET),
    ],
)
def test_the_nearest_choice_wins(choices: tuple[Any, ...], settled: object) -> None:
    """A policy replaces, False and True switch, a level changes that of `ok` only."""
    assert nearest_policy(*choices) == settled


def test_every_outcome_has_a_level() -> None:
    """What went well is info, what went wrong in the app is error, the rest warning."""
    others = {level for name, level in LEVELS.items() if name not in {"ok", "error"}}
    assert (LEVELS["ok"], LEVELS["error"], others) == ("info", "error", {"warning"})


def test_a_wrong_level_of_a_route_is_told_at_once() -> None:
    """`@on(…, log="inof")` is a `RouteError` that names the nearest level."""
    with pytest.raises(RouteError, match=r"'inof' is no level: .*did you mean 'info'"):
        on("move", log="inof")


def test_a_wrong_choice_of_a_class_is_told_when_it_is_defined() -> None:
    """A class whose `log` is none of the choices is a `RouteError` that names it."""
    with pytest.raises(RouteError, match=r"Room: log is .* not RootLogger"):

        class Room(RoutedNamespace):
            log = logging.getLogger()  # type: ignore[assignment]


def test_a_wrong_choice_of_a_router_is_told_when_it_is_made() -> None:
    """`MetaRouter(…, log=5)` is a `RouteError`."""
    with pytest.raises(RouteError, match=r"MetaRouter: log is a LogPolicy, .* not int"):
        MetaRouter([], log=5)  # type: ignore[arg-type]
