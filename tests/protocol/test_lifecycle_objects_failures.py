"""Live objects that fail to be made, to open, to welcome or to close harm no other."""

from __future__ import annotations

import pytest

from nsroute import EventError
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


FAILURES = [RuntimeError("boom"), TypeError("boom"), EventError("boom"), SystemExit(1)]
failing = pytest.mark.parametrize(
    "failure", FAILURES, ids=lambda one: type(one).__name__
)


@every_config
@failing
@pytest.mark.parametrize("step", ["made", "opened"])
def test_an_object_that_cannot_be_made_or_opened_refuses_its_client(
    config: ServerConfig, step: str, failure: BaseException
) -> None:
    """Nothing is left of it, nothing is closed, and the next client gets a new one."""
    site = config.site(Hall)
    recorder, client = DispatchRecorder(site), PacketClient(site)
    Hall.fails = {step: failure}
    told = client.refusal("/halls/1")
    if isinstance(failure, EventError):
        assert told == {"message": "", "data": {"code": "boom"}}
    else:
        assert told == INTERNAL
    assert Hall.event_log == ["made", "opened"][: 1 + (step == "opened")]
    assert dict(site.router.live) == {}
    assert left_behind(site) == {"environ": 1}
    assert len(recorder.take()) == 1
    client.join("/halls/1")
    client.close()
    assert left_behind(site) == {}


@every_config
@failing
def test_an_error_in_accepted_is_recorded_and_the_client_stays(
    config: ServerConfig, failure: BaseException
) -> None:
    """It was told that it is in; the record of its connect says what failed."""
    site = config.site(Hall)
    recorder, client = DispatchRecorder(site), PacketClient(site)
    Hall.fails = {"accepted": failure}
    client.join("/halls/1")
    assert isinstance(client.call("/halls/1", "where"), int)
    connect, _event = recorder.take()
    assert connect.kind == "connect"
    assert connect.outcome != "ok"
    assert connect.error is failure
    client.close()
    assert left_behind(site) == {}


@every_config
@failing
def test_an_error_in_closed_is_recorded_and_goes_no_further(
    config: ServerConfig, failure: BaseException
) -> None:
    """The object is gone, and the connection's other namespaces are left as usual."""
    site = config.site(Hall)
    recorder, client = DispatchRecorder(site), PacketClient(site)
    for number in range(3):
        client.join(f"/halls/{number}")
    recorder.take()
    Hall.fails = {"closed": failure}
    client.close()
    assert Hall.event_log.count("closed") == 3
    outcomes = [d.outcome for d in recorder.take()]
    assert outcomes[0] != "ok"
    assert outcomes[1:] == ["ok", "ok"]
    assert left_behind(site) == {}


@every_config
@failing
def test_a_refused_client_is_told_why_although_closing_fails(
    config: ServerConfig, failure: BaseException
) -> None:
    """The only client is refused, so the object it opened is closed again."""
    site = config.site(Hall)
    client = PacketClient(site)
    Hall.fails = {"closed": failure}
    assert client.refusal("/halls/1", "refuse") == {
        "message": "Connection rejected by server"
    }
    assert Hall.event_log == ["made", "opened", "connect", "closed"]
    assert left_behind(site) == {"environ": 1}
    client.close()
