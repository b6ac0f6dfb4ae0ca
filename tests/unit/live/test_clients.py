"""Which client is in which live namespace, and at most how many of a connection."""

from __future__ import annotations

from typing import Any

import pytest

from nsroute import EventError, RoutedNamespace, on
from nsroute.live import LiveNamespace
from nsroute.live.clients import Clients, ConnectionEnded
from tests.support.diary_room import Room
from tests.support.lines import Line, Refused, left_behind
from tests.support.worlds import PLAIN, WORLDS, World

pytestmark = pytest.mark.usefixtures("quiet")
every_world = pytest.mark.parametrize("world", WORLDS, ids=str)


@pytest.fixture(autouse=True)
def _diary() -> None:
    Room.diary = []


def clients_of(site: Any) -> Clients:
    """Return the clients of a site's router."""
    clients: Clients = site.router._registry._clients
    return clients


@every_world
def test_clients_of_a_connection_are_in_the_order_in_which_they_joined(
    world: World,
) -> None:
    """And of others' connections none is."""
    site = world.site(Room)
    line, other = Line(site), Line(site)
    other.join("/rooms/9")
    for number in (3, 1, 2):
        line.join(f"/rooms/{number}")
    clients = clients_of(site)
    found = [one.live.namespace for one in clients.of_connection(line.eio_sid)]
    assert found == ["/rooms/3", "/rooms/1", "/rooms/2"]
    assert clients.of_connection("unknown") == []
    assert sorted(clients.live) == ["/rooms/1", "/rooms/2", "/rooms/3", "/rooms/9"]
    line.close()
    other.close()
    assert left_behind(site) == {}


@every_world
@pytest.mark.parametrize("limit", [0, 1, 3])
def test_a_connection_is_in_so_many_namespaces_and_no_more(
    world: World, limit: int
) -> None:
    """Whatever frees a place: a refusal, leaving, the connection of another client."""
    site = world.site(Room, max_namespaces_per_client=limit)
    line = Line(site)
    for number in range(limit):
        line.refusal(f"/rooms/{number}", "refuse")
        line.join(f"/rooms/{number}")
    refusal = {"code": "too_many_namespaces"}
    assert line.refusal("/rooms/9")["data"] == refusal
    if limit:
        line.leave("/rooms/0")
        line.join("/rooms/9")
        with pytest.raises(Refused):
            line.join("/rooms/0")
    line.close()
    assert left_behind(site) == {}


def entering(site: Any, sid: str, namespace: str = "/rooms/1") -> Any:
    """Enter a client that upstream has entered, as its registry does."""
    router = site.router
    (route,) = router.table
    found = (router.compiled(route), {"number": 1})
    environ = next(iter(site.socketio.server.environ.values()), {})
    return clients_of(site).enter(namespace, sid, environ, found)


def test_a_client_whose_connection_has_ended_is_not_entered() -> None:
    """Whether upstream has forgotten the client, or the connection alone."""
    site = PLAIN.site(Room)
    line = Line(site)
    with pytest.raises(ConnectionEnded):
        entering(site, "unknown")
    server: Any = site.socketio.server
    sid = server.manager.pre_connect(line.eio_sid, "/rooms/1")
    environ = server.environ.pop(line.eio_sid)
    with pytest.raises(ConnectionEnded):
        entering(site, sid)
    server.environ[line.eio_sid] = environ
    line.close()
    assert left_behind(site) == {}


def test_a_client_that_cannot_be_entered_takes_no_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever goes wrong on the way, the place is free again."""
    site = PLAIN.site(Room, max_namespaces_per_client=1)
    line = Line(site)
    with monkeypatch.context() as patch:
        patch.setattr(LiveNamespace, "enter", None)
        assert line.refusal("/rooms/1") == {"message": "internal error"}
    clients_of(site).live.clear()
    line.join("/rooms/2")
    line.close()
    assert left_behind(site) == {}


def test_what_has_taken_anothers_place_stays() -> None:
    """Only the very namespace is dropped, and the very client forgotten."""
    site = PLAIN.site(Room)
    line = Line(site)
    sid = line.join("/rooms/1")
    clients = clients_of(site)
    live = clients.live["/rooms/1"]
    client = live.clients[sid]
    clients.drop(LiveNamespace("/rooms/1", {}, live.route, clients))
    assert clients.live == {"/rooms/1": live}
    stale = type(client)("stale", line.eio_sid, live, client.context)
    clients.forget(stale)
    assert clients.of_connection(line.eio_sid) == [client]
    line.close()
    clients.forget(client)
    assert left_behind(site) == {}


@every_world
def test_a_client_that_comes_while_the_last_one_leaves_gets_a_new_object(
    world: World,
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

    site = world.site(Slow)
    line = Line(site)
    seen = set()
    for _ in range(3):
        line.join("/slow")
        seen.add(line.call("/slow", "say"))
        line.leave("/slow")
    assert log == [*["opened dict_keys(['/slow'])", "closed"] * 3]
    line.close()
    assert left_behind(site) == {}


def test_too_many_is_an_answer_with_a_code() -> None:
    """It says how many are allowed."""
    site = PLAIN.site(Room, max_namespaces_per_client=0)
    line = Line(site)
    sid = site.socketio.server.manager.pre_connect(line.eio_sid, "/rooms/1")
    with pytest.raises(EventError, match="may join 0 namespaces") as raised:
        entering(site, sid)
    assert raised.value.code == "too_many_namespaces"
    line.close()
    assert left_behind(site) == {}
