"""`login_required` and `jwt_required` of Flask's extensions guard connect handlers."""

from __future__ import annotations

import pytest

from nsroute.testing import RouterClient, assert_accepted, assert_refused
from tests.support import requirements
from tests.support.dispatch_recorder import DispatchRecorder
from tests.support.login_app import clubs, headers_of

NAMES = ["/httpauth", "/login", "/jwt", "/plain"]


@pytest.fixture(autouse=True)
def _installed() -> None:
    requirements.login_extensions()


@pytest.mark.parametrize("name", NAMES)
def test_a_stranger_is_refused_with_an_answer(name: str) -> None:
    """With a code, and without an error record."""
    site = clubs("threading")
    recorder = DispatchRecorder(site)
    assert_refused(RouterClient(site.app).connect(name), code="unauthorized")
    told = recorder.take()
    assert [one.outcome for one in told] == ["refused"]
    assert told[0].code == "unauthorized"


@pytest.mark.parametrize("name", NAMES)
def test_who_is_known_gets_in(name: str) -> None:
    """And the handler finds out who it is."""
    site = clubs("threading")
    client = RouterClient(site.app, headers=headers_of(site.app)[name])
    assert_accepted(client.connect(name))
    assert client.call("who") == "ann"
