"""The page on authentication: who signs out is put out, and stays out."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

from nsroute.testing import RouterClient
from tests.docs.test_readme import blocks
from tests.support.servers import ROOT
from tests.support.shared_queue import eventually

pytestmark = pytest.mark.usefixtures("quiet")

PAGE = ROOT / "docs" / "how-to" / "authentication.md"


@pytest.fixture(scope="module")
def page() -> Any:
    """Execute the first block of the page."""
    module = ModuleType("authentication")
    first, *_ = blocks(PAGE, "python")
    exec(compile(first, PAGE.name, "exec"), vars(module))
    return module


def _signed_in(page: Any, user: str) -> RouterClient:
    http = page.app.test_client()
    http.post("/sign-in", data={"user": user})
    return RouterClient(page.app, flask_client=http)


def test_who_signs_out_is_disconnected_everywhere(page: Any) -> None:
    """In each room, on each device; nobody else is."""
    ann, phone, bob = (_signed_in(page, user) for user in ("ann", "ann", "bob"))
    for client in (ann, phone, bob):
        assert client.connect("/rooms/1").accepted
    assert ann.connect("/rooms/2").accepted
    ann.flask_client.post("/sign-out")
    eventually(lambda: sorted(page.router.live) == ["/rooms/1"])
    eventually(lambda: list(page.router.live["/rooms/1"].clients) == [bob.sid()])
    assert phone.connect("/rooms/1").accepted  # still signed in there
    for client in (ann, phone, bob):
        client.close()


def test_an_open_connection_does_not_bring_back_who_has_signed_out(page: Any) -> None:
    """Its session is the one of the handshake, whose login is deleted."""
    ann = _signed_in(page, "ann")
    assert ann.connect("/rooms/1").accepted
    ann.flask_client.post("/sign-out")
    eventually(lambda: not page.router.live)
    assert ann.connect("/rooms/2").message == "sign in first"
    ann.close()
