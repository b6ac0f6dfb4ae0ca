"""Who waits for a live object that opens or closes, and who does not."""

from __future__ import annotations

from typing import Any

import pytest
from socketio import packet

from nsroute import RoutedNamespace
from tests.support.concurrency import gate, run_beside, settle, wait_for
from tests.support.lifecycle_namespaces import Hall
from tests.support.packet_client import PacketClient
from tests.support.server_configs import SERVER_CONFIGS, ServerConfig
from tests.support.sites import left_behind, state_of

pytestmark = pytest.mark.usefixtures("quiet")
every_config = pytest.mark.parametrize("config", SERVER_CONFIGS, ids=str)


@pytest.fixture(autouse=True)
def _diary() -> None:
    Hall.event_log, Hall.fails = [], {}


class Clock(RoutedNamespace, namespace="/clocks/<int:number>"):
    """Its steps wait at gates, where told to."""

    event_log: list[Any]
    stops: set[str]
    reached: Any
    go: Any

    def opened(self) -> None:
        self.step("opened")

    def closed(self) -> None:
        self.step("closed")
        self.event_log.append((id(self), "closed, done"))

    def step(self, name: str) -> None:
        self.event_log.append((id(self), name))
        if name in self.stops:
            self.stops.discard(name)
            self.reached.set()
            wait_for(self.go)


@every_config
def test_a_client_that_joins_while_the_object_closes_gets_a_new_one(
    config: ServerConfig,
) -> None:
    """The old object's `closed` has ended before the new one's `opened` begins."""
    site = config.site(Clock)
    Clock.event_log, Clock.stops = [], {"closed"}
    with gate(site) as (Clock.reached, Clock.go):
        leaver, newcomer = PacketClient(site), PacketClient(site)
        leaver.join("/clocks/1")
        left = run_beside(site, lambda: leaver.leave("/clocks/1"))
        wait_for(Clock.reached)
        joining = run_beside(
            site, lambda: newcomer.send_packet(packet.CONNECT, "/clocks/1")
        )
        settle(site, lambda: state_of(site)["rooms"]["/clocks/1"] == 2)
        assert (
            packet.CONNECT not in newcomer.kinds("/clocks/1") or config.always_connect
        )
        Clock.go.set()
        left()
        joining()
    (old, _), (_, _), (_, third), (new, fourth) = Clock.event_log
    assert (third, fourth) == ("closed, done", "opened")
    assert site.router.live["/clocks/1"] is not None
    assert [step for one, step in Clock.event_log if one == new][-1] == "opened"
    assert old is not None
    newcomer.close()
    leaver.close()
    assert left_behind(site) == {}


@every_config
@pytest.mark.parametrize("fails", [False, True])
def test_clients_that_join_while_the_object_opens_wait_for_it(
    config: ServerConfig, fails: bool
) -> None:
    """They share it; where it fails to open, all of them are refused."""

    class Opening(Clock, namespace="/opening/<int:number>"):
        def opened(self) -> None:
            super().opened()
            if fails:
                raise RuntimeError("cannot open")

    site = config.site(Opening)
    Clock.event_log, Clock.stops = [], {"opened"}
    with gate(site) as (Clock.reached, Clock.go):
        clients = [PacketClient(site) for _ in range(4)]
        joins = [
            run_beside(
                site, lambda one=client: one.send_packet(packet.CONNECT, "/opening/1")
            )
            for client in clients
        ]
        wait_for(Clock.reached)
        settle(
            site, lambda: [row.clients for row in site.router.live.overview()] == [4]
        )
        Clock.go.set()
        for join in joins:
            join()
    refused = packet.DISCONNECT if config.always_connect else packet.CONNECT_ERROR
    last = refused if fails else packet.CONNECT
    assert {client.kinds("/opening/1")[-1] for client in clients} == {last}
    assert [step for _, step in Clock.event_log] == ["opened"]
    for client in clients:
        client.close()
    assert left_behind(site) == {}


class Blocked(RoutedNamespace, namespace="/blocked/<int:number>"):
    """Closing it takes until the gate is opened."""

    reached: Any
    go: Any

    def closed(self) -> None:
        self.reached.set()
        wait_for(self.go)


@every_config
def test_a_namespace_that_takes_long_to_close_keeps_no_other_waiting(
    config: ServerConfig,
) -> None:
    """No lock of nsroute's is held while user code runs."""
    site = config.site(Blocked, Hall)
    with gate(site) as (Blocked.reached, Blocked.go):
        client, other = PacketClient(site), PacketClient(site)
        client.join("/blocked/1")
        left = run_beside(site, lambda: client.leave("/blocked/1"))
        wait_for(Blocked.reached)
        other.join("/blocked/2")
        other.join("/halls/1")
        assert isinstance(other.call("/halls/1", "where"), int)
        Blocked.go.set()
        left()
        other.close()
    client.close()
    assert left_behind(site) == {}
