"""Each block of README, docs and examples is held by a test.

`python` and `pycon` blocks run in `test_readme`, page by page; `test_commands` holds
the `sh` blocks. For other languages a table below names the test: a block in a language
that is new to its page fails here until it has one.
"""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs import test_readme as readme
from tests.docs.test_readme import blocks
from tests.support import requirements
from tests.support.servers import ROOT

PAGES = {
    str(path.relative_to(ROOT)): path
    for path in (
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
        *sorted((ROOT / "docs").rglob("*.md")),
        *sorted((ROOT / "examples").rglob("*.md")),
    )
}
DIRECTIVES = {"{include}", "{toctree}", "{eval-rst}"}
"""What Sphinx fills; the site is built with all warnings as errors."""
READ_BY = {
    ("CONTRIBUTING.md", "python"): (1, "docs/test_contributing.py"),
    ("README.md", "js"): (1, "docs/test_readme.py"),
    ("docs/how-to/asyncapi.md", "json"): (1, "docs/test_guides.py"),
    ("docs/how-to/command-line.md", "console"): (4, "docs/test_guides.py"),
    ("docs/how-to/cors.md", "nginx"): (1, "docs/test_cors_page.py"),
    ("docs/how-to/deploying.md", "nginx"): (1, "support/nginx.py"),
    ("docs/how-to/docker-and-systemd.md", "dockerfile"): (
        1,
        "docs/test_docker_and_systemd.py",
    ),
    ("docs/how-to/docker-and-systemd.md", "ini"): (
        1,
        "docs/test_docker_and_systemd.py",
    ),
    ("docs/how-to/docker-and-systemd.md", "text"): (
        1,
        "docs/test_docker_and_systemd.py",
    ),
    ("docs/how-to/docker-and-systemd.md", "yaml"): (
        1,
        "docs/test_docker_and_systemd.py",
    ),
    ("docs/how-to/draining.md", "ini"): (1, "sockets/test_draining.py"),
    ("docs/how-to/javascript.md", "js"): (8, "docs/test_javascript_page.py"),
    ("docs/how-to/kafka.md", "text"): (1, "sockets/test_kafka.py"),
    ("docs/how-to/logging.md", "text"): (1, "docs/test_records_recipes.py"),
    ("docs/how-to/project-layout.md", "console"): (1, "docs/test_project_layout.py"),
    ("docs/how-to/project-layout.md", "text"): (2, "docs/test_project_layout.py"),
    ("docs/how-to/project-layout.md", "{code-block} python"): (
        5,
        "docs/test_project_layout.py",
    ),
    ("docs/how-to/testing.md", "text"): (2, "docs/test_testing_guide.py"),
    ("docs/how-to/troubleshooting.md", "text"): (2, "docs/test_troubleshooting.py"),
    ("docs/how-to/typescript.md", "js"): (1, "docs/test_typescript_page.py"),
    ("docs/how-to/typescript.md", "ts"): (2, "docs/test_typescript_page.py"),
    ("docs/how-to/workers.md", "py"): (1, "docs/test_workers.py"),
    ("docs/reference/answers.md", "json"): (2, "docs/test_answers_page.py"),
    ("docs/reference/records.md", "text"): (1, "docs/test_records_page.py"),
    ("docs/tutorial.md", "html"): (2, "docs/test_tutorial.py"),
}
"""Page and language -> how many blocks it has, and what reads them, below `tests`."""
PARTS = [
    "docs/how-to/authentication.md",
    "docs/how-to/coming-from.md",
    "docs/how-to/cors.md",
    "docs/how-to/errors.md",
    "docs/how-to/kicking.md",
    "docs/reference/answers.md",
]
"""Pages whose JavaScript is a part of a program: it cannot run, but has to be valid."""


def _fences(path: Path) -> Iterator[str]:
    """Yield what stands behind the fence of each block of a page."""
    inside = False
    for line in path.read_text().splitlines():
        if found := re.match(r"\s*(`{3,}|~{3,}|:{3,})\s*(.*)", line):
            assert line.startswith("```"), f"the tests do not find {line!r}"
            if not inside:
                yield found[2]
            inside = not inside
    assert not inside


STOCK = Counter(
    (page, fence) for page, path in PAGES.items() for fence in _fences(path)
)


def test_each_python_block_runs() -> None:
    """Of each page that has any; no block is in another spelling of the language."""
    pages = {page for page, fence in STOCK if fence in {"python", "pycon"}}
    read = {page for page, language in READ_BY if language == "python"}
    assert {PAGES[page] for page in pages - read} <= set(readme.PAGES)
    assert len(pages) > 30


def test_each_block_in_another_language_has_a_test() -> None:
    """Neither more nor less than those of the tables."""
    found = {
        (page, fence): count
        for (page, fence), count in STOCK.items()
        if (page, fence) in READ_BY
        or (
            fence not in {"python", "pycon", "sh"}
            and fence.partition(" ")[0] not in DIRECTIVES
        )
    }
    read = {block: count for block, (count, _) in READ_BY.items()}
    parts = {(page, "js"): STOCK[page, "js"] for page in PARTS}
    assert all(parts.values())
    assert found == {**read, **parts}


@pytest.mark.parametrize("block", READ_BY, ids=" ".join)
def test_the_file_of_a_block_reads_it(block: tuple[str, str]) -> None:
    """It names the page and asks for its blocks in that language."""
    page, language = block
    source = (ROOT / "tests" / READ_BY[block][1]).read_text()
    assert Path(page).name in source
    asked = re.escape(language).replace(r"\{", r"\\?\{").replace(r"\}", r"\\?\}")
    assert re.search(rf'"{asked}"|```{asked}', source)


@pytest.mark.sockets
@pytest.mark.parametrize("page", PARTS)
def test_parts_of_programs_in_javascript_are_valid(page: str, tmp_path: Path) -> None:
    """Node takes each block as a module."""
    requirements.node()
    scripts = blocks(PAGES[page], "js")
    for number, script in enumerate(scripts):
        file = tmp_path / f"{number}.mjs"
        file.write_text(script)
        run = subprocess.run(
            ["node", "--check", file], capture_output=True, text=True, check=False
        )
        assert run.returncode == 0, run.stderr
    assert scripts
