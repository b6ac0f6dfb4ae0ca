"""The devices: what a server keeps of readings, and a worker that a browser charts."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from examples.devices import KEPT, Device, Reading
from nsroute import Dispatch
from nsroute.testing import RouterClient
from tests.support import brokers, requirements
from tests.support.browser import Browser, chromium
from tests.support.clients import JS
from tests.support.servers import ROOT
from tests.support.shared_queue import eventually
from tests.support.sites import Site, site

DEVICES = ROOT / "examples" / "devices.py"
SCRIPT = JS / "node_modules" / "socket.io-client" / "dist" / "socket.io.min.js"


def test_it_has_at_most_160_lines() -> None:
    """Server, worker and page are read in a few minutes."""
    assert len(DEVICES.read_text().splitlines()) <= 160


@pytest.fixture
def here() -> Site:
    return site(Device)


def _looks(here: Site, name: str = "boiler") -> RouterClient:
    client = RouterClient(here.app, namespace=f"/devices/{name}")
    assert client.connect().accepted
    return client


def _measure(here: Site, reading: Any, name: str = "boiler") -> None:
    here.router.of(Device, name=name).server_side_emit("measured", reading)


def test_a_reading_reaches_who_looks_at_its_device(here: Site) -> None:
    """Each device is a namespace of its own."""
    ann, bob = _looks(here), _looks(here, "freezer")
    _measure(here, Reading(at=1.0, celsius=70.5))
    _measure(here, Reading(at=2.0, celsius=-18), "freezer")
    heard: dict[str, list[Any]] = {"ann": [], "bob": []}

    def both_heard() -> bool:
        for name, client in ("ann", ann), ("bob", bob):
            heard[name] += [event.args[0] for event in client.received()]
        return all(len(events) == 2 for events in heard.values())

    eventually(both_heard)
    assert heard["ann"] == [[], [{"at": 1.0, "celsius": 70.5}]]
    assert heard["bob"] == [[], [{"at": 2.0, "celsius": -18}]]


def test_who_comes_later_gets_the_last_readings(here: Site) -> None:
    """So does who reloads the page within a minute, and no more are kept than fit."""
    _looks(here).close()
    boiler = here.router.live["/devices/boiler"]
    for at in range(KEPT + 1):
        boiler.measured(Reading(at=at, celsius=70))
    [event] = _looks(here).received()
    assert [reading["at"] for reading in event.args[0]] == [*range(1, KEPT + 1)]


@pytest.mark.parametrize("celsius", [999, "warm"])
def test_what_is_no_reading_is_not_shown(
    here: Site, dispatches: list[Dispatch], celsius: Any
) -> None:
    """A server checks what comes out of the queue."""
    _looks(here)
    _measure(here, {"at": 1.0, "celsius": celsius})
    eventually(lambda: dispatches[-1].kind == "server")
    assert dispatches[-1].code == "invalid_arguments"
    assert not here.router.live["/devices/boiler"].readings


def test_there_is_no_other_device(here: Site) -> None:
    """Only what the pattern lists has a namespace."""
    client = RouterClient(here.app, namespace="/devices/toaster")
    assert client.connect().message == "Invalid namespace"


@contextmanager
def _running(*options: str) -> Iterator[str]:
    """Run the example; give the first line that it prints."""
    command = [sys.executable, str(DEVICES), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline()
        finally:
            process.terminate()


FIVE_SECONDS_ARE_SHORT = """const wait = setTimeout;
window.setTimeout = (run, ms) => wait(run, ms === 5000 ? 50 : ms)"""


@pytest.fixture(scope="module")
def redis() -> Iterator[tuple[str, str]]:
    """Run a Redis server; give the option that names it."""
    with brokers.running("redis") as broker:
        yield "--redis", broker.url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium(requirements.chromium()) as browser:
        yield browser


@pytest.mark.sockets
def test_a_browser_charts_what_the_worker_measures(
    tmp_path: Path, redis: tuple[str, str], browser: Browser
) -> None:
    """Three charts move, and say so when nothing is measured any more."""
    requirements.node()
    with _running(*redis, "--port", "0", "--client", str(SCRIPT)) as said:
        [url] = re.findall(r"http://\S+", said)
        tab = browser.open(url)
        tab.until("document.body.innerText.match(/does the worker run/g)?.length == 3")
        with _running(*redis, "--worker") as begun:
            assert begun.startswith("measuring")
            for name in ("boiler", "freezer", "greenhouse"):
                card = f"document.querySelector('[data-name={name}]')"
                line = f"{card}.querySelector('polyline').getAttribute('points')"
                tab.until(f"{line}?.split(' ').length >= 3")
                value = tab.run(f"{card}.querySelector('b').innerText")
                assert re.fullmatch(r"-?\d+\.\d °C", value)
            tab.screenshot(tmp_path / "devices.png")
            assert (tmp_path / "devices.png").stat().st_size > 5_000
            tab = browser.open(url, FIVE_SECONDS_ARE_SHORT)
            tab.until("document.body.innerText.includes('No reading for 5 seconds')")


@pytest.mark.sockets
def test_the_page_says_so_when_the_cdn_cannot_be_reached(
    redis: tuple[str, str], browser: Browser
) -> None:
    """Without the script of the client the page tells how to give it one."""
    with _running(*redis, "--port", "0") as said:
        [url] = re.findall(r"http://\S+", said)
        tab = browser.open(url, blocked="cdn.socket.io")
        shown = tab.run("document.body.innerText")
        assert "cannot be loaded from its CDN. Start the server with --client" in shown


@pytest.mark.sockets
def test_without_a_redis_it_says_so() -> None:
    """It ends at once, and names the address."""
    url = f"redis://127.0.0.1:{brokers.free_port()}"
    run = subprocess.run(
        [sys.executable, str(DEVICES), "--redis", url],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 2
    assert f"no Redis at {url}, see --help" in run.stderr
