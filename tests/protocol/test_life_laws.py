"""Joins, leaves, refusals and the passing of time, in any order: the laws of a life."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nsroute import RoutedNamespace, every, on
from nsroute.testing import RouterClient
from tests.support.server_configs import SERVER_CONFIGS, ServerConfig
from tests.support.sites import Site, left_behind, site

pytestmark = pytest.mark.usefixtures("quiet")
CAPACITY, CLIENTS = 2, "abc"


class Life(RoutedNamespace, log=False):
    """It notes what happens to it; `lives` is of all its objects."""

    lives: list[list[str]]
    others: dict[str, RouterClient]

    def opened(self) -> None:
        self.notes = ["opened"]
        self.lives.append(self.notes)

    @on("connect")
    def enter(self, auth: Any) -> bool:
        if auth in self.others:  # somebody leaves while this client connects
            leave(self.others[auth])
        return bool(auth != "refuse")

    @every(1)
    def tick(self) -> None:
        assert len(self.clients) <= CAPACITY
        self.notes.append("tick")

    def closed(self) -> None:
        self.notes.append("closed")


def leave(client: RouterClient) -> None:
    if client.namespaces:
        client.disconnect()


NAMES = st.sampled_from(CLIENTS)
STEPS = st.one_of(
    st.tuples(st.just("join"), NAMES, st.none()),
    st.tuples(st.just("refuse"), NAMES, st.none()),
    st.tuples(st.just("join while leaving"), NAMES, NAMES),
    st.tuples(st.just("leave"), NAMES, st.none()),
    st.tuples(st.just("close"), NAMES, st.none()),
    st.tuples(st.just("wait"), st.sampled_from([0.5, 1, 1.5, 3]), st.none()),
)


class Model:
    """Who is in, and until when the object is kept behind them."""

    def __init__(self, linger: float) -> None:
        self.linger, self.now = linger, 0.0
        self.inside: set[str] = set()
        self.ends: float | None = None
        self.lives = 0

    @property
    def is_live(self) -> bool:
        return bool(self.inside) or self.ends is not None

    def leave(self, name: str) -> None:
        if name in self.inside:
            self.inside.discard(name)
            if not self.inside and self.linger:
                self.ends = self.now + self.linger

    def join(self, name: str) -> None:
        self.inside.add(name)
        self.ends = None

    def wait(self, seconds: float) -> None:
        self.now += seconds
        if self.ends is not None and self.ends <= self.now:
            self.ends = None


def act(
    step: tuple[str, Any, Any], clients: dict[str, RouterClient], model: Model
) -> None:
    """Take a step, and compare what the client is told with the model."""
    action, name, other = step
    if action == "wait":
        clients["a"].advance(name)
        model.wait(name)
    elif action in ("leave", "close"):
        leave(clients[name]) if action == "leave" else clients[name].close()
        model.leave(name)
    elif name not in model.inside and name != other:
        join(action, clients[name], name, other, model)


def join(
    action: str, client: RouterClient, name: str, other: str | None, model: Model
) -> None:
    answer = client.connect(auth="refuse" if action == "refuse" else other)
    if len(model.inside) == CAPACITY:
        assert answer.data == {"code": "full"}
        return
    model.lives += not model.is_live
    assert answer.accepted is (action != "refuse")
    if other is not None and other in model.inside:
        model.inside.discard(other)
    if action != "refuse":
        model.join(name)


@pytest.mark.parametrize("order", ["client", "namespace"])
@pytest.mark.parametrize("linger", [0, 2])
@settings(deadline=None, max_examples=40)
@given(steps=st.lists(STEPS, max_size=20), drains=st.booleans())
def test_whatever_the_order_a_life_has_one_beginning_and_one_end(
    linger: float, order: Any, steps: list[tuple[str, Any, Any]], drains: bool
) -> None:
    """No timer before the one or after the other; nobody too many, nobody lost."""

    class Room(Life, namespace="/room", linger=linger, capacity=CAPACITY, order=order):
        lives: list[list[str]] = []

    here: Site = site(Room)
    clients = {name: RouterClient(here.app, namespace="/room") for name in CLIENTS}
    Room.others, model = clients, Model(linger)
    for step in steps:
        act(step, clients, model)
        inside = {name for name, one in clients.items() if one.namespaces}
        assert inside == model.inside
        assert len(here.router.live.get("/room", Room("/none")).clients) == len(inside)
        assert ("/room" in here.router.live) is model.is_live
        assert len(Room.lives) == model.lives
        for notes in Room.lives:
            check(notes, is_last=notes is Room.lives[-1] and model.is_live)
    if drains:
        inside = [one for one in clients.values() if one.namespaces]
        here.router.drain(5)
        assert not any(one.namespaces for one in inside)
    else:
        for one in clients.values():
            one.close()
        clients["a"].advance(linger)
    assert left_behind(here) == {}
    for notes in Room.lives:
        check(notes, is_last=False)


@pytest.mark.parametrize("config", SERVER_CONFIGS, ids=str)
def test_an_object_lives_so_on_every_server(config: ServerConfig) -> None:
    """Whatever its async mode, its serializer and its options."""

    class Room(Life, namespace="/room", linger=2, capacity=1):
        lives: list[list[str]] = []
        others: dict[str, RouterClient] = {}

    here = config.site(Room)
    ann, eve = (RouterClient(here.app, namespace="/room") for _ in range(2))
    ann.connect()
    eve.connect()
    assert (len(ann.namespaces), len(eve.namespaces)) == (1, 0)
    ann.disconnect()
    ann.advance(1.5)
    eve.connect(auth="refuse")
    assert eve.namespaces == ()
    ann.advance(0.25)
    assert Room.lives == [["opened", "tick"]]
    eve.connect()
    eve.close()
    ann.advance(1.5)
    ann.close()
    assert Room.lives == [["opened", "tick", "tick", "tick"]]
    ann.advance(0.5)
    assert Room.lives == [["opened", "tick", "tick", "tick", "closed"]]
    assert left_behind(here) == {}


def check(notes: list[str], is_last: bool) -> None:
    """Check one life: opened, then ticks, then closed, each once."""
    ticks = [one for one in notes if one == "tick"]
    assert notes == ["opened", *ticks, *([] if is_last else ["closed"])]
