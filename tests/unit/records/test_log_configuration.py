"""structlog's configuration is followed without copying it for each record."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from nsroute.upstream import log_configuration


@pytest.fixture(autouse=True)
def configured() -> Iterator[None]:
    """Give structlog back as it was."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


def expected() -> tuple[Any, ...]:
    """Ask by the public way."""
    public = structlog.get_config()
    names = ("processors", "wrapper_class", "logger_factory", "context_class")
    return tuple(public[name] for name in names)


def agrees() -> bool:
    """Say whether both ways lead to the same objects."""
    pairs = zip(log_configuration.configuration(), expected(), strict=True)
    return all(ours is theirs for ours, theirs in pairs)


def test_the_private_state_is_the_public_configuration() -> None:
    """What is read of structlog's own state is what it tells everybody."""
    assert agrees()
    structlog.configure(processors=[], wrapper_class=structlog.BoundLogger)
    assert agrees()


def test_another_structlog_is_asked_by_the_public_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where the private state is not as expected, the public function is asked."""
    config: Any = importlib.import_module("structlog._config")
    with monkeypatch.context() as patch:
        patch.setattr(structlog, "_config", None)
        importlib.reload(log_configuration)
        assert agrees()
    importlib.reload(log_configuration)
    assert structlog.__dict__["_config"] is config
