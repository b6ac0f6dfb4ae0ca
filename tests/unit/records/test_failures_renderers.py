"""Exceptions that quote a client are written by every renderer, and are safe there."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from structlog.processors import ExceptionRenderer, JSONRenderer
from structlog.tracebacks import ExceptionDictTransformer

from nsroute import RoutedNamespace, on
from tests.support import requirements
from tests.support.packet_client import PacketClient
from tests.support.server_configs import DEFAULT_CONFIG

HOSTILE = {
    "surrogate": "half \ud800",
    "newline": "one\n[info] forged",
    "escape": "\x1b]0;owned\x07",
    "bidirectional": "\u202egnp.exe",
    "megabyte": "x" * 10**6,
}


class Vault(RoutedNamespace, namespace="/vault"):
    @on("find")
    def find(self, text: str) -> None:
        try:
            self.look_up(text)
        except LookupError as error:
            error.add_note(f"looked for {text}")
            raise ValueError(f"no {text}") from error

    def look_up(self, text: str) -> None:
        raise LookupError(text)


Configure = Callable[[Any], None]


def as_json(*processors: Any) -> Configure:
    return lambda file: structlog.configure(
        processors=[*processors, JSONRenderer()],
        logger_factory=structlog.WriteLoggerFactory(file),
    )


def on_a_console(formatter: Any) -> Configure:
    console = structlog.dev.ConsoleRenderer(
        colors=False, exception_formatter=formatter, sort_keys=False
    )
    return lambda file: structlog.configure(
        processors=[console], logger_factory=structlog.WriteLoggerFactory(file)
    )


def through_logging(file: Any) -> None:
    structlog.configure(
        processors=[structlog.stdlib.render_to_log_kwargs],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    logging.getLogger("nsroute").addHandler(logging.StreamHandler(file))


structured = ExceptionRenderer(ExceptionDictTransformer(show_locals=False))
RENDERERS: dict[str, Configure] = {
    "format_exc_info": as_json(structlog.processors.format_exc_info),
    "dict_tracebacks": as_json(structured),
    "plain": on_a_console(structlog.dev.plain_traceback),
    "default": on_a_console(structlog.dev.default_exception_formatter),
    "logging": through_logging,
}
if hasattr(structlog.dev, "RichTracebackFormatter"):  # since structlog 23.2
    rich = structlog.dev.RichTracebackFormatter(show_locals=False)
    RENDERERS["rich"] = on_a_console(rich)


@pytest.fixture
def vault() -> Iterator[PacketClient]:
    """A client of `Vault`; logging is put back as it was."""
    before, logger = structlog.get_config(), logging.getLogger("nsroute")
    site = DEFAULT_CONFIG.site(Vault)
    site.app.config["PROPAGATE_EXCEPTIONS"] = False
    client = PacketClient(site)
    with structlog.testing.capture_logs():
        client.join("/vault")
    yield client
    structlog.configure(**before)
    logger.handlers.clear()


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("configure", RENDERERS.values(), ids=RENDERERS)
def test_no_renderer_loses_a_record_or_shows_what_a_client_made_up(
    vault: PacketClient, configure: Configure, text: str
) -> None:
    """Whatever an exception quotes, its record is written, escaped and short."""
    if configure is RENDERERS.get("rich"):
        requirements.rich()
    file = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="\n")
    configure(file)
    vault.call("/vault", "find", text)
    file.seek(0)
    written = file.read()
    assert "ValueError" in written
    assert "LookupError" in written
    assert "look_up" in written
    assert not re.search("\x1b\\]|\u202e|^\\[info", written, re.MULTILINE)
    assert len(written) < 30_000


def test_an_exception_with_safe_texts_is_recorded_itself(vault: PacketClient) -> None:
    """What needs no change keeps its class and its identity, chain and all."""
    with structlog.testing.capture_logs() as captured:
        vault.call("/vault", "find", "gold")
    kind, error, _ = captured[0]["exc_info"]
    assert (kind, type(error), type(error.__cause__)) == (
        ValueError,
        ValueError,
        LookupError,
    )
