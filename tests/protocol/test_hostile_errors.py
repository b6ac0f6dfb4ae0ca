"""An error is heard of where it happened, and the client is told nothing of it."""

from __future__ import annotations

import json

import pytest

from nsroute import RoutedNamespace, on
from tests.support.packet_client import PacketClient
from tests.support.server_configs import DEFAULT_CONFIG, SERVER_CONFIGS, ServerConfig
from tests.support.sites import left_behind

pytestmark = pytest.mark.usefixtures("quiet")
every_config = pytest.mark.parametrize("config", SERVER_CONFIGS, ids=str)


@every_config
def test_the_handlers_of_two_names_do_not_hear_each_others_errors(
    config: ServerConfig,
) -> None:
    """`on_error` of one concrete name is that one's; a pattern is none."""
    heard: list[str] = []

    class Falling(RoutedNamespace, namespace="/falling/<int:number>"):
        @on("fall")
        def fall(self) -> None:
            raise ValueError("fell")

    site = config.site(Falling)
    site.socketio.on_error("/falling/<int:number>")(lambda _: heard.append("pattern"))
    site.socketio.on_error("/falling/1")(lambda _: "caught")
    client = PacketClient(site)
    client.join("/falling/1")
    client.join("/falling/2")
    assert client.call("/falling/1", "fall") == "caught"
    other = client.call("/falling/2", "fall")
    if config.error_default:
        assert other == "default: fell"
    else:
        assert other["error"] == {"code": "internal_error", "message": "internal error"}
    assert heard == []
    client.close()
    assert left_behind(site) == {}


def test_what_a_client_is_told_of_an_error_holds_nothing_of_it() -> None:
    """No text of the exception, no name of a file."""

    class Leaky(RoutedNamespace, namespace="/leaky/<int:number>"):
        @on("leak")
        def leak(self) -> None:
            raise ValueError("the password is secret")

    site = DEFAULT_CONFIG.site(Leaky)
    client = PacketClient(site)
    client.join("/leaky/1")
    answer = json.dumps(client.call("/leaky/1", "leak"))
    assert "secret" not in answer
    assert ".py" not in answer
    client.close()
