"""Each command of README, docs and examples is run by a test, or there is a reason.

A new command fails here until a test runs it, or it is in the list of exceptions.
"""

from __future__ import annotations

import re
import shlex
import tomllib
from importlib.metadata import PackageNotFoundError, metadata

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import tests.docs.test_deploying as deploying
import tests.docs.test_examples_page as examples
import tests.docs.test_guides as guides
import tests.docs.test_troubleshooting as troubleshooting
import tests.docs.test_troubleshooting_answers as troubleshooting_answers
import tests.docs.test_tutorial as tutorial
import tests.docs.test_typescript_page as typescript
import tests.sockets.test_draining as draining
from tests.docs.test_blocks import PAGES
from tests.docs.test_readme import blocks
from tests.support.servers import ROOT


def _lines(*shown: str) -> set[str]:
    """Return the commands of blocks one by one."""
    return {
        command
        for block in shown
        for line in block.splitlines()
        for command in line.split(" && ")
    }


RUN = {
    "docs/how-to/asyncapi.md": _lines(*guides.ASYNCAPI),
    "docs/how-to/deploying.md": _lines(*deploying.COMMANDS, *deploying.SEVERAL),
    "docs/how-to/draining.md": _lines(*draining.SHOWN),
    "docs/how-to/examples.md": _lines(*examples.SERVED),
    "docs/how-to/troubleshooting.md": _lines(
        troubleshooting.COMMAND, troubleshooting_answers.COMMAND
    ),
    "docs/how-to/typescript.md": _lines(*typescript.COMMANDS),
    "docs/tutorial.md": _lines(
        tutorial.INSTALL, tutorial.RUN, tutorial.PYTHON, tutorial.COPY, tutorial.TEST
    ),
}
"""Page -> the commands that a test takes from it, and runs."""
TEST_LINE = (".ci/run", "line=$(grep -F \"pip install -e '.[test]'\" README.md)")
RUN_ELSEWHERE = {
    "python3 -m venv .venv": TEST_LINE,
    ". .venv/bin/activate": TEST_LINE,
    "pip install -e '.[test]'": TEST_LINE,
    "pytest --cov -n auto --dist worksteal": TEST_LINE,
    "pip install -U pip": (".ci/run", "install -q --upgrade pip\n"),
    "pip install -e '.[test]' --group dev": (".ci/run", "install -q --group dev\n"),
    "npm ci --prefix tests/support/js": (".ci/run", "npm ci --prefix tests/support/js"),
    "python -m tests.benchmarks": (
        "tests/benchmarks/test_benchmarks.py",
        "measured(tmp_path, quick=True)",
    ),
    "python examples/quickstart.py": (
        "tests/sockets/test_quickstart.py",
        '[sys.executable, "-W", "error", str(QUICKSTART)]',
    ),
    "python examples/quickstart.py --serve": (
        "tests/sockets/test_quickstart.py",
        'str(QUICKSTART), "--serve"',
    ),
    "python examples/whiteboard.py": (
        "tests/sockets/test_whiteboard_page.py",
        "[sys.executable, str(WHITEBOARD)",
    ),
    "python examples/game.py": (
        "tests/sockets/test_game.py",
        "[sys.executable, str(GAME)",
    ),
    "python examples/devices.py": (
        "tests/sockets/test_devices.py",
        "[sys.executable, str(DEVICES)",
    ),
    "python examples/devices.py --worker": (
        "tests/sockets/test_devices.py",
        '"--worker"',
    ),
    'redis-server --save ""': ("tests/support/brokers.py", '"--save", ""]'),
    "pytest examples/tenants": ("pyproject.toml", 'testpaths = ["tests", "examples"]'),
}
"""Command -> the file that runs it, with other ports, and where it does."""
DOWNLOADS = "it downloads packages that are here; their names are checked"
NOT_RUN = {
    "pip install nsroute simple-websocket": DOWNLOADS,
    "pip install -e '.[quickstart]'": DOWNLOADS,
    "pip install -e '.[examples]'": DOWNLOADS,
    "pip install -e '.[examples]' pytest": DOWNLOADS,
    "pip install flask-socketio simple-websocket": DOWNLOADS,
    "pip install simple-websocket gunicorn": DOWNLOADS,
    "pip install 'gunicorn[gevent]' simple-websocket": DOWNLOADS,
    "pip install flask-login": DOWNLOADS,
    "pip install redis": DOWNLOADS,
    "pip install kombu": DOWNLOADS,
    "pip install kafka-python": DOWNLOADS,
    "systemctl enable --now chat@8001 chat@8002": (
        "it needs systemd; its names are checked in test_docker_and_systemd.py"
    ),
}
"""Command -> why no test runs it."""
SHOWN = {(page, one) for page in PAGES for one in _lines(*blocks(PAGES[page], "sh"))}


def test_each_command_is_run_or_has_a_reason() -> None:
    """A new one has neither."""
    left = {
        (page, command)
        for page, command in SHOWN
        if command not in RUN.get(page, ())
        and command not in RUN_ELSEWHERE
        and command not in NOT_RUN
    }
    assert left == set()


def test_no_entry_of_the_tables_is_left_over() -> None:
    """Each stands on a page, and where no test runs it."""
    run = {(page, command) for page, commands in RUN.items() for command in commands}
    assert run <= SHOWN
    needed = {command for _, command in SHOWN - run}
    assert {*RUN_ELSEWHERE, *NOT_RUN} == needed
    assert RUN_ELSEWHERE.keys().isdisjoint(NOT_RUN)


@pytest.mark.parametrize("command", RUN_ELSEWHERE)
def test_the_file_that_runs_a_command_does_so(command: str) -> None:
    """What the table quotes stands in it."""
    file, quoted = RUN_ELSEWHERE[command]
    assert quoted in (ROOT / file).read_text()


CI = (ROOT / ".ci" / "run").read_text()


def _tested() -> dict[str, set[str]]:
    """Return the packages that the tests install, with the extras that they have."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    optional = project["optional-dependencies"]
    texts = [*project["dependencies"], *(one for x in optional.values() for one in x)]
    texts += re.findall(r"pip install .*--target \S+ (.+)", CI)
    found = {"nsroute": set(optional)}
    for text in texts:
        for word in [text] if ">" in text else text.split():
            name = canonicalize_name(Requirement(word).name)
            found.setdefault(name, _extras(name))
    return found


def _extras(name: str) -> set[str]:
    try:
        return set(metadata(name).get_all("Provides-Extra") or ())
    except PackageNotFoundError:  # what CI installs beside
        return set()


@pytest.mark.parametrize(
    "command", [one for one in NOT_RUN if NOT_RUN[one] == DOWNLOADS]
)
def test_what_is_downloaded_is_what_the_tests_need(command: str) -> None:
    """Each name is known, and each extra is one that it has."""
    program, action, *words = shlex.split(command)
    assert (program, action) == ("pip", "install")
    tested = _tested()
    for word in words:
        if word != "-e":
            wanted = Requirement(re.sub(r"^\.", "nsroute", word))
            name = canonicalize_name(wanted.name)
            assert wanted.extras <= tested[name]
