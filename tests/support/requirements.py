"""What some tests need beside Python: skipped where it is missing, required in CI."""

from __future__ import annotations

import os
import shutil
from importlib.metadata import distributions
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


def rabbitmq() -> str:
    """Need a RabbitMQ server to start, and Kombu to reach it; give its path."""
    there = any(distributions(name="kombu"))  # `find_spec` fails once it is imported
    _need(there, "kombu is not installed")
    # Debian's program in the PATH changes to a user of its own first.
    path = shutil.which("rabbitmq-server", path="/usr/lib/rabbitmq/bin")
    path = path or shutil.which("rabbitmq-server")
    _need(path is not None and shutil.which("epmd") is not None, "no rabbitmq-server")
    return str(path)


def nginx() -> str:
    """Need an nginx to start; give its path."""
    # Debian has it where only root's PATH leads to.
    path = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    _need(path is not None, "nginx is not installed")
    return str(path)


def type_checkers() -> None:
    """Need mypy and pyright."""
    for name in ("mypy", "pyright"):
        _need(find_spec(name) is not None, f"{name} is not installed")


def login_extensions() -> None:
    """Need the extensions of Flask by which users sign in."""
    for name in ("flask_httpauth", "flask_jwt_extended", "flask_login"):
        _need(find_spec(name) is not None, f"{name} is not installed")


def gunicorn() -> None:
    """Need gunicorn to serve with."""
    _need(find_spec("gunicorn") is not None, "gunicorn is not installed")


def sphinx() -> None:
    """Need what builds the documentation."""
    for name in ("furo", "myst_parser", "sphinx"):
        _need(find_spec(name) is not None, f"{name} is not installed")


def celery() -> None:
    """Need Celery for a worker."""
    _need(find_spec("celery") is not None, "Celery is not installed")


def rich() -> None:
    """Need the package that structlog shows tracebacks with where it is installed."""
    _need(find_spec("rich") is not None, "rich is not installed")


def _need(there: bool, reason: str) -> None:
    if not there and os.environ.get("NSROUTE_REQUIRE_ALL"):
        pytest.fail(f"NSROUTE_REQUIRE_ALL is set, and {reason}")
    if not there:
        pytest.skip(reason)
