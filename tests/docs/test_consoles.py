"""What a reader copies out of a console can be typed into Python."""

from __future__ import annotations

import codeop
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.test_readme import PAGES, blocks
from tests.support.servers import ROOT


def _typed(console: str) -> list[str]:
    return re.findall(r"^(?:>>> |\.\.\. ?)(.*)$", console, re.MULTILINE)


def _statements(lines: list[str]) -> Iterator[str]:
    """Yield each part that Python's prompt takes as a statement, or raise."""
    statement: list[str] = []
    for line in [*lines, ""]:
        statement.append(line)
        if codeop.compile_command("\n".join(statement)) is not None:
            yield "\n".join(statement)
            statement.clear()
    assert statement == [], "it does not end"


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_console_can_be_typed_into_python(page: Path) -> None:
    """What is indented ends a console: Python's prompt waits for an empty line."""
    for console in blocks(page, "pycon"):
        assert list(_statements(_typed(console)))
