"""The live namespaces of all processes, in the inspector of one of them."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from socket import gethostname
from typing import Any

import attrs
import pytest

from nsroute import RoutedNamespace
from nsroute.cluster import ClusterProcess
from nsroute.inspector import Inspector, processes
from nsroute.inspector.content import NAMED, live_namespaces
from nsroute.inspector.processes import NOBODY, OtherProcesses, Others
from tests.support.packet_client import PacketClient
from tests.support.shared_queue import Sites, eventually, process, shared_sites
from tests.support.sites import PATIENCE, Site
from tests.support.sites import site as alone

pytestmark = pytest.mark.usefixtures("quiet")


class Room(RoutedNamespace, namespace="/rooms/<int:number>"):
    pass


class Hall(RoutedNamespace, namespace="/halls/<int:number>"):
    pass


@pytest.fixture
def sites() -> Iterator[Sites]:
    with shared_sites() as sites:
        yield sites


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each look ask the others."""
    monkeypatch.setattr(processes, "EVERY", 0.0)
    monkeypatch.setattr(processes, "TIMEOUT", 0.1)
    monkeypatch.setattr(processes, "FRESH", PATIENCE)


@pytest.fixture
def once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the first look of a test alone ask the others."""
    monkeypatch.setattr(processes, "EVERY", 10 * PATIENCE)
    monkeypatch.setattr(processes, "FRESH", 10 * PATIENCE)


def questions(sites: Sites) -> int:
    """Return how many questions the processes have published."""
    told = [json.loads(message) for message in sites.shared.published]
    payloads = [one["data"] for one in told if one["method"] == "emit"]
    return sum('"question"' in json.dumps(one) for one in payloads)


def inspect(site: Site) -> Any:
    """Return what asks an inspector for its live namespaces."""
    site.app.register_blueprint(Inspector(site.router, authorize=lambda: True))
    http = site.app.test_client()
    return lambda query="": http.get(f"/nsroute/news{query}").json["live"]


@pytest.mark.usefixtures("often")
def test_rooms_and_clients_of_all_processes_are_shown(sites: Sites) -> None:
    """Counted together; what this process has no object of is live elsewhere."""
    here, there = sites.add(Room), sites.add(Room, Hall)
    sites.know_each_other()
    look = inspect(here)
    PacketClient(here).join("/rooms/1")
    for name in "/rooms/1", "/rooms/2", "/halls/3":
        PacketClient(there).join(name)
    assert look()["note"].endswith("This process only: the others are being asked.")
    eventually(lambda: look()["clients"] == 3)
    live = look()
    shown = [
        [one["namespace"], one["clients"], one["pattern"]] for one in live["shown"]
    ]
    assert shown == [
        ["/rooms/1", 2, "/rooms/<int:number>"],
        ["/rooms/2", 1, "/rooms/<int:number>"],
    ]
    assert [one["age"] == "elsewhere" for one in live["shown"]] == [False, True]
    assert [one["since"] is None for one in live["shown"]] == [False, True]
    told = "2 with 3 clients, most clients first. 2 processes have answered."
    assert (live["note"], live["silent"]) == (told, "")
    assert look("?live=2")["note"].startswith("1 of 2 with 3 clients")


@pytest.mark.usefixtures("often")
def test_a_process_that_does_not_answer_is_named(sites: Sites) -> None:
    """What it had is not counted; the others' are."""
    here, _, lost = (sites.add(Room) for _ in range(3))
    sites.know_each_other()
    look = inspect(here)
    PacketClient(lost).join("/rooms/1")
    eventually(lambda: look()["total"] == 1)
    lost.socketio.server.manager.cut_off()
    eventually(lambda: look()["silent"])
    live = look()
    named = f"No answer from {gethostname()}, process {os.getpid()}."
    assert live["silent"] == f"{named} What is there is not counted."
    assert live["note"] == "Nobody is connected. 2 processes have answered."


@pytest.mark.usefixtures("once")
def test_nobody_is_asked_while_nobody_looks(sites: Sites) -> None:
    """One look asks once, and so does the page; then nobody is asked any more."""
    here, _ = sites.add(Room), sites.add(Room)
    sites.know_each_other()
    look = inspect(here)
    assert questions(sites) == 0
    here.app.test_client().get("/nsroute/")
    eventually(lambda: questions(sites) == 1)
    eventually(lambda: "have answered" in look()["note"])
    assert questions(sites) == 1


@pytest.mark.usefixtures("once")
def test_a_look_waits_for_nobody(sites: Sites, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a census waits, the inspector answers, and asks no second time."""
    here, go, asked = sites.add(Room), threading.Event(), list[str]()
    ask = ClusterProcess.ask_others

    def wait(*args: Any) -> Any:
        asked.append("asked")
        go.wait()
        return ask(*args)

    monkeypatch.setattr(ClusterProcess, "ask_others", wait)
    look = inspect(here)
    try:
        for _ in range(3):
            assert "are being asked" in look()["note"]
        assert asked == ["asked"]
    finally:
        go.set()
    eventually(lambda: look()["note"] == "Nobody is connected.")


@attrs.define
class Clock:
    """A clock that a test moves."""

    now: float = 5000.0

    def __call__(self) -> float:
        return self.now


def test_old_answers_are_not_shown(sites: Sites) -> None:
    """Who looks after a while is told that the others are being asked."""
    site, clock = sites.add(Room), Clock()
    others = OtherProcesses(site.router, clock)
    assert others.look() is None
    eventually(lambda: others.look() == Others())
    clock.now += processes.EVERY
    assert others.look() == Others()
    clock.now += processes.FRESH + processes.EVERY
    assert others.look() is None
    eventually(lambda: others.look() == Others())


def test_without_a_message_queue_nobody_is_asked() -> None:
    """There is no other process, and what is shown does not speak of any."""
    site = alone(Room)
    assert OtherProcesses(site.router).look() is NOBODY
    assert inspect(site)()["note"] == "Nobody is connected."
    assert process(site).has_queue is False


def test_of_many_silent_processes_some_are_named() -> None:
    """A whole cluster that does not answer makes no page of names."""
    silent = tuple(f"web-{number}:7:abc" for number in range(NAMED + 2))
    others = Others({"/odd": 3, "/rooms/1": 1}, ("web-9:7:abc",), silent)
    live = live_namespaces(alone(Room).router, others, "", 0)
    assert live["silent"].startswith("No answer from web-0, process 7; web-1, process")
    assert "web-4, process 7; 2 more. What" in live["silent"]
    assert [one["pattern"] for one in live["shown"]] == ["", "/rooms/<int:number>"]
