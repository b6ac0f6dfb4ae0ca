"""How long an object lives, and how many it takes: `linger=` and `capacity=`."""

from __future__ import annotations

from typing import Any

import pytest
from flask import current_app, g, has_request_context, request
from structlog.contextvars import get_contextvars

from nsroute import ConflictError, RoutedNamespace, RouteError, on
from nsroute.testing import RouterClient
from tests.support.dispatch_recorder import DispatchRecorder
from tests.support.sites import Site, left_behind, site

NOTES: list[Any] = []


@pytest.fixture(autouse=True)
def _forget() -> None:
    NOTES.clear()


class Table(
    RoutedNamespace, namespace="/tables/<int:number>", linger=30, capacity=2, log=False
):
    """It stays for half a minute, and takes two."""

    closes_with: BaseException | None = None

    def opened(self) -> None:
        NOTES.append("opened")

    @on("connect")
    def enter(self, auth: Any = None) -> Any:
        NOTES.append(f"connect of {auth}")
        if callable(auth):
            auth()
        return auth != "stranger"

    @on("disconnect")
    def leave(self) -> None:
        NOTES.append("disconnect")

    @on("object")
    def identify(self) -> int:
        return id(self)

    def closed(self) -> None:
        assert current_app
        g.own = "closed"
        bound = {**get_contextvars(), "clients": len(self.clients)}
        NOTES.append(("closed", has_request_context(), bound))
        for member in ("sid", "client"):
            with pytest.raises(RuntimeError, match="/tables/1"):
                getattr(self, member)
        if self.closes_with is not None:
            raise self.closes_with


CLOSED = (
    "closed",
    False,
    {"namespace": "/tables/1", "sio_event": "closed", "clients": 0},
)


@pytest.fixture
def here() -> Site:
    return site(Table)


def client(here: Site) -> RouterClient:
    return RouterClient(here.app, namespace="/tables/1")


# --- linger


def test_who_comes_back_in_time_gets_the_object_as_it_is(here: Site) -> None:
    """However often, each time the seconds are counted from the last one's leave."""
    ann = client(here)
    ann.connect()
    first = ann.call("object")
    for _ in range(3):
        ann.disconnect()
        ann.advance(29)
        assert list(here.router.live) == ["/tables/1"]
        assert here.router.live.client_counts() == {"/tables/1": 0}
        assert ann.connect().accepted
        assert ann.call("object") == first
    assert NOTES.count("opened") == 1
    assert CLOSED not in NOTES


def test_closed_runs_when_the_linger_ends_without_a_client(here: Site) -> None:
    """In an application context and a log context, and nothing is left of it."""
    ann = client(here)
    ann.connect()
    ann.close()
    ann.advance(29)
    assert NOTES[-1] == "disconnect"
    ann.advance(1)
    assert NOTES[-1] == CLOSED
    assert left_behind(here) == {}
    ann.connect()
    assert NOTES[-2:] == ["opened", "connect of None"]


def test_a_close_without_a_client_is_a_dispatch(here: Site) -> None:
    """It has no sid; whoever looks at the object finds it there."""
    recorder = DispatchRecorder(here)
    ann = client(here)
    ann.connect()
    instance = here.router.live["/tables/1"]
    ann.close()
    ann.advance(30)
    last = recorder.last
    assert (last.kind, last.event, last.outcome) == ("close", "closed", "ok")
    assert (last.target, last.sid, last.args) == ("Table", None, ())
    assert last.params == {"number": 1}
    assert last.instance is instance


def test_what_closed_raises_is_recorded_and_the_object_is_gone(here: Site) -> None:
    """Nobody is there to be told."""
    recorder = DispatchRecorder(here)
    ann = client(here)
    ann.connect()
    here.router.live["/tables/1"].closes_with = error = ValueError("in closed")
    ann.close()
    ann.advance(30)
    last = recorder.last
    assert (last.kind, last.outcome, last.error) == ("close", "error", error)
    assert last.target == "Table.closed"
    assert left_behind(here) == {}


