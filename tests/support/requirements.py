"""What some tests need beside Python: skipped where it is missing, required in CI."""

from __future__ import annotations

import os
import shutil
from importlib.util import find_spec

import pytest

from tests.support.clients import JS


def node(package: str = "socket.io-client") -> None:
    """Need Node and a package of tests/support/js."""
    _need(shutil.which("node") is not None, "Node is not installed")
    installed = (JS / "node_modules" / package).is_dir()
    _need(installed, "run `npm ci --prefix tests/support/js` first")


def chromium() -> str:
    """Need Chromium; give its path."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    _need(path is not None, "Chromium is not installed")
    return str(path)


def redis() -> str:
    """Need a Redis server to start; give its path."""
    path = shutil.which("redis-server")
    _need(path is not None, "redis-server is not installed")
    return str(path)


def type_checkers() -> None:
    """Need mypy and pyright."""
    for name in ("mypy", "pyright"):
        _need(find_spec(name) is not None, f"{name} is not installed")


def gunicorn() -> None:
    """Need gunicorn to serve with."""
    _need(find_spec("gunicorn") is not None, "gunicorn is not installed")


def _need(there: bool, reason: str) -> None:
    if not there and os.environ.get("NSROUTE_REQUIRE_ALL"):
        pytest.fail(f"NSROUTE_REQUIRE_ALL is set, and {reason}")
    if not there:
        pytest.skip(reason)
