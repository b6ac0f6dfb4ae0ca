"""Sockets and WebSockets that a mend has nothing to do with stay as they are."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from nsroute.upstream.hardening.messages import SendsWhole
from nsroute.upstream.hardening.received import ReadsInTurn
from nsroute.upstream.hardening.unread import BoundedUnread


class Under:
    """A socket of Engine.IO, which notes how it is called."""

    closed = False

    server = SimpleNamespace(reason=SimpleNamespace(PING_TIMEOUT="ping timeout"))

    def __init__(self) -> None:
        self.noted: list[Any] = []

    def _websocket_handler(self, ws: Any) -> Any:
        return ws

    def close(self, **options: Any) -> None:
        self.noted.append(options["reason"])

    def hang_up(self) -> None:
        self.noted.append("hung up")


@pytest.mark.parametrize("mend", [SendsWhole, ReadsInTurn])
def test_a_websocket_of_another_library_is_handled_as_it_is(mend: type) -> None:
    """Only simple-websocket's has what they wrap."""
    ws = SimpleNamespace(socket="of another library")
    made: Any = type("Made", (mend, Under), {})()
    assert made._websocket_handler(ws) is ws
    assert vars(ws) == {"socket": "of another library"}


def test_only_who_answers_no_ping_is_hung_up_on() -> None:
    """The others close their end by themselves."""
    made: Any = type("Socket", (BoundedUnread, Under), {"hang_up": Under.hang_up})()
    for reason in ("transport close", "ping timeout"):
        made.close(reason=reason)
    assert made.noted == ["transport close", "ping timeout", "hung up"]
