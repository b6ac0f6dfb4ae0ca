"""What is live, to look at: a mapping of objects, counts and rows."""

from __future__ import annotations

from typing import Any

import pytest

from nsroute import RoutedNamespace
from nsroute.live import LiveObjects, NamespaceInfo
from tests.support.event_log import Room
from tests.support.packet_client import PacketClient
from tests.support.server_configs import DEFAULT_CONFIG

pytestmark = pytest.mark.usefixtures("quiet")


@pytest.fixture
def site() -> Any:
    """Two clients in `/rooms/1`, one of them in `/rooms/2`."""
    Room.event_log = []
    made = DEFAULT_CONFIG.site(Room)
    client, other = PacketClient(made), PacketClient(made)
    for connection, name in (
        (client, "/rooms/1"),
        (other, "/rooms/1"),
        (client, "/rooms/2"),
    ):
        connection.join(name)
    return made


def test_it_is_a_read_only_mapping_of_what_is_live(site: Any) -> None:
    """Concrete namespace -> object, as it is now."""
    live = site.router.live
    assert list(live) == ["/rooms/1", "/rooms/2"]
    assert len(live) == 2
    assert live["/rooms/1"].namespace == "/rooms/1"
    assert live.copy() == dict(live)
    assert "/rooms/3" not in live
    assert repr(live) == f"<LiveObjects {live.copy()!r}>"
    with pytest.raises(TypeError):
        live["/rooms/3"] = None
    client = PacketClient(site)
    client.join("/rooms/3")
    assert "/rooms/3" in live
    client.close()
    assert "/rooms/3" not in live


def test_it_counts_clients(site: Any) -> None:
    """All of a namespace, or as rows with the pattern and the time."""
    live = site.router.live
    assert live.client_counts() == {"/rooms/1": 2, "/rooms/2": 1}
    rows = live.overview()
    assert [(row.namespace, row.pattern, row.clients) for row in rows] == [
        ("/rooms/1", "/rooms/<int:number>", 2),
        ("/rooms/2", "/rooms/<int:number>", 1),
    ]
    assert rows[0].since <= rows[1].since
    assert live.overview(["/rooms/2", "/nowhere"]) == rows[1:]
    assert isinstance(rows[0], NamespaceInfo)


def test_an_object_that_is_not_made_yet_is_not_live() -> None:
    """Nobody sees a namespace whose `__init__` still runs."""
    seen: list[Any] = []

    class Looking(RoutedNamespace, namespace="/looking"):
        def __init__(self, namespace: str) -> None:
            super().__init__(namespace)
            live = self.router.live
            seen.append((len(live), list(live), live.client_counts(), live.overview()))
            seen.append((live.overview(["/looking"]), "/looking" in live))

    site = DEFAULT_CONFIG.site(Looking)
    client = PacketClient(site)
    client.join("/looking")
    assert seen == [(0, [], {}, []), ([], False)]
    assert list(site.router.live) == ["/looking"]
    client.close()


def test_nothing_is_live_on_a_router_that_is_not_mounted() -> None:
    """The mapping is empty."""
    assert dict(LiveObjects({})) == {}
