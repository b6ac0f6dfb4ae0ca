"""The states of a live object: made, opened and closed once each, in this order."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsroute.events_queue import Scheduler, Workers
from nsroute.live.namespaces import TRANSITIONS, LiveNamespace, LiveState
from nsroute.upstream.locks import new_lock
from tests.support.concurrency import at_once, wait_for
from tests.support.server_configs import DEFAULT_CONFIG

SERVER = DEFAULT_CONFIG.app().socketio.server
STEPS = sorted({step for _, step in TRANSITIONS})


class Broken(Exception):
    """A step that failed."""


class Stage:
    """A live namespace, and a log of what is called for it."""

    def __init__(
        self, failing: str = "", linger: float = 0, capacity: int | None = None
    ) -> None:
        self.log: list[str] = []
        self.failing = failing
        self.socketio = self.packets = None
        self.server = SERVER
        self.may_linger = True
        self.reached, self.pause = threading.Event(), threading.Event()
        self.pause.set()
        route: Any = SimpleNamespace(
            make=lambda _: self.step("made"),
            linger=linger,
            capacity=capacity,
            timers=(),
        )
        host: Any = self
        app: Any = None
        self.scheduler = Scheduler(SERVER, Workers(SERVER, 1, 1))
        self.scheduler.stop_clock()
        self.live = LiveNamespace("/a", {}, route, host, app)

    def step(self, name: str) -> str:
        self.log.append(name)
        self.reached.set()
        wait_for(self.pause)
        if name == self.failing:
            raise Broken(name)
        return name

    def release(self, live: LiveNamespace) -> None:
        assert live is self.live

    def drop(self, live: LiveNamespace) -> None:
        assert live is self.live
        self.log.append("dropped")

    def in_turn(self, _: LiveNamespace, job: Callable[[], object]) -> None:
        job()

    def keep(self, live: LiveNamespace) -> None:
        assert live is self.live

    def make(self) -> None:
        self.live.make()

    def open(self) -> None:
        self.live.open(lambda: self.step("opened"))

    def remove(self, client: Any) -> None:
        self.live.remove(client, lambda: self.step("closed"))


def client(sid: str = "sid", admitted: bool = True) -> Any:
    """Make a client as a live namespace knows it."""
    return SimpleNamespace(sid=sid, is_admitted=admitted, is_connecting=not admitted)


# --- the table


def reachable(state: LiveState) -> set[LiveState]:
    """Return where a state can lead to."""
    found: set[LiveState] = set()
    ahead = [state]
    while ahead:
        start = ahead.pop()
        after = {to for (before, _), to in TRANSITIONS.items() if before is start}
        ahead += after - found
        found |= after
    return found


@pytest.mark.parametrize("state", LiveState)
def test_each_state_but_the_last_leads_to_the_end_and_none_comes_back(
    state: LiveState,
) -> None:
    """So each step happens once at most; only who lingers may be open again."""
    found = reachable(state)
    assert (state in found) is (state in (LiveState.OPEN, LiveState.LINGERING))
    assert (LiveState.CLOSED in found) is (state is not LiveState.CLOSED)


def test_only_an_open_object_is_closed() -> None:
    """`closed` is called in `CLOSING`, and `opened` in `OPENING`."""
    before = {
        state for (state, _), after in TRANSITIONS.items() if after.name == "CLOSING"
    }
    assert before == {LiveState.OPEN, LiveState.LINGERING}
    before = {
        state for (state, _), after in TRANSITIONS.items() if after.name == "OPEN"
    }
    assert before == {LiveState.OPENING, LiveState.LINGERING}


# --- laws


ACTIONS = st.one_of(
    st.just(("make", "")),
    st.just(("open", "")),
    st.tuples(st.sampled_from(["enter", "remove"]), st.sampled_from("abc")),
)
FAILING = st.sampled_from(["", "made", "opened", "closed"])


def run(stage: Stage, action: str, sid: str, inside: set[str]) -> None:
    """Take an action; keep who is inside after it."""
    if action == "enter":
        if stage.live.enter(client(sid)):
            inside.add(sid)
    elif action == "remove":
        inside.discard(sid)
        stage.remove(client(sid))
    else:
        getattr(stage, action)()


@given(st.lists(ACTIONS, max_size=20), FAILING)
def test_whatever_the_order_each_step_happens_once_and_nothing_after_the_end(
    actions: list[tuple[str, str]], failing: str
) -> None:
    """Made, opened, closed, as far as it gets; dropped, and then nobody enters."""
    stage, inside = Stage(failing), set[str]()
    for action, sid in actions:
        was_dropped = "dropped" in stage.log
        before = len(inside)
        with suppress(Broken):
            run(stage, action, sid, inside)
        assert set(stage.live.clients) == inside
        assert len(inside) <= before or not was_dropped
    steps = [name for name in stage.log if name != "dropped"]
    assert steps == ["made", "opened", "closed"][: len(steps)]
    assert failing not in steps[:-1]
    assert "dropped" not in stage.log[:-1]
    is_over = failing in steps or "closed" in steps
    assert not is_over or stage.log[-1] == "dropped"


@given(st.lists(ACTIONS, max_size=20))
def test_an_object_that_was_opened_is_closed_behind_its_last_client(
    actions: list[tuple[str, str]],
) -> None:
    """Whatever happened before; one that was not opened is dropped without a word."""
    stage = Stage()
    for action, sid in actions:
        run(stage, action, sid, set())
    stage.live.enter(client("last"))
    for sid in [*"abc", "last"]:
        stage.remove(client(sid))
    assert ("closed" in stage.log) is ("opened" in stage.log)
    assert stage.log[-1] == "dropped"


# --- linger


def test_a_linger_that_is_over_ends_nothing() -> None:
    """Its job may have waited in a queue while somebody came, and left again."""
    stage, one = Stage(linger=5), client()
    jobs: list[Callable[[], object]] = []
    stage.in_turn = lambda _, job: jobs.append(job)  # type: ignore[method-assign, assignment]
    for _ in range(2):
        stage.live.enter(one)
        stage.make()
        stage.open()
        stage.live.admit()
        stage.remove(one)
        stage.scheduler.advance(5)
    first, second = jobs
    first()
    assert stage.log == ["made", "opened"]
    assert second is not first


# --- one step for all threads


@pytest.mark.parametrize("failing", ["", "made", "opened"])
def test_of_many_who_come_at_once_one_makes_and_opens_it(failing: str) -> None:
    """The others wait for it, and get the failure of the one who did."""
    stage = Stage(failing)
    failures: list[str] = []

    def come(number: int) -> None:
        stage.live.enter(client(str(number)))
        try:
            stage.make()
            stage.open()
        except Broken as error:
            failures.append(str(error))

    stage.pause.clear()
    timer = threading.Timer(0.05, stage.pause.set)
    timer.start()
    at_once(come, 8)
    timer.join()
    assert stage.log.count("made") == 1
    assert stage.log.count("opened") == (failing != "made")
    assert failures == ([failing] * 8 if failing else [])


def test_whoever_comes_while_it_closes_waits_for_the_end() -> None:
    """And enters another one; who comes after that waits for nothing."""
    stage, late = Stage(), client("late")
    stage.live.enter(client())
    stage.make()
    stage.open()
    stage.pause.clear()
    stage.reached.clear()
    closing = threading.Thread(target=stage.remove, args=(client(),))
    closing.start()
    wait_for(stage.reached)
    assert not stage.live.enter(late)
    waited: list[int] = []

    def wait() -> None:
        stage.live.wait_until_closed()
        waited.append(len(stage.log))

    waiting = [threading.Thread(target=wait) for _ in range(2)]
    for thread in waiting:
        thread.start()
    assert waited == []
    stage.pause.set()
    for thread in (closing, *waiting):
        thread.join()
    assert waited == [len(stage.log)] * 2
    assert stage.log == ["made", "opened", "closed", "dropped"]
    stage.live.wait_until_closed()
    assert not stage.live.enter(late)


def test_user_code_runs_under_no_lock() -> None:
    """In each step another thread may enter, ask and leave."""
    stage, lock = Stage(), new_lock(SERVER)
    original = stage.step

    def step(name: str) -> str:
        def look() -> None:
            with lock:
                stage.live.enter(client("other"))
                stage.live.remove(client("other"), lambda: None)

        other = threading.Thread(target=look)
        other.start()
        other.join(20)
        assert not other.is_alive()
        return original(name)

    stage.step = step  # type: ignore[method-assign]
    stage.live.enter(client())
    stage.make()
    stage.open()
    stage.remove(client())
    assert stage.log == ["made", "opened", "closed", "dropped"]


# --- who is in it


def test_its_sids_are_those_who_were_let_in_in_their_order() -> None:
    """It has the others too: they keep it alive."""
    live = Stage().live
    let_in, connecting = client("b"), client("a", admitted=False)
    for one in (let_in, connecting, client("c")):
        live.enter(one)
    assert live.sids == ["b", "c"]
    assert live.has(connecting)
    assert not live.has(client("a"))
    assert not live.has(client("d"))
