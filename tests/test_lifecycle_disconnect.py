"""Every client that was let in is disconnected once, however its connection ends."""

from __future__ import annotations

from typing import Any

import pytest
from flask import request
from flask_socketio import Namespace, close_room, join_room, leave_room, rooms
from socketio import packet

from nsroute import EventError, Route, RoutedNamespace, on
from tests.lines import (
    WORLDS,
    Line,
    Tape,
    World,
    gate,
    left_behind,
    run_beside,
    settle,
    wait_for,
)

pytestmark = pytest.mark.usefixtures("quiet")
every_world = pytest.mark.parametrize("world", WORLDS, ids=str)


class Room(RoutedNamespace, namespace="/rooms/<int:number>"):
    """It keeps a diary, and raises in its disconnect handler where told to."""

    diary: list[Any]
    raises: dict[int, BaseException]
    reached: Any
    go: Any

    def opened(self) -> None:
        self.diary.append((self.number, "opened"))

    @on("connect")
    def enter(self) -> None:
        self.diary.append((self.number, "connect"))

    @on("disconnect")
    def gone(self, reason: str) -> None:
        self.diary.append((self.number, reason))
        if self.number in self.raises:
            raise self.raises[self.number]

    def closed(self) -> None:
        self.diary.append((self.number, "closed"))

    @property
    def number(self) -> int:
        number: int = self.params["number"]
        return number

    @on("say")
    def say(self, text: str) -> str:
        self.emit("said", text)
        return text

    @on("late")
    def late(self, room: str) -> None:
        """Outlive the client, and then use all that concerns it."""
        self.reached.set()
        wait_for(self.go)
        self.emit("said", "late")
        leave_room("never joined")
        assert rooms() == []
        close_room(room)
        join_room(room)


@pytest.fixture(autouse=True)
def _diary() -> None:
    Room.diary, Room.raises = [], {}


def reasons() -> list[tuple[int, str]]:
    """Give the disconnects in the diary."""
    beside = ("opened", "connect", "closed")
    return [entry for entry in Room.diary if entry[1] not in beside]


@every_world
@pytest.mark.parametrize("reason", ["transport close", "ping timeout"])
def test_a_connection_that_ends_ends_in_all_its_namespaces(
    world: World, reason: str
) -> None:
    """Each gets one disconnect with the reason, in the order in which it was joined."""
    site = world.site(Room)
    line, other = Line(site), Line(site)
    other.join("/rooms/1")
    for number in (3, 1, 2):
        line.join(f"/rooms/{number}")
    line.close(reason)
    assert reasons() == [(3, reason), (1, reason), (2, reason)]
    assert (1, "closed") not in Room.diary
    assert other.call("/rooms/1", "say", "still here") == "still here"
    other.close()
    assert Room.diary[-1] == (1, "closed")
    assert left_behind(site) == {}


@every_world
def test_a_client_that_leaves_is_disconnected_and_may_come_again(world: World) -> None:
    """Leaving twice is leaving once; the second stay is another's."""
    site = world.site(Room)
    line = Line(site)
    sids = set()
    for _ in range(2):
        sids.add(line.join("/rooms/1"))
        line.leave("/rooms/1")
        line.leave("/rooms/1")
    assert len(sids) == 2
    stay = ["opened", "connect", "client disconnect", "closed"]
    assert Room.diary == [(1, step) for step in stay * 2]
    line.close()
    assert len(reasons()) == 2
    assert left_behind(site) == {}


FAILURES = [
    RuntimeError("in disconnect"),
    TypeError("in disconnect"),
    EventError("no", "In a disconnect this is no answer."),
    SystemExit(1),
    KeyboardInterrupt(),
]


@every_world
@pytest.mark.parametrize("failure", FAILURES, ids=lambda one: type(one).__name__)
def test_a_disconnect_handler_that_raises_strands_nobody(
    world: World, failure: BaseException
) -> None:
    """It has run once; the connection's other namespaces are left as usual."""
    site = world.site(Room)
    site.app.testing = True  # from an event it would be raised
    Room.raises = {1: failure, 3: failure}
    tape, line, other = Tape(site), Line(site), Line(site)
    other.join("/rooms/9")
    for number in range(5):
        line.join(f"/rooms/{number}")
    line.close()
    assert reasons() == [(number, "transport close") for number in range(5)]
    assert other.call("/rooms/9", "say", "unharmed") == "unharmed"
    ends = [d.outcome for d in tape.take() if d.kind == "disconnect"]
    answered = isinstance(failure, EventError)
    handled = world.error_default and isinstance(failure, Exception)
    failed = "rejected" if answered or handled else "error"
    assert ends == ["ok", failed, "ok", failed, "ok"]
    other.close()
    assert left_behind(site) == {}


