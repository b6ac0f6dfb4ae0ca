"""Which client is in which live namespace, and at most how many of a connection."""

from __future__ import annotations

from typing import Any

import pytest

from nsroute import EventError, RoutedNamespace, on
from nsroute.dispatch.unserved import ConnectionEnded
from nsroute.live import LiveNamespace
from nsroute.live.membership import Memberships
from tests.support.event_log import Room
from tests.support.packet_client import PacketClient, Refused
from tests.support.server_configs import DEFAULT_CONFIG, SERVER_CONFIGS, ServerConfig
from tests.support.sites import left_behind

pytestmark = pytest.mark.usefixtures("quiet")
every_config = pytest.mark.parametrize("config", SERVER_CONFIGS, ids=str)


@pytest.fixture(autouse=True)
def _event_log() -> None:
    Room.event_log = []


def memberships_of(site: Any) -> Memberships:
    """Return who is where in the namespaces of a site's router."""
    memberships: Memberships = site.router._registry.memberships
    return memberships


@every_config
def test_clients_of_a_connection_are_in_the_order_in_which_they_joined(
    config: ServerConfig,
) -> None:
    """And of others' connections none is."""
    site = config.site(Room)
    connection, other = PacketClient(site), PacketClient(site)
    other.join("/rooms/9")
    for number in (3, 1, 2):
        connection.join(f"/rooms/{number}")
    memberships = memberships_of(site)
    found = [
        one.live.namespace for one in memberships.of_connection(connection.eio_sid)
    ]
    assert found == ["/rooms/3", "/rooms/1", "/rooms/2"]
    assert memberships.of_connection("unknown") == []
    assert sorted(memberships.live) == ["/rooms/1", "/rooms/2", "/rooms/3", "/rooms/9"]
    connection.close()
    other.close()
    assert left_behind(site) == {}


@every_config
@pytest.mark.parametrize("limit", [0, 1, 3])
def test_a_connection_is_in_so_many_namespaces_and_no_more(
    config: ServerConfig, limit: int
) -> None:
    """Whatever frees a place: a refusal, leaving, the connection of another client."""
    site = config.site(Room, max_namespaces_per_client=limit)
    connection = PacketClient(site)
    for number in range(limit):
        connection.refusal(f"/rooms/{number}", "refuse")
        connection.join(f"/rooms/{number}")
    refusal = {"code": "too_many_namespaces"}
    assert connection.refusal("/rooms/9")["data"] == refusal
    if limit:
        connection.leave("/rooms/0")
        connection.join("/rooms/9")
        with pytest.raises(Refused):
            connection.join("/rooms/0")
    connection.close()
    assert left_behind(site) == {}


def entering(site: Any, sid: str, namespace: str = "/rooms/1") -> Any:
    """Enter a client that upstream has entered, as its registry does."""
    router = site.router
    (route,) = router.table
    found = (router.compiled(route), {"number": 1})
    environ = next(iter(site.socketio.server.environ.values()), {})
    return memberships_of(site).enter(namespace, sid, environ, found)


def test_a_client_whose_connection_has_ended_is_not_entered() -> None:
    """Whether upstream has forgotten the client, or the connection alone."""
    site = DEFAULT_CONFIG.site(Room)
    connection = PacketClient(site)
    with pytest.raises(ConnectionEnded):
        entering(site, "unknown")
    server: Any = site.socketio.server
    sid = server.manager.pre_connect(connection.eio_sid, "/rooms/1")
    environ = server.environ.pop(connection.eio_sid)
    with pytest.raises(ConnectionEnded):
        entering(site, sid)
    server.environ[connection.eio_sid] = environ
    connection.close()
    assert left_behind(site) == {}


def test_a_client_that_cannot_be_entered_takes_no_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever goes wrong on the way, the place is free again."""
    site = DEFAULT_CONFIG.site(Room, max_namespaces_per_client=1)
    connection = PacketClient(site)
    with monkeypatch.context() as patch:
        patch.setattr(LiveNamespace, "enter", None)
        assert connection.refusal("/rooms/1") == {"message": "internal error"}
    memberships_of(site).live.clear()
    connection.join("/rooms/2")
    connection.close()
    assert left_behind(site) == {}


def test_what_has_taken_anothers_place_stays() -> None:
    """Only the very namespace is dropped, and the very client forgotten."""
    site = DEFAULT_CONFIG.site(Room)
    connection = PacketClient(site)
    sid = connection.join("/rooms/1")
    memberships = memberships_of(site)
    live = memberships.live["/rooms/1"]
    client = live.clients[sid]
    memberships.drop(LiveNamespace("/rooms/1", {}, live.route, memberships, site.app))
    assert memberships.live == {"/rooms/1": live}
    stale = type(client)("stale", connection.eio_sid, live, client.context)
    memberships.forget(stale)
    assert memberships.of_connection(connection.eio_sid) == [client]
    connection.close()
    memberships.forget(client)
    assert left_behind(site) == {}


@every_config
def test_a_client_that_comes_while_the_last_one_leaves_gets_a_new_object(
    config: ServerConfig,
) -> None:
    """`closed` of the old one is over before `opened` of the new one begins."""
    log: list[str] = []

    class Slow(RoutedNamespace, namespace="/slow"):
        def opened(self) -> None:
            log.append(f"opened {self.router.live.copy().keys()}")

        @on("say")
        def say(self) -> int:
            return id(self)

        def closed(self) -> None:
            log.append("closed")

    site = config.site(Slow)
    connection = PacketClient(site)
    seen = set()
    for _ in range(3):
        connection.join("/slow")
        seen.add(connection.call("/slow", "say"))
        connection.leave("/slow")
    assert log == [*["opened dict_keys(['/slow'])", "closed"] * 3]
    connection.close()
    assert left_behind(site) == {}


def test_too_many_is_an_answer_with_a_code() -> None:
    """It says how many are allowed."""
    site = DEFAULT_CONFIG.site(Room, max_namespaces_per_client=0)
    connection = PacketClient(site)
    sid = site.socketio.server.manager.pre_connect(connection.eio_sid, "/rooms/1")
    with pytest.raises(EventError, match="may join 0 namespaces") as raised:
        entering(site, sid)
    assert raised.value.code == "too_many_namespaces"
    connection.close()
    assert left_behind(site) == {}
