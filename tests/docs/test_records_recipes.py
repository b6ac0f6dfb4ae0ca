"""The recipes of `docs/how-to/logging.md` write what they promise."""

from __future__ import annotations

import io
import json
import logging
import logging.config
import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import structlog

from nsroute import RoutedNamespace, on
from nsroute.records.console import LEFT_OUT
from tests.support.packet_client import PacketClient
from tests.support.server_configs import DEFAULT_CONFIG
from tests.support.servers import ROOT

PAGE = (ROOT / "docs" / "how-to" / "logging.md").read_text()


class Room(RoutedNamespace, namespace="/rooms/<int:room_id>"):
    @on("say")
    def say(self, text: str) -> str:
        return text

    @on("fail")
    def fail(self) -> None:
        raise LookupError("lost")


@pytest.fixture
def recipes() -> Iterator[Any]:
    """Yield what the page defines; put all logging back as it was."""
    before, root = structlog.get_config(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers.clear()
    namespace: dict[str, Any] = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        exec(block, namespace)
    yield SimpleNamespace(**namespace)
    structlog.configure(**before)
    root.handlers[:] = handlers
    root.setLevel(level)


def live() -> None:
    """Join, say something, fail, leave."""
    site = DEFAULT_CONFIG.site(Room)
    site.app.config["PROPAGATE_EXCEPTIONS"] = False
    client = PacketClient(site)
    client.join("/rooms/7")
    client.call("/rooms/7", "say", "hello")
    client.call("/rooms/7", "fail")
    client.close()


STORY = [
    ("nsroute.connect", "connect", "info"),
    ("nsroute.event", "say", "info"),
    ("nsroute.event", "fail", "error"),
    ("nsroute.disconnect", "disconnect", "info"),
]


def story(lines: str) -> list[tuple[str, str, str]]:
    """Return the dispatches of JSON lines."""
    records = map(json.loads, lines.splitlines())
    return [
        (r["event"], r["sio_event"], r["level"]) for r in records if "sio_event" in r
    ]


def test_the_console_reads_like_a_sentence(
    recipes: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each dispatch is one line: where, what, by whom, and how it ended."""
    recipes.log_to_console()
    live()
    plain = re.sub(r"\x1b\[\d+m", "", capsys.readouterr().out)
    lines = re.findall(r"\[(\w+) *\] (nsroute\.\w+) .* sio_event=(\w+)", plain)
    assert [(event, name, level) for level, event, name in lines] == STORY
    assert re.search(
        r"\[info +\] nsroute\.event +namespace=/rooms/7 sio_event=say target=Room\.say "
        r"outcome=ok duration_ms=[\d.]+( queued_ms=[\d.]+)? sid=\S+\n",
        plain,
    )
    assert "arg_count=0 sid=" in plain, "of what failed all is shown"
    assert "LookupError: lost" in plain


def test_the_line_that_the_page_shows_is_one_of_the_reference() -> None:
    """The reference's lines are held to what the console shows."""
    [line] = re.findall(r"```text\n(.*)\n```", PAGE)
    assert line in (ROOT / "docs" / "reference" / "records.md").read_text().splitlines()


def test_the_recipe_leaves_out_what_the_default_does(recipes: Any) -> None:
    """Whoever configures structlog by the page has the same lines as before."""
    record = {"outcome": "ok", "namespace": "/rooms/7", **dict.fromkeys(LEFT_OUT)}
    assert recipes.shorten(None, "info", record) == {
        "outcome": "ok",
        "namespace": "/rooms/7",
    }
    failed = {"outcome": "error", **dict.fromkeys(LEFT_OUT)}
    assert recipes.shorten(None, "error", dict(failed)) == failed


def test_json_is_one_object_on_each_line(recipes: Any) -> None:
    """Each record is a line of JSON, the traceback inside of it."""
    file = io.BytesIO()
    recipes.log_as_json(file)
    live()
    lines = file.getvalue().decode()
    assert story(lines) == STORY
    failed = json.loads(lines.splitlines()[-2])
    assert failed["exception"].endswith("LookupError: lost")
    assert failed["params"] == {"room_id": 7}


def test_structured_tracebacks_hold_no_local_variables(recipes: Any) -> None:
    """What a handler was given, passwords among it, is in no frame of a traceback."""
    file = io.StringIO()
    structlog.configure(
        processors=[
            recipes.structured_tracebacks,
            structlog.processors.JSONRenderer(default=str),
        ],
        logger_factory=structlog.WriteLoggerFactory(file),
    )

    class Vault(RoutedNamespace, namespace="/vault"):
        @on("open")
        def open(self, password: str) -> None:
            raise LookupError("lost")

    site = DEFAULT_CONFIG.site(Vault)
    site.app.config["PROPAGATE_EXCEPTIONS"] = False
    client = PacketClient(site)
    client.join("/vault")
    client.call("/vault", "open", "hunter2")
    assert "hunter2" not in file.getvalue()
    [trace] = json.loads(file.getvalue().splitlines()[-1])["exception"]
    assert (trace["exc_type"], trace["exc_value"]) == ("LookupError", "lost")
    assert trace["frames"][-1]["name"] == "open"


def test_the_page_advises_no_processor_that_shows_local_variables() -> None:
    """`dict_tracebacks` is on the page as what not to use, and in no recipe."""
    assert "Do not\nuse `structlog.processors.dict_tracebacks`" in PAGE
    code = "".join(re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL))
    assert "dict_tracebacks" not in code


def test_other_objects_in_json_are_told_by_their_text(recipes: Any) -> None:
    """The recipe also writes what the application logs about, whatever that is."""
    file = io.BytesIO()
    recipes.log_as_json(file)
    structlog.get_logger().info("odd", thing=ValueError("x"))
    assert json.loads(file.getvalue())["thing"] == "x"


def test_records_go_through_logging(recipes: Any) -> None:
    """Records and the lines of other loggers have one format and one way."""
    stream = io.StringIO()
    recipes.log_through_logging(stream)
    live()
    logging.getLogger("other").info("beside")
    lines = stream.getvalue().splitlines()
    assert len([line for line in lines if "sio_event=" in line]) == len(STORY)
    assert "[nsroute]" in lines[1]
    assert "[other]" in lines[-1]
    assert "beside" in lines[-1]


def test_the_level_of_logging_leaves_out_what_went_well(recipes: Any) -> None:
    """`logging.getLogger("nsroute").setLevel(…)` holds for the records."""
    stream = io.StringIO()
    recipes.log_through_logging(stream)
    logger = logging.getLogger("nsroute")
    logger.setLevel("WARNING")
    try:
        live()
    finally:
        logger.setLevel(logging.NOTSET)
    assert re.findall(r"sio_event=(\w+)", stream.getvalue()) == ["fail"]


def test_fields_become_attributes_of_log_records(
    recipes: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """With `render_to_log_kwargs` a formatter finds the fields on the log record."""
    recipes.log_into_logging()
    logging.getLogger().addHandler(caplog.handler)
    with caplog.at_level("INFO", "nsroute"):
        live()
    told = [vars(r) for r in caplog.records if hasattr(r, "sio_event")]
    assert [(r["msg"], r["sio_event"], r["levelname"].lower()) for r in told] == STORY
    assert told[2]["exc_info"][0] is LookupError


def test_gunicorns_lines_and_the_records_are_one_stream(
    recipes: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """The configuration file makes JSON of gunicorn's own loggers and of records."""
    logging.config.dictConfig(recipes.logconfig_dict)
    recipes.post_fork(None, None)
    logging.getLogger("gunicorn.access").info('127.0.0.1 "GET /socket.io/"')
    live()
    lines = capsys.readouterr().out
    first = json.loads(lines.splitlines()[0])
    assert (first["logger"], first["event"]) == (
        "gunicorn.access",
        '127.0.0.1 "GET /socket.io/"',
    )
    assert story(lines) == STORY


def test_records_can_be_captured_in_tests(recipes: Any) -> None:
    """The helper for tests gives the records as dicts."""
    records = recipes.records_of(live)
    told = [(r["event"], r["sio_event"]) for r in records if "sio_event" in r]
    assert told == [(event, name) for event, name, _ in STORY]
