"""The lock of `SafeManager`: what is done under it, and whom it keeps out."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from nsroute.manager import SafeManager
from socketio import Manager

from tests.support.manager_rooms import site_of
from tests.support.packet_client import PacketClient
from tests.support.server_configs import DEFAULT_CONFIG, ServerConfig
from tests.support.sites import left_behind

pytestmark = pytest.mark.usefixtures("quiet")

LOCKED = {
    "_generate_ack_id": ["sid", "callback"],
    "basic_close_room": ["room", "namespace"],
    "basic_disconnect": ["sid", "namespace", "kwargs"],
    "basic_enter_room": ["sid", "namespace", "room", "eio_sid"],
    "basic_leave_room": ["sid", "namespace", "room"],
    "connect": ["sid", "namespace"],
    "get_participants": ["namespace", "room"],
    "get_rooms": ["sid", "namespace"],
    "is_connected": ["sid", "namespace"],
    "is_pre_connected": ["sid", "namespace"],
    "pre_connect": ["eio_sid", "namespace"],
    "pre_disconnect": ["sid", "namespace"],
}
"""What reads or changes the tables in several steps, with its parameters."""


@pytest.mark.parametrize("method", LOCKED)
def test_its_tables_are_read_and_changed_under_its_lock(
    method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks for rooms, or sends to them, meets nobody halfway."""
    original = getattr(Manager, method)
    held: list[bool] = []

    def spy(self: Any, *args: Any, **options: Any) -> Any:
        held.append(self._tables._is_owned())
        return original(self, *args, **options)

    monkeypatch.setattr(Manager, method, spy)
    site = site_of(DEFAULT_CONFIG, SafeManager())
    client = PacketClient(site)
    sid = client.join("/rooms/1")
    site.socketio.emit("ask", namespace="/rooms/1", to=sid, callback=held.append)
    server: Any = site.socketio.server
    server.enter_room(sid, "a", "/rooms/1")
    assert "a" in server.rooms(sid, "/rooms/1")
    server.leave_room(sid, "a", "/rooms/1")
    server.close_room("inside", "/rooms/1")
    client.close()
    assert held
    assert all(held)
    assert list(inspect.signature(original).parameters) == ["self", *LOCKED[method]]
    assert left_behind(site) == {}


def test_its_lock_is_of_the_servers_async_mode() -> None:
    """Greenlets of one thread keep each other out, too."""
    kinds = {
        type(site_of(ServerConfig(mode), SafeManager()).socketio.server.manager._tables)
        for mode in ("threading", "gevent")
    }
    assert {kind.__module__ for kind in kinds} == {"_thread", "gevent.lock"}
