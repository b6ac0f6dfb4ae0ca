"""What could not be published to the message queue is recorded."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from nsroute import MetaRouter, RoutedNamespace, RouteError
from tests.support.manager_rooms import Bus
from tests.support.server_configs import DEFAULT_CONFIG
from tests.support.sites import PATIENCE


class Room(RoutedNamespace, namespace="/rooms/<int:number>"):
    pass


def test_what_is_dropped_is_counted_and_recorded() -> None:
    """The router says how many messages may wait."""
    site = DEFAULT_CONFIG.site(
        Room, max_unpublished=1, socketio={"client_manager": Bus()}
    )
    publisher = site.socketio.server.manager.publisher
    with capture_logs() as records, publisher._changed:
        for text in ("one", "two", "three"):
            site.socketio.emit("said", text, namespace="/rooms/1")
    assert publisher.flush(PATIENCE)
    [first, *_] = [r for r in records if r["event"] == "nsroute.unpublished"]
    assert first["log_level"] == "error"
    assert first["dropped"] >= 1


def test_at_least_one_message_may_wait() -> None:
    """Otherwise nothing would ever be published."""
    with pytest.raises(RouteError, match="max_unpublished"):
        MetaRouter([Room], max_unpublished=0)
