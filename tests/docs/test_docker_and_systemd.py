"""The page on Docker and systemd: what both start serves, and is given time to end."""

from __future__ import annotations

import configparser
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import distributions
from pathlib import Path

import pytest
import requests
import yaml

from tests.docs.test_readme import blocks
from tests.support import requirements
from tests.support.clients import PythonPeer
from tests.support.servers import ROOT

PAGE = ROOT / "docs" / "how-to" / "docker-and-systemd.md"
[DOCKERFILE] = blocks(PAGE, "dockerfile")
[UNIT] = blocks(PAGE, "ini")
REQUIREMENTS = "requirements.txt"
GRACE = 30
"""Seconds: gunicorn's own, which both have to outlast."""


def _started() -> tuple[list[str], list[str]]:
    """Return the commands of the container and of the unit."""
    [container] = re.findall(r"^CMD (.+)$", DOCKERFILE, re.MULTILINE)
    unit = configparser.ConfigParser(interpolation=None)
    unit.read_string(UNIT)
    return json.loads(container), shlex.split(unit["Service"]["ExecStart"])


def test_the_unit_starts_what_the_container_starts() -> None:
    """But for the path and the address."""
    container, unit = _started()
    assert container[0] == Path(unit[0]).name == "gunicorn"
    assert container[1] == unit[1] == "--bind"
    assert container[3:] == unit[3:]


def test_the_image_installs_what_the_application_and_its_command_need() -> None:
    """Each name is one that the project is tested with; `redis` is for `QUEUE`."""
    [names] = blocks(PAGE, "text")
    assert f"COPY {REQUIREMENTS} ." in DOCKERFILE
    assert f"-r {REQUIREMENTS}\n" in DOCKERFILE
    program = _started()[0][0]
    assert names.splitlines() == ["nsroute", "simple-websocket", program, "redis"]
    assert all(any(distributions(name=name)) for name in names.splitlines())


def test_the_units_that_are_started_are_instances_of_the_template() -> None:
    """One for each port that the page on deployment has behind nginx."""
    [command] = blocks(PAGE, "sh")
    [template] = re.findall(r"`/etc/systemd/system/(\S+)@\.service`", PAGE.read_text())
    program, action, now, *units = shlex.split(command)
    assert (program, action, now) == ("systemctl", "enable", "--now")
    [site] = blocks(PAGE.parent / "deploying.md", "nginx")
    ports = re.findall(r"server 127\.0\.0\.1:(\d+);", site)
    assert units == [f"{template}@{port}" for port in ports]
    assert "--bind 127.0.0.1:%i" in UNIT


def test_both_wait_longer_than_gunicorn() -> None:
    """Ten seconds, Docker's own, would be too short."""
    [compose] = blocks(PAGE, "yaml")
    chat = yaml.safe_load(compose)["services"]["chat"]
    seconds = int(chat["stop_grace_period"].removesuffix("s"))
    unit = configparser.ConfigParser(interpolation=None)
    unit.read_string(UNIT)
    assert seconds == unit.getint("Service", "TimeoutStopSec") > GRACE


@contextmanager
def _serving(folder: Path) -> Iterator[str]:
    """Run the container's command on a free port; give the server's address."""
    requirements.gunicorn()
    (folder / "chat.py").write_text("".join(blocks(PAGE, "python")))
    program, bind, _, *words = _started()[0]
    path = os.pathsep.join([str(ROOT), str(folder)])
    with subprocess.Popen(
        [sys.executable, "-m", program, bind, "127.0.0.1:0", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        try:
            lines = (re.search(r"Listening at: (\S+)", line) for line in process.stderr)
            yield next(line[1] for line in lines if line)
        finally:
            process.terminate()
            process.stderr.read()


@pytest.mark.sockets
def test_the_command_serves_clients_and_tells_its_health(tmp_path: Path) -> None:
    """Under the address that the health check asks."""
    with _serving(tmp_path) as url:
        ann = PythonPeer(url, "websocket", ["/rooms/1"])
        assert ann.join(["/rooms/1"]) == []
        assert ann.call("/rooms/1", "say", "hello") == []
        [asked] = re.findall(r"8000(/\w+)", DOCKERFILE)
        assert requests.get(f"{url}{asked}", timeout=20).json() == {"clients": 1}
        ann.close()
