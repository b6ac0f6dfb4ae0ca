"""Records go where structlog is configured to send them by now."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from structlog.contextvars import merge_contextvars
from structlog.processors import JSONRenderer
from structlog.stdlib import add_logger_name, filter_by_level
from structlog.testing import CapturingLoggerFactory, capture_logs

from nsroute import Dispatch, RoutedNamespace, on
from nsroute.records import nearest_recorder
from tests.support.packet_client import PacketClient
from tests.support.server_configs import DEFAULT_CONFIG


class Room(RoutedNamespace, namespace="/rooms/<int:room_id>"):
    @on("say")
    def say(self, text: str) -> str:
        return text


@pytest.fixture(autouse=True)
def _configuration() -> Iterator[None]:
    """Put structlog back as it was."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


@pytest.fixture
def client() -> PacketClient:
    """A client in a room whose join was not captured."""
    with capture_logs():
        client = PacketClient(DEFAULT_CONFIG.site(Room))
        client.join("/rooms/1")
    return client


def say(client: PacketClient) -> None:
    client.call("/rooms/1", "say", "hello")


def to_json(file: io.StringIO, **options: Any) -> None:
    structlog.configure(
        processors=[JSONRenderer()],
        logger_factory=structlog.WriteLoggerFactory(file),
        **options,
    )


def test_a_later_configuration_is_followed(client: PacketClient) -> None:
    """What `structlog.configure` says after records were written holds for the next."""
    first, second = io.StringIO(), io.StringIO()
    for file in first, second:
        to_json(file, cache_logger_on_first_use=True)
        say(client)
    assert json.loads(first.getvalue())["sio_event"] == "say"
    assert json.loads(second.getvalue())["sio_event"] == "say"


def test_the_same_processors_in_another_list_are_followed_too(
    client: PacketClient,
) -> None:
    """`capture_logs` works on a configuration that equals the one before."""
    file = io.StringIO()
    for _ in range(2):
        to_json(file)
        say(client)
        with capture_logs() as captured:
            say(client)
        assert [r["sio_event"] for r in captured] == ["say"]
    assert len(file.getvalue().splitlines()) == 2


