"""The one name that an object without a router serves."""

from __future__ import annotations

from typing import Any

import pytest

from nsroute import RoutedNamespace, on
from nsroute.namespace.routed import match_declared
from tests.support.alone import served
from tests.support.packet_client import PacketClient
from tests.support.server_configs import SERVER_CONFIGS, ServerConfig
from tests.support.sites import left_behind

pytestmark = pytest.mark.usefixtures("quiet")
every_config = pytest.mark.parametrize("config", SERVER_CONFIGS, ids=str)


class Lobby(RoutedNamespace, namespace="/lobby"):
    """Something that stands alone."""

    @on("say")
    def say(self, text: str) -> str:
        return text


@pytest.mark.parametrize(
    "name, found",
    [
        ("/rooms/7", ({"n": 7}, "/rooms/<int:n>")),
        ("/rooms/07", ({}, None)),
        ("/lobby", ({}, "/lobby")),
        ("/other", ({}, None)),
    ],
)
def test_its_params_are_those_of_the_first_pattern_that_matches(
    name: str, found: Any
) -> None:
    """Patterns that only a router can read are passed by."""
    patterns = ["/<slug:x>", "/broken/<", "/lobby", "/rooms/<int:n>", "/rooms/<int:m>"]
    assert match_declared(name, patterns) == found


@every_config
def test_a_connect_that_was_not_claimed_reaches_no_object(config: ServerConfig) -> None:
    """A class that was registered while its client connects serves the next one."""
    site = config.app()
    lobby = Lobby()

    class Late(Lobby, namespace="/late"):
        """Registered by the connect of a client."""

    def register() -> None:
        site.socketio.on_namespace(Late())
        del site.socketio.server.handlers["/late"]

    site.socketio.on_namespace(lobby)
    site.socketio.on("connect", namespace="/late")(register)
    first, second = PacketClient(site), PacketClient(site)
    first.join("/late")
    refused = first.call("/late", "say", "a")
    assert refused["error"]["code"] == "not_connected"
    second.join("/late")
    assert second.call("/late", "say", "a") == "a"
    for client in (first, second):
        client.join("/lobby")
        assert client.call("/lobby", "say", "b") == "b"
        client.close()
    assert left_behind(site) == {}


def test_an_object_keeps_its_clients_when_another_one_comes_beside_it() -> None:
    """Each object has a registry of its own on the one client manager."""
    site = served(Lobby("/a"), Lobby("/b"))
    client = PacketClient(site)
    for name in ("/a", "/b"):
        client.join(name)
    manager: Any = site.socketio.server.manager
    assert len(manager.registries) == 2
    assert [len(one.objects) for one in manager.registries] == [1, 1]
    client.close()
    assert left_behind(site) == {}


@every_config
def test_a_connect_that_an_override_passes_on_twice_is_dispatched_once(
    config: ServerConfig,
) -> None:
    """It was claimed once; its client is in, and leaves nothing."""
    seen: list[str] = []

    class Twice(Lobby, namespace="/twice"):
        """It repeats what it passes on."""

        def trigger_event(self, event: str, *args: Any) -> Any:
            if event == "connect":
                super().trigger_event(event, *args)
            return super().trigger_event(event, *args)

        @on("connect")
        def enter(self) -> None:
            seen.append(self.sid)

    site = config.app()
    site.socketio.on_namespace(Twice())
    client = PacketClient(site)
    sid = client.join("/twice")
    assert seen == [sid]
    assert client.call("/twice", "say", "a") == "a"
    client.close()
    assert left_behind(site) == {}
