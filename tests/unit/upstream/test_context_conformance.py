"""A handler finds in nsroute's contexts what it finds in Flask-SocketIO's own."""

from __future__ import annotations

import pytest
from flask import has_app_context, has_request_context

from nsroute.upstream.objections import installed_objection
from tests.support import (  # noqa: F401  they register their probes
    context_probes_app,
    context_probes_end,
    context_probes_nested,
    context_probes_request,
    context_probes_request_class,
    context_probes_session,
    context_probes_socketio,
)
from tests.support.context_stage import PROBES, Probe, look

CASES = [
    pytest.param(probe, managed, id=f"{probe.name}-{'managed' if managed else 'flask'}")
    for probe in PROBES
    for managed in probe.managed
]


@pytest.mark.parametrize("kind", ["ordinary", "chosen"])
@pytest.mark.parametrize("probe, manage_session", CASES)
def test_a_probe_finds_what_it_finds_under_flask_socketio(
    probe: Probe, kind: str, manage_session: bool
) -> None:
    """Every probe finds the same in the context of an event, whoever made it."""
    expected, _ = look(probe, "upstream", manage_session=manage_session)
    found, _ = look(probe, kind, manage_session=manage_session)
    assert found == expected
    assert expected[0] is not None
    assert not has_request_context()
    assert not has_app_context()


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.name)
def test_the_lean_context_serves_every_app_that_it_can(probe: Probe) -> None:
    """Only an app that overrides what the lean context leaves out gets the ordinary."""
    _, stage = look(probe, "chosen", manage_session=probe.managed[0])
    kinds = {type(context).__name__ for context in stage.contexts.values()}
    lean = probe.lean and installed_objection() is None
    assert kinds == {"LeanContext" if lean else "ClientContext"}


def test_there_are_more_than_fifty_probes() -> None:
    """The conformance is looked at from more than fifty sides."""
    assert len(PROBES) > 50
