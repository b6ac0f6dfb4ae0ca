"""What the files of a release say of versions is one and the same."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

from tests.support.servers import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
CHANGELOG = (ROOT / "CHANGELOG.md").read_text()
SECURITY = (ROOT / "SECURITY.md").read_text()
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PYTHONS = re.findall(r"Python :: (3\.\d+)", "\n".join(PROJECT["classifiers"]))
KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def _jobs(name: str) -> dict[str, Any]:
    path = ROOT / ".github" / "workflows" / name
    jobs: dict[str, Any] = yaml.safe_load(path.read_text())["jobs"]
    return jobs


def _steps(name: str) -> Iterator[dict[str, Any]]:
    for job in _jobs(name).values():
        yield from job.get("steps", ())


def test_the_changelog_begins_with_the_version_of_the_project() -> None:
    """The newest release has the version of pyproject.toml, and a date."""
    unreleased, *releases = re.findall(r"^## (.*)$", CHANGELOG, re.MULTILINE)
    assert unreleased == "[Unreleased]"
    assert [one for one in releases if not _is_release(one)] == []
    assert releases[0].startswith(f"[{PROJECT['version']}] - ")


def _is_release(heading: str) -> bool:
    return bool(re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", heading))


def test_the_changelog_has_the_parts_of_keep_a_changelog() -> None:
    """Added, changed, deprecated, removed, fixed, security; nothing else."""
    assert set(re.findall(r"^### (.*)$", CHANGELOG, re.MULTILINE)) <= KINDS


def test_the_pythons_are_those_that_are_tested_and_supported() -> None:
    """Classifiers, the lower bound, the matrix of CI and SECURITY name the same."""
    assert PROJECT["requires-python"] == f">={PYTHONS[0]}"
    assert _jobs("ci.yml")["tests"]["strategy"]["matrix"]["python"] == PYTHONS
    assert f"| Python | {PYTHONS[0]} to {PYTHONS[-1]} |" in SECURITY


@pytest.mark.parametrize("package", ["Flask-SocketIO", "python-socketio"])
def test_security_names_the_bounds_of_upstream(package: str) -> None:
    """The table has the bounds of the dependencies."""
    found = re.search(
        rf"^\| {package} \| (.*) and later, before (\d+) \|$", SECURITY, re.MULTILINE
    )
    assert found
    oldest, excluded = found.groups()
    assert f"{package.lower()}>={oldest},<{excluded}" in PROJECT["dependencies"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_have_full_versions(path: Any) -> None:
    """What a workflow uses is of this repository, or of one version."""
    used = re.findall(r"uses: (\S+)", path.read_text())
    assert used
    assert [
        one for one in used if not re.fullmatch(r"\./\S+|\S+@v\d+(\.\d+){2}", one)
    ] == []


def test_the_workflow_runs_ci_and_readmes_test_line() -> None:
    """`.ci/run` by itself, and the line of README that runs the tests."""
    commands = [step.get("run", "") for step in _steps("ci.yml")]
    assert ".ci/run" in commands
    [line] = [one for one in commands if "README" in one]
    searched = re.search(r'grep -F "(.*)" README\.md', line)
    assert searched
    lines = (ROOT / "README.md").read_text().splitlines()
    [found] = [one for one in lines if searched[1] in one]
    assert "pytest" in found


def test_a_release_follows_a_ci_that_passed() -> None:
    """The upload needs the jobs of the workflow of CI."""
    jobs = _jobs("release.yml")
    assert jobs["ci"]["uses"] == "./.github/workflows/ci.yml"
    assert jobs["upload"]["needs"] == "ci"


def test_ci_installs_versions_that_the_project_allows() -> None:
    """`.ci/newest.txt` has a version of each dependency, within its bounds."""
    fixed = dict(
        line.lower().split("==")
        for line in (ROOT / ".ci" / "newest.txt").read_text().splitlines()
    )
    wanted = [*PROJECT["dependencies"]]
    for extra in PROJECT["optional-dependencies"].values():
        wanted += [one for one in extra if not one.startswith("nsroute")]
    for one in map(Requirement, wanted):
        assert one.specifier.contains(fixed[one.name.lower()]), one
