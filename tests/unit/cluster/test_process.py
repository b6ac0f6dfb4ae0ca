"""What processes do at the word of each other, over a queue and without one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from flask import current_app
from flask_socketio import Namespace, join_room

from nsroute import (
    BuildError,
    Dispatch,
    MetaRouter,
    Route,
    RoutedNamespace,
    on,
    on_server,
)
from nsroute.cluster import process as module
from nsroute.cluster import ticks
from nsroute.cluster.messages import Selected
from nsroute.namespace.presence import NamespacePresence
from nsroute.testing import capture_dispatches
from tests.support.packet_client import PacketClient
from tests.support.server_configs import SERVER_CONFIGS, ServerConfig
from tests.support.shared_queue import Sites, eventually, process, shared_sites
from tests.support.sites import Site, left_behind

pytestmark = pytest.mark.usefixtures("quiet")
every_config = pytest.mark.parametrize("config", SERVER_CONFIGS, ids=str)


class Room(RoutedNamespace, namespace="/rooms/<int:number>"):
    changes: list[Any]
    parted: list[str]

    @on("connect")
    def enter(self, auth: Any = None) -> Any:
        join_room("inside" if auth == "inside" else "outside")
        if isinstance(auth, dict):
            self.presence.track(auth["key"], auth.get("meta"))
            if auth.get("refuse"):
                return False
        return None

    @on("track")
    def track(self, key: str, meta: Any) -> dict[str, Any]:
        self.presence.track(key, meta)
        return self.presence.list()

    @on("tell others")
    def tell_others(self) -> None:
        self.router.of(Room).emit("told", "others", include_self=False)

    @on("present")
    def present(self) -> dict[str, Any]:
        return self.presence.list()

    @on_server("refresh")
    def refresh(self, why: str, *, number: int) -> None:
        told = [why, number, current_app.name]
        self.emit("refreshed", told, ignore_queue=True)  # each process has its object

    @on_server("fail")
    def fail(self) -> None:
        raise LookupError("lost")

    def presence_changed(self, joins: Any, leaves: Any) -> None:
        self.emit("changed", [joins, leaves], ignore_queue=True)

    @on("disconnect")
    def part(self) -> None:
        if self.params["number"] == 13:
            raise RuntimeError("unlucky")


class Lobby(RoutedNamespace, namespace="/lobby"):
    pass


class Old(Namespace):
    """A class of Flask-SocketIO's, behind a route."""


ROUTES = (Room, Lobby, Route("/old/<name>", Old, name="old"))


@pytest.fixture
def sites() -> Iterator[Sites]:
    with shared_sites() as sites:
        yield sites


@pytest.fixture
def pair(sites: Sites) -> tuple[Site, Site]:
    """Two processes that know each other."""
    first, second = sites.add(*ROUTES), sites.add(*ROUTES)
    sites.know_each_other()
    return first, second


def client(site: Site, *names: str, auth: Any = None) -> PacketClient:
    made = PacketClient(site)
    for name in names:
        made.join(name, auth)
    return made


def events(one: PacketClient, name: str, count: int) -> list[Any]:
    """Wait until so many events have come; return them."""
    found: list[Any] = []

    def came() -> bool:
        one.server.sleep(0)
        found.extend(one.received(name))
        return len(found) >= count

    eventually(came)
    return found


def heard(one: PacketClient, name: str, event: str, count: int = 1) -> list[Any]:
    """Wait until so many events of a name have come; return what they carried."""
    found: list[Any] = []

    def came() -> bool:
        found.extend(e[1] for e in one.received(name) if e[0] == event)
        return len(found) >= count

    eventually(came)
    return found


def test_an_emit_reaches_all_live_namespaces_of_a_class_in_every_process(
    sites: Sites, pair: tuple[Site, Site]
) -> None:
    """It is one message on the queue, and other classes hear nothing of it."""
    here = client(pair[0], "/rooms/1", "/rooms/2", "/lobby")
    there = client(pair[1], "/rooms/2", "/rooms/3", "/lobby")
    pair[0].router.of(Room).emit("news", {"bytes": b"x", "text": "y"})
    for one, name in ((here, "/rooms/1"), (here, "/rooms/2")):
        assert heard(one, name, "news") == [{"bytes": b"x", "text": "y"}]
    for name in ("/rooms/2", "/rooms/3"):
        assert heard(there, name, "news") == [{"bytes": b"x", "text": "y"}]
    assert sum("news" in message for message in sites.shared.published) == 1
    assert there.received("/lobby") == here.received("/lobby") == []


