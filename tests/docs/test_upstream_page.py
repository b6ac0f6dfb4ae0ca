"""The page on what stands below names tests that there are."""

from __future__ import annotations

import re

from tests.support.servers import ROOT


def test_each_test_that_the_page_names_is_there() -> None:
    """A claim is held by a test, or says that it is a limit."""
    page = (ROOT / "docs/reference/upstream.md").read_text()
    named = set(re.findall(r"`(test_\w+)`", page))
    sources = "\n".join(path.read_text() for path in ROOT.glob("tests/**/test_*.py"))
    defined = set(re.findall(r"def (test_\w+)", sources))
    assert len(named) > 50
    assert named <= defined
