"""`LogPolicy`, and which of several holds."""

from __future__ import annotations

import logging
import re
from typing import Any

import pytest

from nsroute import LogPolicy, MetaRouter, RoutedNamespace, RouteError, allow, deny, on
from nsroute.records.levels import LEVELS
from nsroute.records.policy import nearest_policy


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
        (frozenset({"pin"}), deny("pin")),
        (("pin",), deny("pin")),
        (allow("id"), allow("id")),
    ],
)
def test_names_to_redact_are_names_to_deny(redact: Any, meant: object) -> None:
    """`redact` takes a name, names, or what `deny` and `allow` return."""
    assert LogPolicy(redact=redact).redact == meant


@pytest.mark.parametrize(
    "level, kept",
    [
        ("debug", "debug"),
        ("DEBUG", "debug"),
        ("Warning", "warning"),
        (logging.DEBUG, "debug"),
        (logging.CRITICAL, "critical"),
        (False, None),
        (None, None),
    ],
)
def test_a_level_may_be_written_as_logging_has_it(level: Any, kept: str | None) -> None:
    """A name in any case, a number of `logging`; False is off as None is."""
    policy = LogPolicy(levels={"ok": level})
    assert policy == LogPolicy(levels={"ok": kept})
    assert policy.levels == {"ok": kept}


@pytest.mark.parametrize(
    "arguments, error, message",
    [
        (
            {"levels": {"okay": "info"}},
            ValueError,
            (
                "levels: 'okay' is no outcome: it is one of ok, refused, rejected, "
                "unhandled, error, late, unrouted (did you mean 'ok'?)"
            ),
        ),
        (
            {"levels": {"late": "INOF"}},
            ValueError,
            (
                "levels['late']: 'INOF' is no level: it is one of debug, info, "
                "warning, error, critical, a number of these in logging, or None or "
                "False for no record (did you mean 'info'?)"
            ),
        ),
        ({"levels": {5: "info"}}, ValueError, "levels: 5 is no outcome: "),
        ({"levels": {"ok": 15}}, ValueError, "levels['ok']: 15 is no level: "),
        ({"levels": {"ok": True}}, ValueError, "levels['ok']: True is no level: "),
        ({"levels": {"ok": []}}, ValueError, "levels['ok']: [] is no level: "),
        (
            {"levels": "info"},
            TypeError,
            "levels maps outcomes to levels: it is a mapping, not 'info'",
        ),
        (
            {"redact": deny},
            TypeError,
            "redact is a name, names, deny(…) or allow(…), not deny itself",
        ),
        ({"redact": None}, TypeError, "redact is a name, names, deny(…) or allow(…), "),
        ({"redact": {"pin": 1}}, TypeError, "redact is a name, names, deny(…) or "),
        ({"sample": 0}, ValueError, "sample is a whole number from 1, not 0"),
        ({"sample": 2.5}, TypeError, "sample is a whole number from 1, not 2.5"),
        ({"sample": "x"}, TypeError, "sample is a whole number from 1, not 'x'"),
        ({"sample": True}, TypeError, "sample is a whole number from 1, not True"),
        ({"payloads": "yes"}, TypeError, "payloads is True or False, not 'yes'"),
    ],
)
def test_a_policy_refuses_what_it_does_not_know(
    arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    """A mistake in a policy is an error where it is made, and names what is known."""
    with pytest.raises(error) as told:
        LogPolicy(**arguments)
    assert str(told.value).startswith(f"LogPolicy: {message}")


@pytest.mark.parametrize("names", [[5], [["pin"]]])
@pytest.mark.parametrize("make", [deny, allow])
def test_a_name_to_redact_is_text(make: Any, names: list[Any]) -> None:
    """What is no text is refused where it is given, by what it is."""
    told = f"^a name to deny or to allow is text, not {re.escape(repr(names[0]))}$"
    with pytest.raises(TypeError, match=told):
        make(*names)


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

        class Room(RoutedNamespace, log=logging.getLogger()):
            pass


def test_a_wrong_choice_of_a_router_is_told_when_it_is_made() -> None:
    """`MetaRouter(…, log=5)` is a `RouteError`."""
    with pytest.raises(RouteError, match=r"MetaRouter: log is a LogPolicy, .* not int"):
        MetaRouter([], log=5)  # type: ignore[arg-type]
