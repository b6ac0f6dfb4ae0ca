"""What real clients are told, in every async mode and by every client library."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Connect, Serve
from tests.support.sites import error

pytestmark = pytest.mark.sockets

APP = "tests.support.apps:desks"
INTERNAL = error("internal_error", "internal error")
ANSWERS: list[tuple[str, list[Any], list[Any]]] = [
    ("turn", [{"x": 1, "y": 2}], [{"x": 2, "y": 1}]),
    ("several", [], [1, {"x": 2, "y": 3}]),
    ("full", [], [error("full", "No seats.", {"x": 0, "y": 0})]),
    ("boom", [], [INTERNAL]),
    ("unsendable", [], [INTERNAL]),
    ("handled", [], [{"found": False}]),
    ("limited", [], ["once"]),
    (
        "limited",
        [],
        [error("rate_limited", "Too many events.", {"events": 1, "per_seconds": 3600})],
    ),
    ("sing", [], [error("unhandled_event", "Nothing handles this event.")]),
]
REFUSALS: dict[str, dict[str, Any]] = {
    "/desks/full": {
        "message": "No seats.",
        "data": {"code": "full", "details": {"x": 0, "y": 0}},
    },
    "/desks/private": {"message": "sign in", "data": {"at": "/sign-in"}},
    "/desks/closed": {
        "message": "You may not do this.",
        "data": {"code": "forbidden"},
    },
    "/desks/broken": {"message": "internal error"},
    "/nowhere": {"message": "Invalid namespace"},
}


def test_every_event_is_answered(
    serve: Serve, connect: Connect, mode: str, library: str
) -> None:
    """Results and errors arrive as they are documented, and nobody waits for ever."""
    server = serve(APP, mode)
    peer = connect(server, library, "websocket", ["/desks/one"])
    for event, args, told in ANSWERS:
        assert peer.call("/desks/one", event, *args) == told
    (said,) = peer.call("/desks/one", "turn", {"x": 1})
    assert said["error"]["details"][0]["path"] == "arguments[0].y"
    peer.close()
    server.empty()


def test_every_refusal_is_told(
    serve: Serve, connect: Connect, mode: str, library: str
) -> None:
    """A client that is refused is told why, and nothing of it stays behind."""
    server = serve(APP, mode)
    peer = connect(server, library, "websocket", [*REFUSALS, "/desks/one"])
    for namespace, told in REFUSALS.items():
        assert peer.wait(namespace, "connect_error").args == (told,)
    assert peer.call("/desks/one", "several") == [1, {"x": 2, "y": 3}]
    peer.close()
    server.empty()
