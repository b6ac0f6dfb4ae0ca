"""A name that no route matches is refused, and the refusal tells nothing."""

from __future__ import annotations

import pytest

from nsroute import RoutedNamespace
from tests.support.dispatch_recorder import DispatchRecorder
from tests.support.packet_client import PacketClient
from tests.support.server_configs import DEFAULT_CONFIG, SERVER_CONFIGS, ServerConfig
from tests.support.sites import left_behind

pytestmark = pytest.mark.usefixtures("quiet")
every_config = pytest.mark.parametrize("config", SERVER_CONFIGS, ids=str)


class Door(RoutedNamespace, namespace="/doors/<int:number>"):
    """It lets everybody in."""


@every_config
@pytest.mark.parametrize("name", ["/nowhere", "/doors/01", "/doors/1/", "/doors/x"])
def test_an_unrouted_name_is_refused_and_leaves_nothing(
    config: ServerConfig, name: str
) -> None:
    """The refusal is the same for each name that no route matches."""
    site = config.site(Door)
    recorder, client = DispatchRecorder(site), PacketClient(site)
    told = {"message": "Invalid namespace"}
    if config.always_connect:
        told = "Unable to connect"
    assert client.refusal(name) == told
    assert recorder.shown() == [("connect", "connect", "unrouted", None)]
    assert left_behind(site) == {"environ": 1}
    client.close()
    assert recorder.shown() == []
    assert left_behind(site) == {}


def test_a_refusal_does_not_tell_names_that_exist_from_names_that_do_not() -> None:
    """Nobody learns from refusals which names are routed and which live."""
    site = DEFAULT_CONFIG.site(Door)
    first, second = PacketClient(site), PacketClient(site)
    first.join("/doors/1")
    refusals = {
        str(second.refusal(name))
        for name in ("/doors/001", "/doors/one", "/doors", "/windows/1")
    }
    assert refusals == {"{'message': 'Invalid namespace'}"}
