"""mypy and pyright accept users' modules as written, and reject misuse line by line."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import requirements
from tests.support.servers import ROOT

FOLDER = ROOT / "tests" / "typing"
STRICT = {"typed.py": True, "untyped.py": False, "misused.py": True}
# Flask-SocketIO and python-socketio ship no types: who is strict has to allow that.
MYPY = """
[mypy]
strict = {strict}
check_untyped_defs = true
disallow_subclassing_any = false
explicit_package_bases = true

[mypy-flask_socketio.*,socketio.*,engineio.*]
ignore_missing_imports = true
"""
Errors = dict[int, str]


@pytest.fixture(params=["mypy", "pyright"])
def checker(request: pytest.FixtureRequest) -> str:
    """A type checker that is installed."""
    requirements.type_checkers()
    return str(request.param)


def _run(*command: str) -> str:
    run = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert run.returncode in (0, 1), run.stderr
    return run.stdout


def _mypy(name: str, folder: Path) -> Errors:
    config = folder / "mypy.ini"
    config.write_text(MYPY.format(strict=str(STRICT[name]).lower()))
    options = ["--output", "json", "--config-file", str(config)]
    said = _run("mypy", *options, str(FOLDER / name)).splitlines()
    told = [json.loads(line) for line in said if line.startswith("{")]
    return {
        one["line"]: one["message"]
        for one in told
        if one["severity"] == "error" and Path(one["file"]).name == name
    }


def _pyright(name: str, folder: Path) -> Errors:
    shutil.copy(FOLDER / name, folder)
    settings = {
        "extraPaths": [str(ROOT)],
        "typeCheckingMode": "strict" if STRICT[name] else "standard",
    }
    (folder / "pyrightconfig.json").write_text(json.dumps(settings))
    options = ["--outputjson", "--pythonpath", sys.executable, "-p", str(folder)]
    told = json.loads(_run("pyright", *options))
    assert told["summary"]["filesAnalyzed"] == 1
    return {
        one["range"]["start"]["line"] + 1: one["message"]
        for one in told["generalDiagnostics"]
        if one["severity"] == "error"
    }


def _errors(checker: str, name: str, folder: Path) -> Errors:
    """Return the errors that a type checker finds in one of the modules, by line."""
    check = {"mypy": _mypy, "pyright": _pyright}[checker]
    return check(name, folder)


@pytest.mark.parametrize("name", ["typed.py", "untyped.py"])
def test_a_users_module_is_accepted(checker: str, name: str, tmp_path: Path) -> None:
    """Nothing is wrong with the handlers of a user's module, with or without types."""
    assert _errors(checker, name, tmp_path) == {}


def test_misuse_is_rejected(checker: str, tmp_path: Path) -> None:
    """Each line that misuses nsroute is an error, and no line is that does not."""
    lines = (FOLDER / "misused.py").read_text().splitlines()
    marks = [f"# rejected{by}" for by in ("", f" by {checker}")]
    marked = {
        number for number, line in enumerate(lines, 1) if line.endswith(tuple(marks))
    }
    errors = _errors(checker, "misused.py", tmp_path)
    accepted = [lines[number - 1] for number in sorted(marked - set(errors))]
    beside = {number: errors[number] for number in set(errors) - marked}
    assert (accepted, beside) == ([], {})
    assert len(marked) > 50


@pytest.mark.parametrize("name", ["typed.py", "untyped.py"])
def test_a_users_module_runs(name: str) -> None:
    """What the type checkers accept is right at run time as well."""
    assert _run(f"tests.typing.{name.removesuffix('.py')}") == ""
