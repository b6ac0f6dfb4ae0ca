"""Dispatches go on where a receiver or the logger raises what they should not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from nsroute import Dispatch, MetaRouter, dispatched
from tests.support.dispatch_recorder import DispatchRecorder
from tests.support.every_path import make, tell_everything
from tests.support.packet_client import PacketClient
from tests.support.server_configs import DEFAULT_CONFIG, ServerConfig
from tests.support.sites import left_behind

Records = list[Any]


@pytest.fixture
def records() -> Iterator[Records]:
    """Capture what is logged."""
    with capture_logs() as captured:
        yield captured


class TimeoutInDisguise(BaseException):
    """As gevent's `Timeout` is one."""


def drop(*_: object) -> Any:
    """Be a processor that drops everything."""
    raise structlog.DropEvent


def test_a_receiver_that_raises_breaks_no_dispatch(records: Records) -> None:
    """What a receiver raises is recorded once; dispatches go on as if it were none."""
    site = make(DEFAULT_CONFIG)

    def broken(_router: MetaRouter, dispatch: Dispatch) -> None:
        raise RuntimeError(f"cannot bear {dispatch.event}")

    with dispatched.connected_to(broken, sender=site.router):
        sent = tell_everything(PacketClient(site))
    assert len([r for r in records if "outcome" in r]) == sent
    [report] = [r for r in records if r["event"] == "nsroute.receiver"]
    assert report["receiver"].endswith("no_dispatch.<locals>.broken")
    assert report["log_level"] == "error"
    assert str(report["exc_info"]) == "cannot bear connect"


def test_a_logger_that_raises_breaks_no_dispatch(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """What a logger raises is said once by `logging`; dispatches go on."""

    class DiskFull(OSError):
        """As of a log file."""

    def full(_logger: object, _method: str, _fields: object) -> str:
        raise DiskFull("no space left")

    site = make(DEFAULT_CONFIG)
    recorder = DispatchRecorder(site)
    before = structlog.get_config()
    structlog.configure(processors=[full])
    try:
        sent = tell_everything(PacketClient(site))
    finally:
        structlog.configure(**before)
    assert len(recorder.take()) == sent
    [said] = [r for r in caplog.records if r.name == "nsroute"]
    assert said.getMessage() == "A record was lost, and more may be."
    assert isinstance((said.exc_info or (None, None))[1], DiskFull)


@pytest.mark.parametrize("kind", [SystemExit, GeneratorExit, TimeoutInDisguise])
def test_not_even_what_ends_a_thread_breaks_a_dispatch(
    records: Records, kind: type[BaseException]
) -> None:
    """A receiver may raise what is no `Exception`: nobody is left half connected."""
    site = make(DEFAULT_CONFIG)

    def broken(_router: MetaRouter, dispatch: Dispatch) -> None:
        raise kind

    with dispatched.connected_to(broken, sender=site.router):
        sent = tell_everything(PacketClient(site))
    assert len([r for r in records if "outcome" in r]) == sent
    assert left_behind(site) == {}


@pytest.mark.parametrize("of", ["logger", "receiver"])
def test_an_interrupt_goes_through(of: str) -> None:
    """Ctrl-C while a record is written or a signal sent ends the program, as ever."""

    def interrupted(*_: object, **__: object) -> Any:
        raise KeyboardInterrupt

    site = make(ServerConfig(async_handlers=False))
    client = PacketClient(site)
    with capture_logs():
        client.join("/rooms/fine")
    sid, before = client.sids["/rooms/fine"], structlog.get_config()
    structlog.configure(processors=[interrupted if of == "logger" else drop])
    try:
        with (
            dispatched.connected_to(interrupted, sender=site.router),
            pytest.raises(KeyboardInterrupt),
        ):
            site.router.trigger_event("say", "/rooms/fine", sid, "hello")
    finally:
        structlog.configure(**before)
