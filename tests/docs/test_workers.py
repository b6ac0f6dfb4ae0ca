"""The page on workers: what it writes is heard in every process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import attrs
import pytest

from nsroute import MetaRouter, RouteTable
from tests.docs.test_readme import blocks
from tests.support import requirements
from tests.support.apps import new_site
from tests.support.brokers import end_listener, running
from tests.support.packet_client import PacketClient
from tests.support.servers import ROOT
from tests.support.shared_queue import eventually
from tests.support.sites import PATIENCE

pytestmark = [pytest.mark.sockets, pytest.mark.usefixtures("quiet")]

PAGE = ROOT / "docs" / "how-to" / "workers.md"
SAID = ("said", "Your order is on its way.")
WORKER = "celery -A shop worker --concurrency 2 --max-tasks-per-child 1"


@pytest.fixture
def page() -> str:
    return "\n".join(blocks(PAGE, "python"))


@attrs.frozen
class Seventh:
    """A client in a room of a server, which hears a queue."""

    url: str
    client: PacketClient

    def hears(self, count: int) -> None:
        heard: list[object] = []

        def all_of_it() -> bool:
            heard.extend(self.client.received("/rooms/7"))
            return heard == [SAID] * count

        eventually(all_of_it)


@pytest.fixture
def seventh(page: str) -> Iterator[Seventh]:
    """Serve the routes of the page over Redis, and let a client join room 7."""
    module = SimpleNamespace()
    exec(compile(page, PAGE.name, "exec"), vars(module))
    table: RouteTable = module.table
    with running("redis") as broker:
        site = new_site("threading", message_queue=broker.url)
        MetaRouter(table, log=False).mount(site.socketio)
        manager = site.socketio.server.manager
        client = PacketClient(site)
        client.join("/rooms/7")
        eventually(lambda: manager.pubsub is not None and manager.pubsub.subscribed)
        yield Seventh(broker.url, client)
        client.close()
        end_listener(manager)


def test_the_pages_worker_reaches_the_clients(page: str, seventh: Seventh) -> None:
    """It emits and ends; what it has emitted is published before that."""
    subprocess.run(
        [sys.executable, "-c", f"{page}\norder_shipped(new_emitter(), 7)"],
        cwd=ROOT,
        env={"QUEUE": seventh.url},
        timeout=PATIENCE,
        check=True,
    )
    seventh.hears(1)


@contextmanager
def celery_worker(folder: Path, url: str) -> Iterator[None]:
    """Run a worker whose processes end after one task each."""
    path = os.pathsep.join([str(ROOT), str(folder)])
    with subprocess.Popen(
        [sys.executable, "-m", *WORKER.split()],
        cwd=folder,
        env={**os.environ, "QUEUE": url, "PYTHONPATH": path},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            yield
        finally:
            os.killpg(process.pid, signal.SIGKILL)


def test_the_pages_celery_tasks_reach_the_clients(
    page: str, seventh: Seventh, tmp_path: Path
) -> None:
    """Each runs in a process that was forked after the `Emitter` was made."""
    requirements.celery()
    from celery import Celery

    [tasks] = blocks(PAGE, "py")
    (tmp_path / "shop.py").write_text(f"{page}\n{tasks}")
    with celery_worker(tmp_path, seventh.url), Celery(broker=seventh.url) as sender:
        for _ in range(10):
            sender.send_task("shop.ship", [7])
        seventh.hears(10)
