"""The live object of a namespace: made once, opened once, closed once, then gone."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest
from flask import current_app, request, session
from flask_socketio import rooms

from nsroute import RoutedNamespace, on
from tests.support.dispatch_recorder import DispatchRecorder
from tests.support.lifecycle_namespaces import Hall
from tests.support.packet_client import PacketClient
from tests.support.server_configs import SERVER_CONFIGS, ServerConfig
from tests.support.sites import left_behind

pytestmark = pytest.mark.usefixtures("quiet")
every_config = pytest.mark.parametrize("config", SERVER_CONFIGS, ids=str)
INTERNAL = {"message": "internal error"}


@pytest.fixture(autouse=True)
def _diary() -> None:
    Hall.event_log, Hall.fails = [], {}


@every_config
def test_an_object_lives_from_its_first_client_to_its_last(
    config: ServerConfig,
) -> None:
    """All clients of a name share it; the next first client gets another."""
    site = config.site(Hall)
    first, second = PacketClient(site), PacketClient(site)
    first.join("/halls/1")
    second.join("/halls/1")
    where = first.call("/halls/1", "where")
    assert second.call("/halls/1", "where") == where
    assert list(site.router.live) == ["/halls/1"]
    first.leave("/halls/1")
    assert id(site.router.live["/halls/1"]) == where
    old = weakref.ref(site.router.live["/halls/1"])
    second.close()
    assert dict(site.router.live) == {}
    in_and_out = ["connect", "accepted"] * 2 + ["disconnect"] * 2
    assert Hall.event_log == ["made", "opened", *in_and_out, "closed"]
    gc.collect()
    assert old() is None
    first.join("/halls/1")
    first.close()
    assert Hall.event_log.count("made") == 2
    assert left_behind(site) == {}


@every_config
def test_an_object_that_opened_for_a_refused_client_is_closed(
    config: ServerConfig,
) -> None:
    """It closes behind the refused client, unless somebody else is in."""
    site = config.site(Hall)
    client, other = PacketClient(site), PacketClient(site)
    client.refusal("/halls/1", "refuse")
    assert Hall.event_log == ["made", "opened", "connect", "closed"]
    other.join("/halls/1")
    Hall.event_log.clear()
    client.refusal("/halls/1", "refuse")
    assert Hall.event_log == ["connect"]
    client.close()
    other.close()
    assert left_behind(site) == {}


@every_config
def test_the_context_is_the_clients_in_each_hook(config: ServerConfig) -> None:
    """Request, session, app and rooms work in `opened`, `accepted` and `closed` too."""
    seen: dict[str, Any] = {}

    class Seer(RoutedNamespace, namespace="/seers/<int:number>"):
        def opened(self) -> None:
            self.note("opened")

        def accepted(self) -> None:
            self.note("accepted")

        def closed(self) -> None:
            self.note("closed")

        def note(self, step: str) -> None:
            session[step] = True
            seen[step] = (
                request.sid,
                request.namespace,
                request.event["message"],
                current_app.name,
                list(session),
                self.client is self.client,
                request.sid in rooms(),
            )

    site = config.site(Seer)
    client = PacketClient(site)
    sid = client.join("/seers/1")
    client.close()
    here = (sid, "/seers/1", "connect", "config")
    assert seen["opened"] == (*here, ["opened"], True, True)
    assert seen["accepted"] == (*here, ["opened", "accepted"], True, True)
    assert seen["closed"][2] == "disconnect"
    assert seen["closed"][4] == ["opened", "accepted", "closed"]
    assert left_behind(site) == {}


@every_config
def test_what_is_kept_for_a_client_goes_with_it(config: ServerConfig) -> None:
    """`self.client` is one dict per stay, not per connection."""

    class Keeper(RoutedNamespace, namespace="/keepers/<int:number>"):
        @on("keep")
        def keep(self, value: int) -> list[Any]:
            before = self.client.get("kept")
            self.client["kept"] = value
            return [before, len(self.clients)]

    site = config.site(Keeper)
    client, other = PacketClient(site), PacketClient(site)
    client.join("/keepers/1")
    other.join("/keepers/1")
    assert client.call("/keepers/1", "keep", 1) == [None, 2]
    assert client.call("/keepers/1", "keep", 2) == [1, 2]
    assert other.call("/keepers/1", "keep", 3) == [None, 2]
    client.leave("/keepers/1")
    client.join("/keepers/1")
    assert client.call("/keepers/1", "keep", 4) == [None, 2]
    client.close()
    other.close()
    assert left_behind(site) == {}


@every_config
def test_a_namespace_by_itself_keeps_the_same_rules(config: ServerConfig) -> None:
    """Without a router an exact namespace opens, closes and opens again."""
    site = config.app()
    hall = Hall("/halls/7")
    site.socketio.on_namespace(hall)
    recorder, client, other = (
        DispatchRecorder(site, sender=hall),
        PacketClient(site),
        PacketClient(site),
    )
    Hall.fails = {"opened": RuntimeError("boom")}
    assert client.refusal("/halls/7") == INTERNAL
    client.join("/halls/7")
    other.join("/halls/7")
    assert other.call("/halls/7", "connect")["error"]["code"] == "reserved_event"
    client.close()
    other.leave("/halls/7")
    other.join("/halls/7")
    other.close()
    ends = ["disconnect", "disconnect", "closed", "opened"]
    assert [step for step in Hall.event_log if step in ends][2:] == [*ends, *ends[1:3]]
    kinds = [d.kind for d in recorder.take()]
    assert kinds.count("connect") == 4
    assert kinds.count("disconnect") == 3
    assert left_behind(site) == {}
