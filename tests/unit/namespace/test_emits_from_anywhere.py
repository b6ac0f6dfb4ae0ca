"""Declared events are sent from timers, tasks and from outside of a namespace."""

from __future__ import annotations

import attrs
import pytest

from nsroute import RoutedNamespace, emits, every, on
from nsroute.testing import RouterClient, assert_emitted
from tests.support.sites import site

pytestmark = pytest.mark.usefixtures("quiet")


@attrs.frozen
class Tick:
    count: int


class Clock(RoutedNamespace, namespace="/clocks/<int:number>"):
    count = 0

    @emits
    def ticked(self, tick: Tick) -> None:
        """A second has passed."""

    @every(1)
    def tick(self) -> None:
        self.count += 1
        self.ticked(Tick(self.count))

    @on("later")
    def later(self) -> None:
        self.start_background_task(self.ticked, Tick(100)).join()


def test_a_timer_and_a_task_send_what_is_declared() -> None:
    """They have no client, and the namespace that they belong to."""
    client = RouterClient(site(Clock).app, namespace="/clocks/1")
    client.connect()
    client.advance(2)
    assert_emitted(client, Clock.ticked, Tick(1))
    assert_emitted(client, Clock.ticked, Tick(2))
    client.call("later")
    assert_emitted(client, Clock.ticked, Tick(100))


def test_it_is_sent_to_live_namespaces_from_outside() -> None:
    """To one of them, or to all of a class."""
    made = site(Clock)
    clients = [RouterClient(made.app, namespace=f"/clocks/{n}") for n in (1, 2)]
    for client in clients:
        client.connect()
    Clock.ticked.via(made.router.of(Clock, number=1))(Tick(5))
    assert_emitted(clients[0], Clock.ticked, Tick(5))
    assert clients[1].received() == []
    Clock.ticked.via(made.router.of(Clock))(Tick(6))
    for client in clients:
        assert_emitted(client, Clock.ticked, Tick(6))