def test_an_emit_takes_rooms_clients_and_several_arguments(
    pair: tuple[Site, Site],
) -> None:
    """`to` and `skip_sid` mean in each namespace what they mean in one."""
    inside = client(pair[1], "/rooms/1", auth="inside")
    outside = client(pair[1], "/rooms/1", auth="outside")
    of = pair[0].router.of(Room)
    of.emit("to room", "a", to="inside")
    of.emit("skipped", "b", skip_sid=[inside.sids["/rooms/1"]])
    of.emit("none")
    of.emit("two", ("c", "d"))
    of.emit("last", None)
    heard_inside: list[Any] = []
    eventually(
        lambda: (
            (heard_inside.extend(inside.received("/rooms/1"))) or len(heard_inside) == 4
        )
    )
    assert heard_inside == [("to room", "a"), ("none",), ("two", "c", "d"), ("last",)]
    assert outside.received("/rooms/1") == [
        ("skipped", "b"), ("none",), ("two", "c", "d"), ("last",)
    ]  # fmt: skip


def test_an_emit_can_leave_out_the_client_being_served(
    pair: tuple[Site, Site],
) -> None:
    """As `self.emit` can."""
    here, there = client(pair[0], "/rooms/1"), client(pair[1], "/rooms/1")
    here.call("/rooms/1", "tell others")
    assert heard(there, "/rooms/1", "told") == ["others"]
    assert here.received("/rooms/1") == []


def test_one_namespace_is_meant_by_its_parameters(pair: tuple[Site, Site]) -> None:
    """A named route works as its class does, an old class as a routed one."""
    there = client(pair[1], "/rooms/1", "/rooms/2", "/old/a")
    pair[0].router.of(Room, number=2).emit("only", 2)
    pair[0].router.of("old").emit("all old", 3)
    assert heard(there, "/rooms/2", "only") == [2]
    assert heard(there, "/old/a", "all old") == [3]
    assert there.received("/rooms/1") == []
    with pytest.raises(BuildError, match=r"no route leads to .*did you mean 'old'"):
        pair[0].router.of("olt")


def test_a_census_counts_the_clients_of_all_processes(
    pair: tuple[Site, Site],
) -> None:
    """By namespace, each client once, and without those of other classes."""
    client(pair[0], "/rooms/1", "/lobby")
    client(pair[1], "/rooms/1", "/rooms/2")
    for site in pair:
        census = site.router.of(Room).census()
        assert census.namespaces == {"/rooms/1": 2, "/rooms/2": 1}
        assert (census.clients, census.silent) == (3, ())
        assert site.router.of(Room, number=2).census().clients == 1


def test_a_census_names_who_does_not_answer(
    sites: Sites, pair: tuple[Site, Site]
) -> None:
    """It waits for its timeout, until the dead are forgotten."""
    client(pair[0], "/rooms/1")
    pair[1].socketio.server.manager.cut_off()
    census = pair[0].router.of(Room).census(timeout=0.05)
    assert (census.clients, census.silent) == (1, (process(pair[1]).host,))
    one = process(pair[0])
    assert not [
        one.tick(one._peers._looked + later) for later in (14, 14, 14) if later < 0
    ]
    for _ in range(4):
        one.tick(one._peers._looked + 14)
    assert pair[0].router.of(Room).census(timeout=60).silent == ()