@every_world
@pytest.mark.parametrize("how", ["packet", "server", "in a handler"])
def test_a_raising_disconnect_handler_lets_the_client_come_again(
    world: World, how: str
) -> None:
    """Whoever disconnects a client gets no exception of its handler, and no ghost."""
    site = world.site(Room)
    Room.raises = {1: RuntimeError("in disconnect")}
    line = Line(site)
    sid = line.join("/rooms/1")
    if how == "packet":
        line.leave("/rooms/1")
    else:
        site.socketio.server.disconnect(sid, "/rooms/1")
    assert len(reasons()) == 1
    assert left_behind(site) == {"environ": 1}
    line.join("/rooms/1")
    line.close()
    assert len(reasons()) == 2
    assert left_behind(site) == {}


@every_world
def test_a_handler_may_disconnect_others_and_itself(world: World) -> None:
    """Each disconnect handler runs before the call returns, and once."""

    class Bouncer(Room, namespace="/bouncers/<int:number>"):
        @on("out")
        def out(self, sid: str) -> str:
            self.disconnect(sid)
            self.disconnect(sid)
            return str(len(reasons()))

    site = world.site(Bouncer)
    line, other = Line(site), Line(site)
    own, others = line.join("/bouncers/1"), other.join("/bouncers/1")
    assert line.call("/bouncers/1", "out", others) == "1"
    assert line.call("/bouncers/1", "out", own) == "2"
    assert other.kinds("/bouncers/1")[-1] == packet.DISCONNECT
    assert reasons() == [(1, "server disconnect")] * 2
    other.close()
    line.close()
    assert len(reasons()) == 2
    assert left_behind(site) == {}


@every_world
def test_a_ping_timeout_inside_another_clients_emit_is_a_disconnect_like_any(
    world: World,
) -> None:
    """The emitter's handler goes on, and its own context is what it was."""

    class Shouter(Room, namespace="/shouters/<int:number>"):
        @on("shout")
        def shout(self) -> Any:
            before = (request.sid, request.namespace, self.client)
            self.emit("shouted")
            assert before == (request.sid, request.namespace, self.client)
            return len(self.clients)

        @on("disconnect")
        def gone(self, reason: str) -> None:
            super().gone(reason)
            with self.lock:
                self.emit("somebody left")

    site = world.site(Shouter)
    line, dead = Line(site), Line(site)
    line.join("/shouters/1")
    dead.join("/shouters/1")
    dead.join("/shouters/2")
    dead.time_out()
    assert line.call("/shouters/1", "shout") == 1
    assert reasons() == [(1, "ping timeout"), (2, "ping timeout")]
    assert {event for event, *_ in line.heard("/shouters/1")} == {
        "shouted",
        "somebody left",
    }
    line.close()
    site.socketio.server.eio.sockets.clear()
    assert left_behind(site) == {}


@every_world
def test_the_lock_of_an_object_may_be_held_while_emitting(world: World) -> None:
    """Another client's disconnect handler may take it, inside the `emit`."""

    class Locked(Room, namespace="/locked/<int:number>"):
        @on("shout")
        def shout(self) -> str:
            with self.lock:
                self.emit("shouted")
            return "done"

        @on("disconnect")
        def gone(self, reason: str) -> None:
            with self.lock:
                super().gone(reason)

    site = world.site(Locked)
    line, dead = Line(site), Line(site)
    line.join("/locked/1")
    dead.join("/locked/1")
    dead.time_out()
    assert line.call("/locked/1", "shout") == "done"
    assert reasons() == [(1, "ping timeout")]
    line.close()
    assert left_behind(site) == {}


@every_world
@pytest.mark.parametrize("others", [False, True])
def test_a_handler_that_outlives_its_client_leaves_no_room(
    world: World, others: bool
) -> None:
    """`join_room` then fails, is recorded, and keeps no name in the manager."""
    site = world.site(Room)
    with gate(site) as (Room.reached, Room.go):
        tape, line, other = Tape(site), Line(site), Line(site)
        line.join("/rooms/1")
        if others:
            other.join("/rooms/1")
        said = run_beside(site, lambda: line.emit("/rooms/1", "late", "r-late"))
        wait_for(Room.reached)
        line.close()
        Room.go.set()
        said()
        while (dispatch := tape.next()).kind != "event":
            pass
    assert dispatch.outcome == ("rejected" if world.error_default else "error")
    assert isinstance(dispatch.error, KeyError if others else ValueError)
    if others:
        assert other.call("/rooms/1", "say", "a") == "a"
        found = site.socketio.server.manager.rooms["/rooms/1"]
        # That of all clients, and the only client's own.
        settle(site, lambda: len(found) == 2)
    other.close()
    assert reasons()[0] == (1, "transport close")
    settle(site, lambda: not left_behind(site))


