"""What happens while a client is let in: it goes, is put out, sends and is sent to."""

from __future__ import annotations

from typing import Any

import pytest
from flask import request
from flask_socketio import emit, join_room
from socketio import packet

from nsroute import RoutedNamespace, on
from tests.support.concurrency import gate, run_beside, wait_for
from tests.support.dispatch_recorder import DispatchRecorder
from tests.support.packet_client import PacketClient
from tests.support.server_configs import SERVER_CONFIGS, ServerConfig
from tests.support.sites import Site, left_behind

pytestmark = pytest.mark.usefixtures("quiet")
every_config = pytest.mark.parametrize("config", SERVER_CONFIGS, ids=str)


class Slow(RoutedNamespace, namespace="/slow/<int:number>"):
    """Its connect handler waits at a gate, and then ends as `auth` says."""

    reached: Any
    go: Any
    done: list[Any]

    @on("connect")
    def enter(self, auth: Any = None) -> Any:
        if auth == "at once":
            return None
        self.reached.set()
        wait_for(self.go)
        self.done.append("connect")
        if auth == "raise":
            raise ValueError("too late")
        return auth != "refuse"

    @on("ping")
    def ping(self) -> str:
        self.done.append("ping")
        return "pong"

    @on("disconnect")
    def gone(self, reason: str) -> None:
        self.done.append(reason)


ENDINGS = ["accept", "refuse", "raise"]


def served_by(config: ServerConfig, routed: bool) -> tuple[Site, DispatchRecorder]:
    """Serve `/slow/1` by a router, or by an object that stands by itself."""
    if routed:
        site = config.site(Slow)
        return site, DispatchRecorder(site)
    site, alone = config.app(), Slow("/slow/1")
    site.socketio.on_namespace(alone)
    return site, DispatchRecorder(site, sender=alone)


@every_config
@pytest.mark.parametrize("routed", [True, False])
@pytest.mark.parametrize("auth", ENDINGS)
@pytest.mark.parametrize("reason", ["transport close", "ping timeout"])
def test_a_connection_that_ends_while_its_connect_handler_runs_leaves_nothing(
    config: ServerConfig, auth: str, reason: str, routed: bool
) -> None:
    """Who was let in is disconnected once, who was refused never was there."""
    site, recorder = served_by(config, routed)
    Slow.done = []
    with gate(site) as (Slow.reached, Slow.go):
        client = PacketClient(site)
        ended = run_beside(
            site, lambda: client.send_packet(packet.CONNECT, "/slow/1", auth)
        )
        wait_for(Slow.reached)
        client.close(reason)
        Slow.go.set()
        ended()
    gone = [reason] if auth == "accept" else []
    assert Slow.done == ["connect", *gone]
    kinds = [d.kind for d in recorder.take()]
    assert kinds == ["connect", *(["disconnect"] if gone else [])]
    assert left_behind(site) == {}


@every_config
@pytest.mark.parametrize("auth", ENDINGS)
def test_what_a_client_sends_before_it_is_let_in_reaches_no_handler(
    config: ServerConfig, auth: str
) -> None:
    """Neither events nor a DISCONNECT run anything while the connect handler does."""
    site = config.site(Slow)
    Slow.done = []
    with gate(site) as (Slow.reached, Slow.go):
        client = PacketClient(site)
        ended = run_beside(
            site, lambda: client.send_packet(packet.CONNECT, "/slow/1", auth)
        )
        wait_for(Slow.reached)
        client.emit("/slow/1", "ping")
        client.leave("/slow/1")
        Slow.go.set()
        ended()
    # Upstream ignores the DISCONNECT of a client that it has not accepted yet.
    left = ["client disconnect"] if config.always_connect and auth == "accept" else []
    assert Slow.done == ["connect", *left]
    client.close()
    if auth == "accept" and not left:
        assert Slow.done == ["connect", "transport close"]
    assert left_behind(site) == {}


@every_config
def test_an_event_of_a_client_that_is_not_in_yet_is_answered_as_such(
    config: ServerConfig,
) -> None:
    """With `always_connect` upstream passes it on; the router tells it apart."""
    site = config.site(Slow)
    Slow.done = []
    with gate(site) as (Slow.reached, Slow.go):
        recorder, client = DispatchRecorder(site), PacketClient(site)
        ended = run_beside(
            site, lambda: client.send_packet(packet.CONNECT, "/slow/1", "refuse")
        )
        wait_for(Slow.reached)
        number = client.ask("/slow/1", "ping")
        if config.always_connect:
            answer = client.acknowledgement("/slow/1", number)
            assert answer["error"]["code"] == "not_connected"
            early = recorder.next()
            assert (early.kind, early.outcome) == ("event", "rejected")
        Slow.go.set()
        ended()
    assert Slow.done == ["connect"]
    assert [d.outcome for d in recorder.take()] == ["refused"]
    client.close()
    assert left_behind(site) == {}


@every_config
@pytest.mark.parametrize("auth", ENDINGS)
def test_the_server_may_disconnect_a_client_whose_connect_handler_runs(
    config: ServerConfig, auth: str
) -> None:
    """It goes as soon as it is in, and is told so."""
    site = config.site(Slow)
    Slow.done = []
    with gate(site) as (Slow.reached, Slow.go):
        client = PacketClient(site)
        ended = run_beside(
            site, lambda: client.send_packet(packet.CONNECT, "/slow/1", auth)
        )
        wait_for(Slow.reached)
        server: Any = site.socketio.server
        sid = server.manager.sid_from_eio_sid(client.eio_sid, "/slow/1")
        server.disconnect(sid, "/slow/1")
        Slow.go.set()
        ended()
    gone = ["server disconnect"] if auth == "accept" else []
    assert Slow.done == ["connect", *gone]
    if gone:
        assert client.kinds("/slow/1") == [packet.CONNECT, packet.DISCONNECT]
    assert left_behind(site) == {"environ": 1}
    client.join("/slow/1", "at once")
    client.close()
    assert left_behind(site) == {}


class Greeter(RoutedNamespace, namespace="/greeters/<int:number>"):
    @on("connect")
    def enter(self) -> None:
        join_room("greeted")
        emit("in the handler", to=request.sid)

    def accepted(self) -> None:
        self.emit("after the answer", to="greeted")


@pytest.mark.parametrize("config", SERVER_CONFIGS, ids=str)
def test_what_accepted_emits_comes_after_the_answer(config: ServerConfig) -> None:
    """What the connect handler emits comes before it, unless all are accepted."""
    site = config.site(Greeter)
    client = PacketClient(site)
    client.join("/greeters/1")
    came = [
        one.data[0] if one.packet_type == packet.EVENT else "CONNECT"
        for one in client.drain()
    ]
    first = ["in the handler", "CONNECT"]
    if config.always_connect:
        first.reverse()
    assert came == [*first, "after the answer"]
    client.close()
    assert left_behind(site) == {}