def test_standard_output_may_be_replaced(
    client: PacketClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Records are printed on what `sys.stdout` is at that moment."""
    structlog.configure(
        processors=[lambda *record: JSONRenderer()(*record).encode()],
        logger_factory=structlog.BytesLoggerFactory(),
    )
    for _ in range(2):
        file = io.TextIOWrapper(io.BytesIO(), write_through=True)
        monkeypatch.setattr(sys, "stdout", file)
        say(client)
        file.seek(0)
        assert json.loads(file.read())["sio_event"] == "say"


def test_a_factory_of_ones_own_is_asked_for_each_record(client: PacketClient) -> None:
    """What such a factory returns may differ from record to record."""
    files: list[io.StringIO] = []

    def factory(*_: Any) -> Any:
        files.append(io.StringIO())
        return structlog.WriteLogger(files[-1])

    structlog.configure(processors=[JSONRenderer()], logger_factory=factory)
    say(client)
    say(client)
    assert len([f for f in files if f.getvalue()]) == 2


def test_a_logger_is_kept_where_the_app_wants_that(client: PacketClient) -> None:
    """By `cache_logger_on_first_use`, and as long as the configuration is the same."""
    made: list[io.StringIO] = []

    def factory(*_: Any) -> Any:
        made.append(io.StringIO())
        return structlog.WriteLogger(made[-1])

    for count in (1, 2):
        structlog.configure(
            processors=[JSONRenderer()],
            logger_factory=factory,
            cache_logger_on_first_use=True,
        )
        say(client)
        with capture_logs() as captured:
            say(client)
        assert [r["sio_event"] for r in captured] == ["say"]
        say(client)
        written = [len(file.getvalue().splitlines()) for file in made]
        assert sum(written) == 2 * count
        structlog.configure(logger_factory=CapturingLoggerFactory())
    assert len(made) == 2


def test_a_logger_that_takes_every_name_is_not_asked_for_a_level(
    client: PacketClient,
) -> None:
    """The generic `BoundLogger` would take the question for a record."""
    factory = CapturingLoggerFactory()
    structlog.configure(
        processors=[structlog.processors.KeyValueRenderer()],
        wrapper_class=structlog.BoundLogger,
        logger_factory=factory,
    )
    say(client)
    assert [call.method_name for call in factory.logger.calls] == ["info"]


@pytest.mark.parametrize("level, count", [("DEBUG", 1), ("INFO", 1), ("WARNING", 0)])
def test_a_record_below_the_level_is_not_filled_in(level: str, count: int) -> None:
    """A filtering logger is asked first: what it drops costs no more than that."""
    asked: list[str] = []

    class Slug:
        def __str__(self) -> str:
            asked.append(level)
            return "a-slug"

    file = io.StringIO()
    number = getattr(logging, level)
    filtering = structlog.make_filtering_bound_logger(number)
    to_json(file, wrapper_class=filtering)
    dispatch = Dispatch(
        kind="event",
        event="say",
        namespace="/rooms/1",
        pattern="/rooms/<slug:room>",
        params={"room": Slug()},
        sid="abc",
        args=(),
        target="Room.say",
        outcome="ok",
    )
    nearest_recorder(None).record(dispatch)
    assert len(file.getvalue().splitlines()) == count
    can_be_asked = hasattr(filtering, "is_enabled_for")  # since structlog 25.1
    assert len(asked) == (count if can_be_asked else 1)


def to_logging(*processors: Any) -> None:
    structlog.configure(
        processors=[*processors, structlog.stdlib.render_to_log_kwargs],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
    )


def test_the_levels_of_logging_hold_as_they_are_by_now(
    client: PacketClient, caplog: pytest.LogCaptureFixture
) -> None:
    """With structlog on top of `logging`, the logger `nsroute` has its level there."""
    to_logging()
    for level in logging.WARNING, logging.INFO, logging.WARNING, logging.DEBUG:
        with caplog.at_level(level, "nsroute"):
            say(client)
    found = [vars(r) for r in caplog.records if r.name == "nsroute"]
    assert [(r["msg"], r["sio_event"]) for r in found] == [("nsroute.event", "say")] * 2


@pytest.mark.parametrize("filters", [(), (filter_by_level,)])
def test_logs_are_captured_whatever_the_level_of_logging(
    client: PacketClient, caplog: pytest.LogCaptureFixture, filters: tuple[Any, ...]
) -> None:
    """`capture_logs` puts its own processor in place of all, and gets every record."""
    to_logging(*filters)
    with caplog.at_level(logging.WARNING):
        say(client)
        with capture_logs() as captured:
            say(client)
        say(client)
    assert [r["sio_event"] for r in captured] == ["say"]
    assert not [r for r in caplog.records if r.name == "nsroute"]


@pytest.mark.parametrize(
    "before, after, count",
    [
        ([], [], 1),
        ([], [filter_by_level], 1),
        ([filter_by_level], [], 0),
        ([merge_contextvars, add_logger_name, filter_by_level], [], 0),
    ],
)
def test_a_processor_sees_what_it_would_see_of_another_logger(
    client: PacketClient,
    caplog: pytest.LogCaptureFixture,
    before: list[Any],
    after: list[Any],
    count: int,
) -> None:
    """Below the level, records run through what stands before `filter_by_level`."""
    seen: list[str] = []

    def note(_logger: object, _method: str, fields: Any) -> Any:
        seen.append(fields["event"])
        return fields

    to_logging(*before, note, *after)
    with caplog.at_level(logging.WARNING):
        say(client)
        structlog.get_logger("nsroute").info("nsroute.event")
    assert seen == ["nsroute.event"] * 2 * count


def test_a_stdlib_wrapper_may_stand_on_another_logger(client: PacketClient) -> None:
    """A logger below that knows no levels is not asked for one."""
    file = io.StringIO()
    to_json(file, wrapper_class=structlog.stdlib.BoundLogger)
    say(client)
    assert json.loads(file.getvalue())["sio_event"] == "say"


def test_a_record_that_a_processor_drops_is_dropped(
    client: PacketClient, caplog: pytest.LogCaptureFixture
) -> None:
    """It is no failure, and nothing is written."""
    file = io.StringIO()
    to_json(file)

    def drop(*_: Any) -> Any:
        raise structlog.DropEvent

    structlog.configure(
        processors=[drop], logger_factory=structlog.WriteLoggerFactory(file)
    )
    say(client)
    assert file.getvalue() == ""
    assert not caplog.records
