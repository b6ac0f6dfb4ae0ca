"""The pages on what stands below, and on hostile clients, name tests that there are."""

from __future__ import annotations

import json
import re
import tracemalloc

import pytest

from tests.benchmarks import amplification, attacking
from tests.support.servers import ROOT

SECURITY = (ROOT / "docs/reference/security.md").read_text()


TESTS = "explanation/upstream-tests"
MANY = {TESTS: 50, "reference/upstream-proposals": 15, "reference/security": 3}


@pytest.mark.parametrize("name, many", MANY.items())
def test_each_test_that_the_page_names_is_there(name: str, many: int) -> None:
    """A claim is held by a test, or says that it is a limit."""
    page = (ROOT / f"docs/{name}.md").read_text()
    named = set(re.findall(r"`(test_\w+)`", page))
    sources = "\n".join(path.read_text() for path in ROOT.glob("tests/**/test_*.py"))
    defined = set(re.findall(r"def (test_\w+)", sources))
    assert len(named) > many
    assert named <= defined


def _first_cells(name: str) -> list[str]:
    """Return the first column of the tables that compare with Flask-SocketIO."""
    page = (ROOT / f"docs/{name}.md").read_text()
    tables = re.findall(r"\| Flask-SocketIO \|.*\n\|[-|]+\n((?:\|.*\n)+)", page)
    return [
        row.split(" | ")[0] for table in tables for row in table.strip().splitlines()
    ]


def test_each_difference_has_its_row_of_tests() -> None:
    """The page for users and the one for contributors have the same rows."""
    differences = _first_cells("reference/upstream")
    assert len(differences) > 50
    assert _first_cells(TESTS) == differences


def test_users_need_not_read_names_of_tests() -> None:
    """They are on the page for contributors."""
    assert "test_" not in (ROOT / "docs/reference/upstream.md").read_text()


def rows(header: str) -> list[list[str]]:
    """Return the cells of the table below a header."""
    _, _, below = SECURITY.partition(f"{header}\n")
    table = below.partition("\n\n")[0].splitlines()[1:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


def test_no_answer_is_amplified_more_than_four_times() -> None:
    """The table has what the benchmark measures, and nothing above four."""
    found = rows("| what a client sends | CPU | bytes out | bytes held |")
    assert [name for name, *_ in found] == [name for name, *_ in amplification.cases()]
    assert all(float(cell) <= 4 for _, *cells in found for cell in cells)


def test_the_attacks_of_the_page_are_those_that_are_measured() -> None:
    """Each with what upstream does, and a hardened server."""
    found = rows("| attack | measured | upstream | hardened |")
    assert [row[:2] for row in found] == [list(case[:2]) for case in attacking.CASES]


def test_a_list_of_empty_lists_takes_some_twenty_times_its_json() -> None:
    """Three bytes of JSON are a list, and a place in another."""
    sent = f"[{','.join(['[]'] * 100_000)}]"
    tracemalloc.start()
    kept = json.loads(sent)
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert len(kept) == 100_000
    assert 15 < taken / len(sent) < 30
