"""Joins, leaves, emits, disconnects and lost connections, all at once.

The interpreter switches threads as often as it can, and what happened is counted: no
object twice, no client lost, no record missing.
"""

from __future__ import annotations

import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from socketio import packet

from nsroute import Dispatch, dispatched
from tests.support import requirements
from tests.support.concurrency import at_once, join_event_threads, settle
from tests.support.lifecycle_namespaces import Hub, LifecycleCounts, LingeringHub
from tests.support.message_queue import connections_closed, redis_queue
from tests.support.packet_client import PacketClient, Refused
from tests.support.server_configs import ServerConfig
from tests.support.sites import left_behind

pytestmark = [pytest.mark.usefixtures("quiet"), pytest.mark.long]
Options = dict[str, Any]
NAMES = 3
THREADS = 6
ROUNDS = 60


@pytest.fixture(autouse=True, params=[None, 1e-6], ids=["by default", "every 1 us"])
def switching(request: pytest.FixtureRequest) -> Iterator[None]:
    """Switch threads as the interpreter does, and as often as it can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(request.param or before)
    yield
    sys.setswitchinterval(before)


@pytest.fixture(scope="module", params=["memory", "redis"])
def queue(request: pytest.FixtureRequest) -> Iterator[dict[str, Any]]:
    """What the server's client manager stands on: nothing, or a message queue."""
    if request.param == "memory":
        yield {}
    else:
        with redis_queue(requirements.redis()) as url, connections_closed():
            yield {"message_queue": url}


class Stage:
    """A site under attack, and everything that was dispatched on it."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.site = ServerConfig().site(Hub, LingeringHub, socketio=options)
        self.lifecycle = Hub.lifecycle = LifecycleCounts()
        self.records: list[Dispatch] = []
        dispatched.connect(self._keep, sender=self.site.router)
        self.server: Any = self.site.socketio.server

    def _keep(self, _: object, dispatch: Dispatch) -> None:
        self.records.append(dispatch)

    def balance(self) -> None:
        """Check that all accounts are even after everybody has gone."""
        join_event_threads()
        settle(self.site, lambda: not self.site.router.live)
        schedule = self.server.manager.workers._schedule
        settle(self.site, lambda: schedule.running == schedule.waiting == 0)
        counts = self.lifecycle.counts
        assert counts["opened"] == counts["closed"]
        assert set(self.lifecycle.open.values()) <= {0}
        assert set(self.lifecycle.most.values()) <= {1}
        for steps in self.lifecycle.steps.values():
            assert steps in (["connect", "disconnect"], ["connect", "raised"])
        told = Counter((d.kind, d.outcome) for d in self.records)
        clients = len(self.lifecycle.steps)
        assert told["connect", "ok"] == counts["disconnect"]
        assert told["connect", "ok"] + told["connect", "error"] == clients
        full = sum(one.code == "full" for one in self.records)
        assert told["connect", "refused"] == counts["refused"] + full
        assert told["connect", "rejected"] == told["connect", "unhandled"] == 0
        ended = told["disconnect", "ok"] + told["disconnect", "error"]
        assert ended == counts["disconnect"]
        said = told["event", "ok"]
        assert said == counts["say"] + counts["out"]
        assert told["event", "error"] == 0
        assert counts["accepted"] <= told["connect", "ok"]
        assert told["close", "error"] == told["timer", "error"] == 0
        assert counts["bad tick"] == 0
        assert dict(self.site.router.live) == {}


def joining(client: PacketClient, name: str, auth: Any = None) -> bool:
    """Try to join; say whether the client is in as far as it knows."""
    try:
        client.join(name, auth)
    except (Refused, AssertionError):
        return False
    return True


def test_everything_at_once_keeps_every_account_even(queue: Options) -> None:
    """One object per name, each opened closed, each connect disconnected, all told."""
    stage = Stage(queue)

    def run_client(number: int) -> None:
        dice = random.Random(number)
        for turn in range(ROUNDS):
            visit(PacketClient(stage.site), dice, turn)

    def visit(client: PacketClient, dice: random.Random, turn: int) -> None:
        for name in dice.sample(range(NAMES), dice.randint(1, NAMES)):
            auth = dice.choice([None, None, None, "refuse", "raise"])
            joining(client, f"/hubs/{name}", auth)
            for _ in range(dice.randint(0, 3)):
                act(client, f"/hubs/{name}", dice, turn)
        client.close(dice.choice(["transport close", "ping timeout"]))

    def act(client: PacketClient, name: str, dice: random.Random, turn: int) -> None:
        sid = client.sids.get(name, "nobody's")
        dice.choice(
            [
                lambda: client.emit(name, "say", turn),
                lambda: client.emit(name, "say", turn),
                lambda: client.emit(name, "out"),
                lambda: client.leave(name),
                lambda: stage.server.disconnect(sid, name),
                lambda: stage.site.socketio.emit("news", turn, namespace=name),
            ]
        )()

    at_once(run_client, threads=THREADS)
    stage.balance()
    assert left_behind(stage.site) == {}


def test_lingers_timers_and_seats_keep_the_accounts(queue: Options) -> None:
    """One object for each name, no tick outside of its life, nobody too many in."""
    stage = Stage(queue)

    def run_client(number: int) -> None:
        dice = random.Random(number)
        for turn in range(ROUNDS * 2):
            client = PacketClient(stage.site)
            name = f"/lingering/{turn % NAMES}"
            for _ in range(dice.randint(1, 3)):
                auth = dice.choice([None, None, "refuse", "raise"])
                if joining(client, name, auth) and dice.random() < 0.5:
                    client.leave(name)
                if dice.random() < 0.3:  # so that some lingers end, and some do not
                    time.sleep(dice.random() / 50)
            client.close("ping timeout")

    at_once(run_client, threads=THREADS)
    stage.balance()
    assert left_behind(stage.site) == {}
    assert stage.lifecycle.counts["tick"] > 0
    closes = sum(one.kind == "close" for one in stage.records)
    assert 0 < closes < stage.lifecycle.counts["disconnect"]


def test_a_name_that_empties_all_the_time_has_one_object_at_a_time(
    queue: dict[str, Any],
) -> None:
    """The last client out and the first one in meet at every turn."""
    stage = Stage(queue)

    def run_client(number: int) -> None:
        client = PacketClient(stage.site)
        for _ in range(ROUNDS * 3):
            if joining(client, "/hubs/1"):
                client.leave("/hubs/1")
        client.close("ping timeout")

    at_once(run_client, threads=4)
    stage.balance()
    assert left_behind(stage.site) == {}
    assert stage.lifecycle.counts["disconnect"] == 4 * ROUNDS * 3


def test_a_client_that_many_disconnect_at_once_is_disconnected_once(
    queue: dict[str, Any],
) -> None:
    """The server, twice; the client's packet; the end of its connection."""
    stage = Stage(queue)
    for turn in range(ROUNDS * 2):
        client = PacketClient(stage.site)
        name = f"/hubs/{turn % NAMES}"
        sid = client.join(name)

        def end(
            number: int, client: PacketClient = client, sid: str = sid, name: str = name
        ) -> None:
            if number == 0:
                client.leave(name)
            elif number == 1:
                client.close("ping timeout")
            else:
                stage.server.disconnect(sid, name)

        at_once(end, threads=4)
    stage.balance()
    assert stage.lifecycle.counts["disconnect"] == ROUNDS * 2
    assert left_behind(stage.site) == {}


