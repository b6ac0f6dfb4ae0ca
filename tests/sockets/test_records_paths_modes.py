"""Exactly one record for each dispatch in every mode, without and with sockets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.conftest import Connect, Serve
from tests.support import servers
from tests.support.dispatch_recorder import DispatchRecorder
from tests.support.every_path import make, tell_everything
from tests.support.packet_client import PacketClient
from tests.support.server_configs import SERVER_CONFIGS, ServerConfig

every_config = pytest.mark.parametrize("config", SERVER_CONFIGS, ids=str)

Records = list[Any]


@pytest.fixture
def records() -> Iterator[Records]:
    """Capture what is logged."""
    with capture_logs() as captured:
        yield captured


def every(records: servers.Records) -> Records:
    """Return all records of dispatches."""
    kinds = ("connect", "event", "disconnect", "unrouted")
    return [r for kind in kinds for r in records.all(f"nsroute.{kind}")]


@every_config
def test_in_every_kind_of_server_each_dispatch_is_one_record(
    records: Records, config: ServerConfig
) -> None:
    """In each async mode, with each option, records and signals are the dispatches."""
    site = make(config)
    recorder = DispatchRecorder(site)
    sent = tell_everything(PacketClient(site))
    shown = [(f"nsroute.{d.kind}", d.namespace, d.outcome) for d in recorder.take()]
    found = [
        (r["event"].replace("unrouted", "connect"), r["namespace"], r["outcome"])
        for r in records
        if "outcome" in r
    ]
    assert len(found) == sent
    assert found == shown


@pytest.mark.parametrize("factory", ["site", "in_order"])
def test_over_real_sockets_each_dispatch_is_one_record(
    serve: Serve, connect: Connect, mode: str, transport: str, factory: str
) -> None:
    """A client that does all it can over a network is recorded once for each thing."""
    server = serve(f"tests.support.recorded_site:{factory}", mode)
    peer = connect(server, "python", transport, ["/rooms/1", "/nowhere"])
    for event in "context", "fail", "nonsense", "connect", "disconnect":
        peer.call("/rooms/1", event)
    peer.close()
    server.records.wait("nsroute.disconnect")
    found = Counter((r["event"], r["outcome"]) for r in every(server.records))
    assert found == {
        ("nsroute.connect", "ok"): 1,
        ("nsroute.unrouted", "unrouted"): 1,
        ("nsroute.event", "ok"): 1,
        ("nsroute.event", "unhandled"): 1,
        ("nsroute.event", "rejected"): 3,
        ("nsroute.disconnect", "ok"): 1,
    }