def test_a_refused_client_neither_ends_nor_prolongs_a_linger(here: Site) -> None:
    """It starts and stops nothing of the room."""
    ann, eve = client(here), client(here)
    ann.connect()
    ann.disconnect()
    ann.advance(20)
    NOTES.clear()
    assert not eve.connect(auth="stranger").accepted
    assert NOTES == ["connect of stranger"]
    ann.advance(9)
    assert NOTES == ["connect of stranger"]
    ann.advance(1)
    assert NOTES == ["connect of stranger", CLOSED]


@pytest.mark.parametrize("let_in", [True, False])
def test_a_linger_that_ends_while_somebody_connects_waits_for_the_answer(
    here: Site, let_in: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Let in, the client has the object as it is; refused, that closes at once."""
    ann, bob = client(here), client(here)
    ann.connect()
    ann.disconnect()
    NOTES.clear()

    def enter(self: Table, auth: Any) -> bool:
        ann.advance(100)
        return let_in

    monkeypatch.setattr(Table, "enter", enter)
    assert bob.connect(auth="late").accepted is let_in
    assert NOTES == []
    bob.advance(0)
    assert ([CLOSED] == NOTES) is not let_in
    assert (list(here.router.live) == ["/tables/1"]) is let_in


def test_the_linger_begins_although_a_stranger_is_connecting(
    here: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody who is not let in keeps a room open."""
    ann, eve = client(here), client(here)
    ann.connect()
    NOTES.clear()

    def enter(self: Table, auth: Any) -> bool:
        ann.disconnect()
        ann.advance(29)
        assert NOTES == ["disconnect"]
        return False

    monkeypatch.setattr(Table, "enter", enter)
    assert not eve.connect().accepted
    assert NOTES == ["disconnect"]
    ann.advance(1)
    assert NOTES == ["disconnect", CLOSED]


def test_behind_strangers_alone_nothing_lingers(here: Site) -> None:
    """Nobody was in whom the object would wait for."""
    eve = client(here)
    assert not eve.connect(auth="stranger").accepted
    eve.close()
    assert NOTES[:2] == ["opened", "connect of stranger"]
    kind, with_request, _ = NOTES[2]
    assert (kind, with_request) == ("closed", True)
    assert left_behind(here) == {}


def test_a_linger_ends_in_the_turn_of_a_namespace_that_does_one_thing() -> None:
    """Behind what runs there."""

    class Ordered(Table, namespace="/tables/<int:number>", order="namespace"):
        @on("wait")
        def wait(self) -> None:
            self.disconnect(request.sid)
            NOTES.append("waited")

    here = site(Ordered)
    ann = client(here)
    ann.connect()
    NOTES.clear()
    ann.emit("wait")
    ann.advance(30)
    assert NOTES == ["waited", "disconnect", CLOSED]


def test_objects_do_not_linger_without_bound(
    here: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of too many the one ends that has lingered longest, and comes to no harm."""
    monkeypatch.setattr("nsroute.live.membership.MOST_LINGERING", 2)
    ann = client(here)

    def visit(number: int) -> None:
        ann.connect(f"/tables/{number}")
        ann.disconnect(f"/tables/{number}")

    for number in (1, 2):
        visit(number)
    visit(1)  # which has lingered shorter than 2 now
    visit(3)
    ann.advance(0)
    assert sorted(here.router.live) == ["/tables/1", "/tables/3"]
    ann.advance(30)
    ann.close()
    assert left_behind(here) == {}


def test_only_a_linger_can_be_ended(here: Site) -> None:
    """Where somebody is, or has gone for good, `close_lingering` does nothing."""
    ann = client(here)
    ann.connect()
    live: Any = here.router.live["/tables/1"]._nsroute_live
    live.close_lingering()
    assert CLOSED not in NOTES
    ann.disconnect()
    for _ in range(2):
        live.close_lingering()
        assert NOTES.count(CLOSED) == 1


def test_a_server_that_ends_lets_nothing_linger(here: Site) -> None:
    """What lingers is closed at once, and what is open behind its last client."""
    ann, bob = client(here), client(here)
    ann.connect("/tables/1")
    ann.disconnect("/tables/1")
    bob.connect("/tables/2")
    [registry] = here.socketio.server.manager.registries  # type: ignore[union-attr]
    NOTES.clear()
    registry.memberships.close_lingering()
    assert NOTES == [CLOSED]
    assert list(here.router.live) == ["/tables/2"]
    bob.close()
    kind, with_request, _ = NOTES[-1]
    assert (kind, with_request) == ("closed", True)
    ann.close()
    assert left_behind(here) == {}


def test_an_object_that_stands_alone_lingers_too() -> None:
    """It is one object for all its lives."""
    app = site()
    app.socketio.on_namespace(Table("/tables/1"))
    ann = client(app)
    for _ in range(2):
        ann.connect()
        ann.close()
        ann.advance(30)
    lives = [note for note in NOTES if note in ("opened", CLOSED)]
    assert lives == ["opened", CLOSED] * 2


# --- capacity


def test_the_next_client_of_a_full_namespace_is_refused(here: Site) -> None:
    """By its code, before middleware and the connect handler; elsewhere is room."""
    recorder = DispatchRecorder(here)
    ann, bob, eve = (client(here) for _ in range(3))
    assert ann.connect().accepted
    assert bob.connect().accepted
    NOTES.clear()
    answer = eve.connect()
    assert answer.data == {"code": "full"}
    assert answer.message == "It is full: its capacity is 2."
    assert NOTES == []
    last = recorder.last
    assert (last.kind, last.outcome, last.code) == ("connect", "refused", "full")
    assert eve.connect("/tables/2").accepted
    bob.disconnect()
    assert eve.connect("/tables/1").accepted
    assert ann.call("object") == eve.call("object", namespace="/tables/1")


def test_those_who_are_connecting_take_room(
    here: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And leave it when they are refused."""
    ann, bob, eve = (client(here) for _ in range(3))
    assert ann.connect().accepted

    def enter(self: Table) -> bool:
        assert eve.connect().data == {"code": "full"}
        return False

    with monkeypatch.context() as patch:
        patch.setattr(Table, "enter", lambda self, auth: enter(self))
        assert not bob.connect().accepted
    assert eve.connect().accepted


# --- options of the class


def test_the_options_are_inherited_unless_given_again() -> None:
    """None is no capacity, and 0 no linger."""

    class Same(Table, namespace="/same"):
        pass

    class Other(Table, namespace="/other", linger=0, capacity=None):
        pass

    router = site(Same, Other).router
    same, other = (router.compiled(route) for route in router.table)
    assert (same.linger, same.capacity) == (30, 2)
    assert (other.linger, other.capacity) == (0, None)


@pytest.mark.parametrize("linger", ["30", None, -1, True, float("inf"), float("nan")])
def test_a_linger_is_a_number_of_seconds(linger: Any) -> None:
    """A `RouteError` names the class."""
    with pytest.raises(RouteError, match=r"Wrong: linger is a number of seconds"):

        class Wrong(RoutedNamespace, linger=linger):
            pass


@pytest.mark.parametrize("capacity", ["2", 0, -1, True, 1.5])
def test_a_capacity_is_a_whole_number(capacity: Any) -> None:
    """A `RouteError` names the class."""
    with pytest.raises(RouteError, match=r"Wrong: capacity is how many clients"):

        class Wrong(RoutedNamespace, capacity=capacity):
            pass


def test_all_problems_of_a_class_are_raised_together() -> None:
    """Those of its life beside those of its handlers."""
    with pytest.raises(ExceptionGroup) as raised:

        class Wrong(RoutedNamespace, linger=-1, capacity=0, order="nobody"):  # type: ignore[arg-type]
            @on("a")
            def one(self) -> None:
                pass

            @on("a")
            def two(self) -> None:
                pass

    kinds = [type(one) for one in raised.value.exceptions]
    assert kinds == [ConflictError, RouteError, RouteError, RouteError]


def test_who_comes_back_before_a_linger_is_counted_leaves_nothing_counted() -> None:
    """The thread that begins a linger counts it when the object is left by its lock."""
    here = site(Kept)
    RouterClient(here.app, namespace="/counted/1").connect()
    memberships: Any = here.router._registry.memberships
    memberships.keep(memberships.live["/counted/1"])
    assert left_behind(here).get("lingering", 0) == 0


class Kept(RoutedNamespace, namespace="/counted/<int:number>", linger=3600):
    pass
