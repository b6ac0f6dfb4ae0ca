"""`LogPolicy`, and which of several holds."""

from __future__ import annotations

import logging
import re
from typing import Any

import pytest

from nsroute import LogPolicy, MetaRouter, RoutedNamespace, RouteError, allow, deny, on
from nsroute.records.policy import LEVELS, SILENT, nearest_policy


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
        ("critical", "critical"),
        (False, None),
        (None, None),
    ],
)
def test_a_level_is_a_name_of_structlogs_or_off(level: Any, kept: str | None) -> None:
    """False is off as None is."""
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
                "'levels' must be in ('ok', 'refused', 'rejected', 'unhandled', "
                "'error', 'late', 'unrouted') (got 'okay')"
            ),
        ),
        (
            {"levels": {"late": "INOF"}},
            ValueError,
            (
                "'levels' must be in ('debug', 'info', 'warning', 'error', "
                "'critical', None) (got 'INOF')"
            ),
        ),
        ({"levels": {5: "info"}}, ValueError, "(got 5)"),
        ({"levels": {"ok": "INFO"}}, ValueError, "(got 'INFO')"),
        ({"levels": {"ok": logging.INFO}}, ValueError, "(got 20)"),
        ({"levels": {"ok": True}}, ValueError, "(got True)"),
        ({"levels": "info"}, TypeError, "is not a mapping"),
        ({"redact": deny}, TypeError, "must be an iterable, not function"),
        ({"redact": None}, TypeError, "must be an iterable, not NoneType"),
        ({"sample": 0}, ValueError, "'sample' must be >= 1: 0"),
        ({"sample": 2.5}, TypeError, "'sample' must be <class 'int'> (got 2.5 "),
        ({"sample": "x"}, TypeError, "'sample' must be <class 'int'> (got 'x' "),
        ({"payloads": "yes"}, TypeError, "'payloads' must be <class 'bool'> (got "),
    ],
)
def test_a_policy_refuses_what_it_does_not_know(
    arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    """A mistake in a policy is an error where it is made, and names what is known."""
    with pytest.raises(error, match=re.escape(message)):
        LogPolicy(**arguments)


@pytest.mark.parametrize("names", [[5], [["pin"]]])
@pytest.mark.parametrize("make", [deny, allow])
def test_a_name_to_redact_is_text(make: Any, names: list[Any]) -> None:
    """What is no text is refused where it is given, by what it is."""
    problem = f"^a name to deny or to allow is a word, not {re.escape(repr(names[0]))}$"
    with pytest.raises(ValueError, match=problem):
        make(*names)


QUIET = LogPolicy(levels={"ok": "debug", "late": None}, payloads=True)


@pytest.mark.parametrize(
    "choices, settled",
    [
        ((None, None), LogPolicy()),
        ((None, QUIET), QUIET),
        ((LogPolicy(), QUIET), LogPolicy()),
        ((False, QUIET), SILENT),
        ((True, False, QUIET), QUIET),
        ((None, False), SILENT),
        ((QUIET, False), QUIET),
        (
            ("warning", QUIET),
            LogPolicy(levels={"ok": "warning", "late": None}, payloads=True),
        ),
        (("info", False), LogPolicy(levels={"ok": "info"})),
    ],
)
def test_the_nearest_choice_wins(choices: tuple[Any, ...], settled: object) -> None:
    """A policy replaces, False and True switch, a level changes that of `ok` only."""
    assert nearest_policy(*choices) == settled


def test_every_outcome_has_a_level() -> None:
    """What went well is info, what went wrong in the app is error, the rest warning."""
    others = {level for name, level in LEVELS.items() if name not in {"ok", "error"}}
    assert (LEVELS["ok"], LEVELS["error"], others) == ("info", "error", {"warning"})


def test_a_wrong_level_of_a_route_is_an_error_at_once() -> None:
    """`@on(…, log="inof")` is a `RouteError` that names the nearest level."""
    with pytest.raises(RouteError, match=r"not 'inof' \(did you mean 'info'\?\)"):
        on("move", log="inof")


def test_a_wrong_choice_of_a_class_is_an_error_when_it_is_defined() -> None:
    """A class whose `log` is none of the choices is a `RouteError` that names it."""
    with pytest.raises(RouteError, match=r"Room: log is .* not <RootLogger"):

        class Room(RoutedNamespace, log=logging.getLogger()):
            pass


def test_a_wrong_choice_of_a_router_is_an_error_when_it_is_made() -> None:
    """`MetaRouter(…, log=5)` is a `RouteError`."""
    with pytest.raises(RouteError, match=r"MetaRouter: log is a LogPolicy, .* not 5"):
        MetaRouter([], log=5)  # type: ignore[arg-type]