@every_world
def test_an_event_that_comes_after_its_client_left_is_dropped(world: World) -> None:
    """It runs no handler, makes no object anew, and is recorded as late."""
    site = world.site(Room)
    tape, line = Tape(site), Line(site)
    sid = line.join("/rooms/1")
    line.leave("/rooms/1")
    tape.take()
    server: Any = site.socketio.server
    # What upstream does when the thread of an event starts after its client left.
    server._handle_event_internal(
        server, sid, line.eio_sid, ["say", "late"], "/rooms/1", 7
    )
    assert tape.shown() == [("event", "say", "late", None)]
    assert not line.answered("/rooms/1", 7)
    assert dict(site.router.live) == {}
    line.close()
    assert left_behind(site) == {}


@every_world
def test_two_disconnects_at_once_run_one_handler(world: World) -> None:
    """The server's and the client's, both begun before either has ended."""
    site = world.site(Room)
    line = Line(site)
    sid = line.join("/rooms/1")
    manager: Any = site.socketio.server.manager
    noted = manager.pre_disconnect
    both: list[int] = []

    def at_once(*args: Any, **options: Any) -> Any:
        """Let the second begin where the first has been let through."""
        both.append(1)
        found = noted(*args, **options)
        if len(both) == 1:
            manager.pending_disconnect.pop("/rooms/1")
            line.leave("/rooms/1")
            manager.pending_disconnect.setdefault("/rooms/1", []).append(sid)
        return found

    manager.pre_disconnect = at_once
    site.socketio.server.disconnect(sid, "/rooms/1")
    assert len(both) == 2
    assert len(reasons()) == 1
    assert left_behind(site) == {"environ": 1}
    line.join("/rooms/1")
    line.close()
    assert left_behind(site) == {}


@every_world
def test_a_disconnect_that_comes_too_late_is_nothing(world: World) -> None:
    """The other one has ended between the look at the client and its removal."""
    site = world.site(Room)
    line = Line(site)
    sid = line.join("/rooms/1")
    server: Any = site.socketio.server
    looked = server.manager.can_disconnect

    def overtaken(sid: str, namespace: str) -> Any:
        found = looked(sid, namespace)
        line.leave(namespace)
        return found

    server.manager.can_disconnect = overtaken
    server.disconnect(sid, "/rooms/1")
    assert reasons() == [(1, "client disconnect")]
    assert left_behind(site) == {"environ": 1}
    line.close()
    assert left_behind(site) == {}


class Old(Namespace):
    """A class as it was before the router: its disconnect takes no reason."""

    seen: list[str]

    def on_disconnect(self) -> None:
        self.seen.append("disconnect")
        raise TypeError("inner")


@every_world
def test_a_type_error_in_a_disconnect_handler_runs_it_once(world: World) -> None:
    """Nobody calls it again to find out its signature."""
    site = world.site(Route("/old/<int:number>", Old))
    Old.seen = []
    line = Line(site)
    line.join("/old/1")
    line.join("/old/2")
    line.leave("/old/1")
    line.close()
    assert Old.seen == ["disconnect"] * 2
    assert left_behind(site) == {}


@every_world
def test_a_teardown_function_that_raises_keeps_nobody(world: World) -> None:
    """Whether it fails in a connect, an event or a disconnect, all is cleared up."""
    site = world.site(Room)
    fails = False

    @site.app.teardown_request
    def torn(_error: BaseException | None) -> None:
        if fails:
            raise OSError("teardown")

    line = Line(site)
    line.join("/rooms/1")
    fails = True
    assert line.refusal("/rooms/2") == {"message": "internal error"}
    answer = line.call("/rooms/1", "say", "a")
    assert answer == {"error": {"code": "internal_error", "message": "internal error"}}
    fails = False
    assert line.call("/rooms/1", "say", "a") == "a"
    fails = True
    line.close()
    opened = [number for number, step in Room.diary if step == "opened"]
    closed = [number for number, step in Room.diary if step == "closed"]
    assert sorted(opened) == sorted(closed)
    assert left_behind(site) == {}


def test_reasons_are_upstreams_own() -> None:
    """A client's, the server's, the transport's, a missing pong's."""
    site = World().site(Room)
    server: Any = site.socketio.server
    lines = [Line(site) for _ in range(5)]
    sids = [line.join(f"/rooms/{n}") for n, line in enumerate(lines)]
    lines[0].leave("/rooms/0")
    server.disconnect(sids[1], "/rooms/1")
    lines[2].close(server.reason.CLIENT_DISCONNECT)
    lines[3].close(server.reason.TRANSPORT_ERROR)
    lines[4].time_out()
    site.socketio.emit("anybody?", namespace="/rooms/4")
    assert [reason for _, reason in reasons()] == [
        "client disconnect",
        "server disconnect",
        "client disconnect",
        "transport error",
        "ping timeout",
    ]
    lines[0].close()
    lines[1].close()
    assert left_behind(site) == {}
