"""How the client manager ends clients and connections: once, and all of them."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

import pytest
from socketio import packet

from nsroute import MetaRouter
from tests.support.diary_room import Room
from tests.support.lines import Line, left_behind
from tests.support.manager_rooms import Bus, Moments, tables
from tests.support.servers import Site
from tests.support.worlds import PLAIN, WORLDS, World

pytestmark = pytest.mark.usefixtures("quiet")
every_world = pytest.mark.parametrize("world", WORLDS, ids=str)


@pytest.fixture(autouse=True)
def _diary() -> None:
    Room.diary = []


def beside(handlers: dict[str, Any], *routes: Any) -> Site:
    """Make a site with functions that take the disconnects of some namespaces."""
    site = PLAIN.app()
    for namespace, handler in handlers.items():
        site.socketio.on("disconnect", namespace=namespace)(handler)
    if routes:
        site.router = MetaRouter(routes).mount(site.socketio)
    return site


# --- a client is disconnected


@every_world
def test_a_disconnect_is_noted_once_and_only_for_clients_who_are_in(
    world: World,
) -> None:
    """Two threads at once leave one note, a late one none."""
    site = world.site(Room)
    line = Line(site)
    sid = line.join("/rooms/1")
    manager: Any = site.socketio.server.manager
    assert manager.pre_disconnect(sid, "/rooms/1") == line.eio_sid
    assert manager.pre_disconnect(sid, "/rooms/1") == line.eio_sid
    assert manager.pending_disconnect == {"/rooms/1": [sid]}
    manager.remove_client(sid, "/rooms/1")
    assert manager.pre_disconnect(sid, "/rooms/1") is None
    assert manager.eio_sid_from_sid(sid, "/rooms/1") is None
    assert manager.pending_disconnect == {}
    line.close()
    assert left_behind(site) == {}


def test_a_disconnect_is_upstreams_own_in_the_thread_that_began_it() -> None:
    """An event of that name that another thread brings is a packet's."""
    site = PLAIN.app(namespaces=["/a"])
    manager, line = Moments(site).manager, Line(site)
    sid = line.join("/a")
    seen: list[bool] = []

    def ask() -> None:
        seen.append(manager.is_disconnecting(sid, "/a"))

    ask()
    manager.pre_disconnect(sid, "/a")
    ask()
    other = threading.Thread(target=ask)
    other.start()
    other.join()
    manager.remove_client(sid, "/a")
    ask()
    assert seen == [False, True, False, False]
    line.close()


@pytest.mark.parametrize("queue", [False, True])
def test_a_disconnect_of_a_client_that_is_not_in_yet_is_postponed(queue: bool) -> None:
    """Its registry disconnects it later, whoever asks, another process too."""
    options = {"client_manager": Bus()} if queue else {}
    site = PLAIN.app(namespaces=["/a"], **options)
    moments, line = Moments(site), Line(site)
    manager: Any = moments.manager
    sid = line.join("/a")
    moments.is_postponed = True
    site.socketio.server.disconnect(sid, "/a")
    if queue:
        manager._handle_disconnect({"sid": sid, "namespace": "/a"})
        manager._handle_disconnect({})
    assert line.kinds("/a") == [packet.CONNECT]
    assert manager.is_connected(sid, "/a")
    moments.is_postponed = False
    if queue:
        manager._handle_disconnect({"sid": sid, "namespace": "/a"})
    else:
        site.socketio.server.disconnect(sid, "/a")
    assert line.kinds("/a") == [packet.CONNECT, packet.DISCONNECT]
    line.close()
    assert tables(manager) == {}


def test_a_client_that_is_gone_may_be_removed_and_told_so() -> None:
    """Neither does anything, nor raises."""
    site = PLAIN.app(namespaces=["/a"])
    manager, line = Moments(site).manager, Line(site)
    line.join("/a")
    manager.remove_client("unknown", "/a")
    manager.remove_client("unknown", "/nowhere")
    manager.send_disconnect(line.eio_sid, "/a")
    assert line.kinds("/a") == [packet.CONNECT, packet.DISCONNECT]
    manager.server._binary_packet[line.eio_sid] = None
    line.close()
    manager.server._send_packet = None
    manager.send_disconnect(line.eio_sid, "/a")
    manager.drop_session(line.eio_sid, "/a")
    assert tables(manager) == manager.server._binary_packet == {}


def test_what_save_session_kept_of_a_namespace_is_dropped() -> None:
    """And nothing of another one."""
    site = PLAIN.app(namespaces=["/a", "/b"])
    manager, line = Moments(site).manager, Line(site)
    server: Any = site.socketio.server
    for name in ("/a", "/b"):
        server.save_session(line.join(name), {"kept": name}, name)
    manager.drop_session(line.eio_sid, "/a")
    assert server.get_session(line.sids["/a"], "/a") == {}
    assert server.get_session(line.sids["/b"], "/b") == {"kept": "/b"}
    line.close()


# --- a connection ends


def closing(namespaces: int) -> Counter[str]:
    """Count what upstream asks its manager when one of many connections ends."""
    site = PLAIN.site(Room)
    crowd = [Line(site) for _ in range(namespaces // 50)]
    for number in range(namespaces):
        crowd[number % len(crowd)].join(f"/rooms/{number + 10}")
    line = Line(site)
    for number in range(10):
        line.join(f"/rooms/{number}")
    manager: Any = site.socketio.server.manager
    asked: Counter[str] = Counter()
    for name in ("sid_from_eio_sid", "is_connected", "pre_disconnect", "disconnect"):
        method = getattr(manager, name)

        def count(*args: Any, name: str = name, method: Any = method, **kw: Any) -> Any:
            asked[name] += 1
            return method(*args, **kw)

        setattr(manager, name, count)
    line.close()
    assert len(manager.rooms) == len(manager.get_namespaces()) == namespaces
    return asked


def test_closing_a_connection_costs_what_its_own_namespaces_cost() -> None:
    """The work is the same whether the server has fifty namespaces or a thousand."""
    few, many = closing(50), closing(1000)
    assert few == many
    assert few["pre_disconnect"] == few["disconnect"] == 10


def test_a_handler_may_ask_for_all_namespaces_while_its_connection_ends() -> None:
    """Only upstream's own question is answered for that connection alone."""
    asked: list[list[str]] = []

    def ask(*_: Any) -> None:
        asked.append(sorted(site.socketio.server.manager.get_namespaces()))

    site = beside({"/a": ask}, Room)
    line, other = Line(site), Line(site)
    line.join("/a")
    other.join("/rooms/1")
    line.close()
    assert asked == [["/a", "/rooms/1"]]
    other.close()


@every_world
@pytest.mark.parametrize("order", ["before", "after"])
def test_the_admin_uis_handler_of_the_end_finds_the_mixins(
    world: World, order: str
) -> None:
    """It calls the server's attribute, whether it was set before the mount or after."""
    site = world.app()
    server: Any = site.socketio.server
    seen: list[str] = []

    def instrumented(eio_sid: str, reason: str) -> Any:
        seen.append(reason)
        return server._handle_eio_disconnect(eio_sid, reason)

    if order == "before":
        server.eio.on("disconnect", instrumented)
    site.router = MetaRouter([Room]).mount(site.socketio)
    if order == "after":
        server.eio.on("disconnect", instrumented)
    line = Line(site)
    line.join("/rooms/1")
    line.close()
    assert seen == ["transport close"]
    assert Room.diary[-1] == "closed"
    assert left_behind(site) == {}