def test_a_connection_that_is_lost_while_it_joins_is_left_nowhere(
    queue: dict[str, Any],
) -> None:
    """The connect and the end of the connection are handled in two threads."""
    stage = Stage(queue)
    for _ in range(ROUNDS * 2):
        client = PacketClient(stage.site)

        def race(number: int, client: PacketClient = client) -> None:
            if number == 0:
                for name in range(NAMES):
                    client.send_frame(f"0/hubs/{name},")
            else:
                client.close("ping timeout")

        at_once(race, threads=2)
    stage.balance()
    assert left_behind(stage.site) == {}


def test_no_event_is_lost_or_answered_twice_while_others_come_and_go() -> None:
    """Each acknowledgement arrives once, with its own answer."""
    stage = Stage({})
    stop = threading.Event()

    def run_client(number: int) -> None:
        if number < 3:
            client = PacketClient(stage.site)
            client.join("/hubs/1")
            asked = [client.ask("/hubs/1", "say", n) for n in range(ROUNDS)]
            answers: dict[int, Any] = {}
            while len(answers) < ROUNDS:
                received = client.next_packet()
                if received.packet_type == packet.ACK:
                    assert received.id not in answers
                    answers[received.id] = received.data[0]
            assert [answers[i] for i in asked] == list(range(ROUNDS))
            client.close("ping timeout")
            if number == 0:
                stop.set()
        else:
            while not stop.is_set():
                client = PacketClient(stage.site)
                joining(client, "/hubs/1")
                client.close("ping timeout")

    at_once(run_client, threads=5)
    stage.balance()
    assert stage.lifecycle.counts["say"] == 3 * ROUNDS
    assert left_behind(stage.site) == {}


class Yielding(dict[str, Any]):
    """A table in which others may change everything behind each look."""

    def get(self, *args: Any) -> Any:
        found = super().get(*args)
        time.sleep(0)
        return found


def test_the_limit_of_a_connection_holds_for_connects_at_once() -> None:
    """Polling clients may send several requests at a time."""
    site = ServerConfig().site(Hub, max_namespaces_per_client=5)
    (registry,) = site.socketio.server.manager.registries
    registry.memberships.joined = Yielding()
    Hub.lifecycle = LifecycleCounts()
    for _ in range(20):
        client = PacketClient(site)

        def join(number: int, client: PacketClient = client) -> None:
            for name in range(3):
                client.send_frame(f"0/hubs/{number * 10 + name},")

        at_once(join, threads=4)
        assert Hub.lifecycle.counts["connect"] - Hub.lifecycle.counts["disconnect"] == 5
        client.close("ping timeout")
    join_event_threads()
    assert Hub.lifecycle.counts["connect"] == Hub.lifecycle.counts["disconnect"] == 100
    assert left_behind(site) == {}
