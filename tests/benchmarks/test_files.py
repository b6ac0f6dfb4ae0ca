"""A dispatch passes few files, as the page on the design says."""

from __future__ import annotations

import re

import pytest

from tests.benchmarks.files import measured
from tests.support.servers import ROOT

pytestmark = pytest.mark.usefixtures("quiet")


def test_a_dispatch_passes_at_most_twelve_files() -> None:
    """A connect, an event and a disconnect, each; the page has the numbers."""
    page = (ROOT / "docs" / "explanation" / "design.md").read_text()
    told = dict(re.findall(r"^\| an? (\w+) \| (\d+) \|$", page, flags=re.MULTILINE))
    found = {kind: str(len(files)) for kind, files in measured().items()}
    assert found == told
    assert max(map(int, found.values())) <= 12
