"""The lines on a console where nobody has configured structlog."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import structlog

from nsroute import RoutedNamespace, on
from nsroute.records.console import console_logger
from tests.support.packet_client import PacketClient
from tests.support.server_configs import DEFAULT_CONFIG

LONGEST = 160
"""Characters of the line of an ordinary dispatch: one that did not have to wait."""


class Room(RoutedNamespace, namespace="/rooms/<int:room_id>"):
    @on("message")
    def message(self, text: str) -> str:
        return text


@pytest.fixture
def unconfigured() -> Iterator[None]:
    """Let structlog be as it is before anybody configures it."""
    before = structlog.get_config()
    structlog.reset_defaults()
    console_logger.cache_clear()
    yield
    structlog.configure(**before)
    console_logger.cache_clear()


def live() -> None:
    """Join, say something, fail at it, leave."""
    client = PacketClient(DEFAULT_CONFIG.site(Room))
    client.join("/rooms/42")
    client.call("/rooms/42", "message", "hello")
    client.call("/rooms/42", "message", 7)
    client.close()


@pytest.mark.usefixtures("unconfigured")
def test_an_ordinary_dispatch_is_a_short_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """When, what, where, who handled it, how it ended, how long it took, by whom."""
    live()
    lines = capsys.readouterr().out.splitlines()
    for line, (kind, event, target) in zip(
        [lines[0], lines[1], lines[3]],
        [
            ("connect   ", "connect", "Room"),
            ("event     ", "message", "Room.message"),
            ("disconnect", "disconnect", "Room"),
        ],
        strict=True,
    ):
        assert len(re.sub(r" queued_ms=\S+", "", line)) < LONGEST
        assert re.fullmatch(
            rf"\d\d:\d\d:\d\d \[info +\] nsroute\.{kind} namespace=/rooms/42 "
            rf"sio_event={event} target={target} outcome=ok duration_ms=[\d.]+ "
            r"(queued_ms=[\d.]+ )?sid=\S+",
            line,
        )


@pytest.mark.usefixtures("unconfigured")
def test_a_line_of_what_went_wrong_has_all_fields(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Whoever looks for the reason is spared nothing."""
    live()
    line = capsys.readouterr().out.splitlines()[2]
    names = re.findall(r" (\w+)=", line)
    assert [name for name in names if name != "queued_ms"] == [
        *("namespace", "sio_event", "target", "outcome", "code", "error"),
        *("duration_ms", "arg_count", "sid", "pattern", "params"),
    ]


@pytest.mark.usefixtures("unconfigured")
@pytest.mark.parametrize("colors", [False, True])
def test_lines_have_colours_where_those_of_structlog_do(
    capsys: pytest.CaptureFixture[str], colors: bool
) -> None:
    """The renderer of structlog's default knows the terminal."""
    processors = structlog.get_config()["processors"]
    processors[-1] = structlog.dev.ConsoleRenderer(colors=colors)
    live()
    assert ("\x1b" in capsys.readouterr().out) is colors


@pytest.mark.usefixtures("unconfigured")
def test_what_is_configured_gets_the_whole_record(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Once structlog is configured, its processors get all fields in their order."""
    live()
    capsys.readouterr()
    structlog.configure(processors=[structlog.processors.KeyValueRenderer()])
    live()
    said = capsys.readouterr().out.splitlines()[1]
    assert said.startswith("namespace='/rooms/42' sio_event='message'")
    assert said.endswith("params={'room_id': 42} event='nsroute.event'")
    assert "arg_count=1" in said
