"""What waits for its turn, and what has waited."""

from __future__ import annotations

import time

import pytest

from nsroute.inspector import Inspector
from tests.support.concurrency import gate, wait_for
from tests.support.ordered_rooms import ByClient, Noted
from tests.support.packet_client import PacketClient
from tests.support.server_configs import DEFAULT_CONFIG

pytestmark = pytest.mark.usefixtures("quiet")


def test_what_waits_is_counted_and_how_long_is_told() -> None:
    """Of the whole server now, and of each dispatch that has waited."""
    site = DEFAULT_CONFIG.site(ByClient)
    site.app.register_blueprint(Inspector(site.router, authorize=lambda: True))
    http = site.app.test_client()
    assert http.get("/nsroute/news").json["waiting"] == 0
    with gate(site) as (reached, go):
        Noted.notes, Noted.gates = [], (reached, go)
        client = PacketClient(site)
        client.join("/by-client/1")
        client.emit("/by-client/1", "wait")
        wait_for(reached)
        number = client.ask("/by-client/1", "say")
        assert http.get("/nsroute/news").json["waiting"] == 1
        time.sleep(0.001)
        go.set()
        client.acknowledgement("/by-client/1", number)
    news = http.get("/nsroute/news").json
    queued = {one["event"]: one["queued"] for one in news["dispatches"]}
    assert queued["say"] >= 1
    assert queued["connect"] == news["waiting"] == 0