def test_a_process_that_has_just_begun_waits_for_those_it_does_not_know(
    sites: Sites, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It asks again, for its subscription may not be there yet."""
    first = sites.add(*ROUTES)
    client(first, "/rooms/1")
    sites.know_each_other()
    monkeypatch.setattr(module, "INTRODUCTIONS", (60,))
    second = sites.add(*ROUTES)
    assert second.router.of(Room).census(timeout=0.2).clients == 1
    second.socketio.server.manager.publisher.flush(20)
    questions = [m for m in sites.shared.published if '"question"' in m]
    assert len(questions) == 2


def test_a_disconnect_puts_out_the_clients_of_all_processes(
    pair: tuple[Site, Site],
) -> None:
    """Also of a room alone; one whose handler raises keeps nobody else in."""
    unlucky = client(pair[1], "/rooms/13", "/lobby")
    there = client(pair[1], "/rooms/1", auth="inside")
    other = client(pair[1], "/rooms/1", auth="outside")
    of = pair[0].router.of(Room)
    of.disconnect(to="inside")
    there.wait_for(1, "/rooms/1")
    assert pair[1].router.of(Room).census().clients == 2
    of.disconnect()
    other.wait_for(1, "/rooms/1")
    unlucky.wait_for(1, "/rooms/13")
    eventually(lambda: list(pair[1].router.live) == ["/lobby"])


def test_a_server_side_event_runs_in_the_live_objects_of_all_processes(
    pair: tuple[Site, Site],
) -> None:
    """With the application's context, params, and arguments that are checked."""
    here, there = client(pair[0], "/rooms/1"), client(pair[1], "/rooms/2", "/lobby")
    with capture_dispatches(pair[1].router) as dispatches:
        of = pair[0].router.of(Room)
        of.server_side_emit("refresh", 5)
        of.server_side_emit("fail")
        of.server_side_emit("nobody handles it")
        of.server_side_emit("refresh", "now")
        assert heard(here, "/rooms/1", "refreshed") == [["now", 1, "config"]]
        assert heard(there, "/rooms/2", "refreshed") == [["now", 2, "config"]]
        eventually(lambda: len(dispatches) == 3)
    assert [(d.kind, d.event, d.outcome, d.code) for d in dispatches] == [
        ("server", "refresh", "rejected", "invalid_arguments"),
        ("server", "fail", "error", "internal_error"),
        ("server", "refresh", "ok", None),
    ]
    failed: Dispatch = dispatches[1]
    assert isinstance(failed.error, LookupError)
    assert (failed.namespace, failed.sid, failed.target) == (
        "/rooms/2", None, "Room.fail",
    )  # fmt: skip


def test_no_client_can_send_a_server_side_event(pair: tuple[Site, Site]) -> None:
    """To clients there is no such event."""
    here = client(pair[0], "/rooms/1")
    answer = here.call("/rooms/1", "refresh", "mine")
    assert answer["error"]["code"] == "unhandled_event"


def test_no_user_code_runs_in_the_thread_that_listens(
    pair: tuple[Site, Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A handler may take long, and may ask the other processes itself."""
    threads: list[threading.Thread] = []

    def refresh(self: Room, why: str, *, number: int) -> None:
        threads.append(threading.current_thread())
        self.emit("counted", self.router.of(Room).census(timeout=60).clients)

    monkeypatch.setattr(Room, "refresh", refresh)
    there = client(pair[1], "/rooms/1")
    pair[0].router.of(Room).server_side_emit("refresh", "now")
    assert heard(there, "/rooms/1", "counted") == [1]
    assert threads[0] is not pair[1].socketio.server.manager.thread


def test_presence_is_the_same_in_all_processes(pair: tuple[Site, Site]) -> None:
    """Several clients of one key are one key that comes and goes."""
    here = client(pair[0], "/rooms/1")
    assert here.call("/rooms/1", "track", "ann", {"tab": 1}) == {"ann": [{"tab": 1}]}
    assert heard(here, "/rooms/1", "changed") == [[{"ann": [{"tab": 1}]}, {}]]
    there = client(pair[1], "/rooms/1", auth={"key": "bob"})
    assert heard(here, "/rooms/1", "changed") == [[{"bob": [None]}, {}]]
    tab = client(pair[1], "/rooms/1", auth={"key": "ann", "meta": 2})
    present = {"ann": [{"tab": 1}, 2], "bob": [None]}
    eventually(lambda: here.call("/rooms/1", "present") == present)
    assert pair[1].router.of(Room, number=1).presence() == present
    assert pair[1].router.of(Room).presence() == present
    assert pair[1].router.of(Lobby).presence() == {}
    tab.leave("/rooms/1")
    there.close()
    assert heard(here, "/rooms/1", "changed") == [[{}, {"bob": [None]}]]
    assert here.call("/rooms/1", "present") == {"ann": [{"tab": 1}]}


def test_who_was_refused_or_has_left_is_not_present(pair: tuple[Site, Site]) -> None:
    """Nothing of them is kept in any process."""
    here = client(pair[0], "/rooms/1")
    here.refusal("/rooms/2", {"key": "eve", "refuse": True})
    here.call("/rooms/1", "track", "ann", None)
    live = pair[0].router.live["/rooms/1"]
    gone = live._nsroute_live.clients[here.sids["/rooms/1"]]
    here.close()
    live._nsroute_live.clients.clear()
    NamespacePresence(process(pair[0]), "/rooms/1", lambda: gone).track("late")
    for site in pair:
        eventually(lambda one=site: one.router.of(Room).presence() == {})
        assert process(site).presence.namespaces() == []
    assert left_behind(pair[0]) == {}


@pytest.mark.parametrize("key, meta", [(1, None), ("ann", object())])
def test_a_key_is_text_and_its_meta_can_be_sent(
    pair: tuple[Site, Site], key: Any, meta: Any
) -> None:
    """What no packet can carry would never reach the other processes."""
    here = client(pair[0], "/rooms/1")
    live = pair[0].router.live["/rooms/1"]
    of = live._nsroute_live.clients[here.sids["/rooms/1"]]
    presence = NamespacePresence(process(pair[0]), "/rooms/1", lambda: of)
    with pytest.raises(TypeError):
        presence.track(key, meta)
    assert presence.list() == {}
    here.close()


def test_the_presence_of_a_process_ends_with_it(sites: Sites) -> None:
    """At once if it says so; otherwise when it has been silent for long."""
    first, second, third = (sites.add(*ROUTES, presence_timeout=30) for _ in range(3))
    sites.know_each_other()
    here = client(first, "/rooms/1")
    client(second, "/rooms/1", auth={"key": "bob"})
    client(third, "/rooms/1", auth={"key": "eve"})
    assert heard(here, "/rooms/1", "changed", 2)
    process(second).stop()
    assert heard(here, "/rooms/1", "changed") == [[{}, {"bob": [None]}]]
    third.socketio.server.manager.cut_off()
    one = process(first)
    for _ in range(4):
        one.tick(one._peers._looked + 14)
    assert heard(here, "/rooms/1", "changed") == [[{}, {"eve": [None]}]]


def test_who_missed_a_change_asks_for_all(
    sites: Sites, pair: tuple[Site, Site]
) -> None:
    """Whether it hears a later change or a beat."""
    here = client(pair[0], "/rooms/1")
    manager, there = (site.socketio.server.manager for site in pair)

    def track_unheard(key: str) -> None:
        sites.shared.managers.remove(there)
        here.call("/rooms/1", "track", key, None)
        manager.publisher.flush(20)
        sites.shared.managers.append(there)

    track_unheard("ann")
    here.call("/rooms/1", "track", "bob", None)
    present = {"ann": [None], "bob": [None]}
    eventually(lambda: pair[1].router.of(Room).presence() == present)
    track_unheard("eve")
    process(pair[0]).tick(process(pair[0])._peers._looked)
    eventually(lambda: "eve" in pair[1].router.of(Room).presence())


def test_a_process_that_comes_later_learns_who_is_present(sites: Sites) -> None:
    """It asks those of whom it hears for the first time."""
    first = sites.add(*ROUTES)
    client(first, "/rooms/1", auth={"key": "ann"})
    second = sites.add(*ROUTES)
    eventually(lambda: second.router.of(Room).presence() == {"ann": [None]})


def test_messages_of_other_versions_are_ignored(pair: tuple[Site, Site]) -> None:
    """What comes after them is heard."""
    manager = pair[0].socketio.server.manager
    manager.tell({"kind": "of a later version"})
    manager.tell({"kind": "answer", "number": "unknown", "attempt": 0, "host": "x",
                  "part": 0, "parts": 1, "rows": []})  # fmt: skip
    there = client(pair[1], "/rooms/1")
    pair[0].router.of(Room).emit("after it", 1)
    assert heard(there, "/rooms/1", "after it") == [1]


@every_config
def test_all_of_it_works_without_a_queue(config: ServerConfig) -> None:
    """There is one process then, and nothing is waited for."""
    site = config.site(*ROUTES, log=False)
    here = PacketClient(site)
    here.join("/rooms/1")
    here.emit("/rooms/1", "track", "ann", None)
    of = site.router.of(Room)
    of.emit("news", "text")
    of.server_side_emit("refresh", "now")
    settled = events(here, "/rooms/1", 3)
    assert ("news", "text") in settled
    assert ("refreshed", ["now", 1, "config"]) in settled
    assert ("changed", [{"ann": [None]}, {}]) in settled
    assert of.census(timeout=60).namespaces == {"/rooms/1": 1}
    assert of.presence() == {"ann": [None]}
    of.disconnect()
    eventually(lambda: site.socketio.server.sleep(0) or not site.router.live)
    assert of.presence() == {}
    here.close()


def test_a_router_that_is_not_mounted_reaches_nobody() -> None:
    """It says so."""
    with pytest.raises(Exception, match="not mounted"):
        MetaRouter(ROUTES).of(Room)


def test_an_object_that_stands_alone_has_presence(sites: Sites) -> None:
    """In all processes in which it stands."""

    class Alone(RoutedNamespace, namespace="/alone"):
        @on("track")
        def track(self, key: str) -> None:
            self.presence.track(key)

    made = [sites.add(Lobby), sites.add(Lobby)]
    for site in made:
        site.socketio.on_namespace(Alone())
    here, there = (client(site, "/alone") for site in made)
    here.call("/alone", "track", "ann")
    there.call("/alone", "track", "bob")
    for site in made:
        present = process(site).present
        eventually(lambda one=present: one("/alone") == {"ann": [None], "bob": [None]})


def test_a_census_waits_for_each_process_it_knows(sites: Sites) -> None:
    """It goes on when the last of them has answered."""
    for _ in range(4):
        client(sites.add(*ROUTES), "/rooms/1")
    sites.know_each_other()
    census = sites.sites[0].router.of(Room).census(timeout=60)
    assert (census.clients, census.silent) == (4, ())


def test_who_was_never_present_leaves_without_a_word(pair: tuple[Site, Site]) -> None:
    """Only changes are told."""
    here = client(pair[0], "/rooms/1", auth={"key": "ann"})
    other = client(pair[0], "/rooms/2")
    other.close()
    assert process(pair[0]).presence.sequence == 1
    here.close()
    assert process(pair[0]).presence.sequence == 2


def test_an_object_that_has_closed_runs_nothing_that_waited() -> None:
    """It is not used again after `closed`."""
    site = SERVER_CONFIGS[0].site(Lobby, log=False)
    local = process(site).local
    here = PacketClient(site)
    here.join("/lobby")
    [live] = local.chosen(Selected(names=["/lobby"]))
    create = site.socketio.server.eio.create_event
    reached, go = create(), create()
    done: list[str] = []
    local.run(live, lambda: (reached.set(), go.wait(), done.append("first")))
    local.run(live, lambda: done.append("second"))
    reached.wait()
    here.close()
    assert not site.router.live
    go.set()
    workers = site.socketio.server.manager.workers
    eventually(lambda: site.socketio.server.sleep(0) or not workers.waiting)
    eventually(lambda: site.socketio.server.sleep(0) or done)
    assert done == ["first"]


def test_the_steps_of_live_objects_run_one_after_the_other() -> None:
    """In the order in which they came, each in full."""
    site = SERVER_CONFIGS[0].site(Lobby, log=False)
    local = process(site).local
    here = PacketClient(site)
    here.join("/lobby")
    [live] = local.chosen(Selected(names=["/lobby"]))
    done: list[int] = []
    finished = threading.Event()
    for number in range(50):
        local.run(live, lambda n=number: done.append(n))
    local.run(live, finished.set)
    eventually(lambda: site.socketio.server.sleep(0) or finished.is_set())
    assert done == list(range(50))
    here.close()
    eventually(lambda: site.socketio.server.sleep(0) or not site.router.live)
    local.run(live, lambda: done.append(50))  # it is live no more
    assert done == list(range(50))


def test_a_process_beats_as_long_as_it_lives(sites: Sites) -> None:
    """Several times within the time after which it would be taken for gone."""
    site = sites.add(*ROUTES, presence_timeout=0.03)
    beats = sites.shared.published
    eventually(lambda: sum('"beat"' in message for message in beats) >= 10)
    process(site).stop()


def test_an_answer_that_comes_too_late_is_ignored(pair: tuple[Site, Site]) -> None:
    """So is one to a question that nobody here has asked."""
    one = process(pair[0])
    late = {"kind": "answer", "number": "1", "attempt": 0, "host": "late"}
    one._hear({**late, "part": 0, "parts": 1, "rows": [["/rooms/1", 5]]}, None)
    assert pair[0].router.of(Room).census().clients == 0


def test_a_process_says_that_it_ends(sites: Sites) -> None:
    """Python calls that before it ends, and the publisher's end waits for it."""
    site = sites.add(*ROUTES)
    ticks._stop_all()
    site.socketio.server.manager.publisher.flush(20)
    assert sum('"bye"' in message for message in sites.shared.published) == 1


def test_a_process_by_itself_has_nobody_to_tell() -> None:
    """Without a queue no thread ticks, however many clients come."""
    site = ServerConfig().site(Room)
    here = client(site, "/rooms/1")
    assert process(site)._began is None
    here.close()
