"""A handler finds in nsroute's context what it finds in Flask-SocketIO's own."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from typing import Any

import pytest
from flask import Flask, has_app_context
from werkzeug.exceptions import SecurityError

from tests.support.context_apps import APPS, plain_app
from tests.support.context_looks import LOOKS, match
from tests.support.context_probes import PROBES
from tests.support.context_stage import Nsroute, Stage, Upstream

managed = pytest.mark.parametrize("manage_session", [True, False])


def both(
    look: Callable[[Stage], Any], app: Callable[[], Flask], manage_session: bool
) -> list[Any]:
    """Return what a function of a stage finds: under Flask-SocketIO, and nsroute."""
    options = {"manage_session": manage_session}
    return [play(look, Stage(app(), kind, **options)) for kind in (Upstream, Nsroute)]


def play(look: Callable[[Stage], Any], stage: Stage) -> Any:
    """Return what a function finds on a stage, and what was noted there meanwhile."""
    seen = copy_context().run(lambda: [look(stage), has_app_context()])
    return stage.comparable([seen, stage.log])


@managed
@pytest.mark.parametrize("name", APPS)
def test_a_handler_finds_the_same_in_the_context_of_every_app(
    name: str, manage_session: bool
) -> None:
    """Three events in turn find the same, whatever the earlier ones have left."""

    def look(stage: Stage) -> Any:
        with suppress(SecurityError):  # an app that does not trust this host
            stage.http.get("/theme")
        seen = {"connect": stage.connect(lambda auth: match())}
        for function in LOOKS:
            seen[function.__name__] = [
                copy_context().run(stage.attempt, function) for _ in range(3)
            ]
        seen["received"] = stage.received()
        return seen

    ((expected, _), log), ((found, _), our_log) = both(look, APPS[name], manage_session)
    for key, value in expected.items():
        assert found[key] == value, key
    assert our_log == log


@managed
@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.__name__)
def test_a_client_finds_the_same_in_all_its_life(
    probe: Callable[[Stage], Any], manage_session: bool
) -> None:
    """Connects, events, disconnects and HTTP requests find the same in turn."""
    expected, found = both(probe, plain_app, manage_session)
    assert found == expected
