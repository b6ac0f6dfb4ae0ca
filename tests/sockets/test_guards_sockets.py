"""What looks like a guard keeps strangers out, over real sockets."""

from __future__ import annotations

import pytest

from tests.conftest import Connect, Serve
from tests.support.guarded_app import NAMES, WORD

pytestmark = pytest.mark.sockets


def test_a_guard_keeps_strangers_out_wherever_it_is_put(
    serve: Serve, connect: Connect, mode: str, library: str
) -> None:
    """On the object, in either kind of class, and in a decorator above the mark."""
    server = serve("tests.support.guarded_app:guarded", mode)
    stranger = connect(server, library, "websocket", NAMES)
    for name in NAMES:
        assert stranger.wait(name, "connect_error").args == (
            {"message": "no stranger"},
        )
    known = connect(server, library, "websocket", NAMES, auth={"word": WORD})
    for name in NAMES:
        assert known.call(name, "tell") == ["told"]
    stranger.close()
    known.close()
    server.empty()
