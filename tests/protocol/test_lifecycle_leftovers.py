"""What is kept of a client beside the namespace goes when the client does."""

from __future__ import annotations

from typing import Any

import pytest
from flask import request

from nsroute import RoutedNamespace, on
from tests.support.concurrency import gate, run_beside, settle, wait_for
from tests.support.packet_client import PacketClient, Refused
from tests.support.server_configs import SERVER_CONFIGS, ServerConfig
from tests.support.sites import left_behind

every_config = pytest.mark.parametrize("config", SERVER_CONFIGS, ids=str)
BINARY = [one for one in SERVER_CONFIGS if one.serializer == "default"]
"""Those in which binary comes in packets of its own."""
HALF = '51-/doors/1,1["open",{"_placeholder":true,"num":0}]'
"""The beginning of a binary event, of which the attachment never comes."""


class Door(RoutedNamespace, namespace="/doors/<int:number>"):
    """It lets in all but the bad, and takes its time."""

    reached: Any = None
    go: Any = None

    @on("connect")
    def join(self, auth: Any) -> bool:
        if self.reached is not None:
            self.reached.set()
            wait_for(self.go)
        self.save_session(request.sid, {"user": auth})
        return auth != "bad"

    @on("user")
    def user(self) -> Any:
        return self.get_session(request.sid).get("user")

    @on("open")
    def open(self, _: bytes) -> None: ...


@pytest.mark.parametrize("auth", ["good", "bad"])
@pytest.mark.parametrize("config", BINARY, ids=str)
def test_half_a_packet_goes_with_its_connection(
    config: ServerConfig, auth: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client that began a binary event while it was joining leaves none of it."""
    site = config.site(Door)
    with gate(site) as (reached, go):
        monkeypatch.setattr(Door, "reached", reached)
        monkeypatch.setattr(Door, "go", go)
        client = PacketClient(site)

        def join() -> None:
            try:
                client.join("/doors/1", auth)
            except Refused:
                return

        wait = run_beside(site, join)
        wait_for(reached)
        client.send_frame(HALF)
        assert left_behind(site)["binary"] == 1
        go.set()
        wait()
        client.close()
    settle(site, lambda: not left_behind(site))
    assert left_behind(site) == {}


@every_config
def test_what_save_session_keeps_goes_with_the_stay(config: ServerConfig) -> None:
    """Nobody is served what a refused client was, or what was kept before a leave."""
    site = config.site(Door)
    client = PacketClient(site)
    with pytest.raises(Refused):
        client.join("/doors/1", "bad")
    kept = site.socketio.server.eio.get_session(client.eio_sid)
    assert kept == {}
    for number in range(1, 4):
        client.join(f"/doors/{number}", "good")
        assert client.call(f"/doors/{number}", "user") == "good"
        client.leave(f"/doors/{number}")
    settle(site, lambda: kept == {})
    client.join("/doors/1")
    assert client.call("/doors/1", "user") == ()
    assert list(kept) == ["/doors/1"]
    client.close()
    assert left_behind(site) == {}
