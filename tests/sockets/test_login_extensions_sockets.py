"""Strangers are kept out by extensions of Flask, over real sockets."""

from __future__ import annotations

import pytest

from tests.conftest import Connect, Serve
from tests.support import requirements

pytestmark = pytest.mark.sockets

APP = "tests.support.login_app:clubs"
UNAUTHORIZED = {"code": "unauthorized"}


def test_strangers_are_told_that_they_are_unauthorized(
    serve: Serve, connect: Connect, library: str
) -> None:
    """By Flask-HTTPAuth, Flask-Login and flask-jwt-extended alike."""
    requirements.login_extensions()
    server = serve(APP)
    names = ["/httpauth", "/login", "/jwt", "/plain"]
    stranger = connect(server, library, "websocket", names)
    for name in names:
        (told,) = stranger.wait(name, "connect_error").args
        assert told["data"] == UNAUTHORIZED
    stranger.close()
    server.empty()
