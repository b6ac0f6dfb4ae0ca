"""The tests that the guide to testing shows are tests, and they pass."""

from __future__ import annotations

import re

import pytest

from tests.support.servers import ROOT

pytest_plugins = ["pytester"]

# Of an installed nsroute, pytest knows the plugin by its entry point already.
PLUGIN = ("-p", "no:nsroute", "-p", "nsroute.pytest_plugin")

GUIDE = (ROOT / "docs" / "how-to" / "testing.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)


def test_the_tests_of_the_guide_pass(pytester: pytest.Pytester) -> None:
    """Each test function of the guide passes, with the fixtures of the plugin."""
    source = "\n".join(blocks("python"))
    pytester.makepyfile(test_guide=source)
    result = pytester.runpytest_inprocess(*PLUGIN)
    result.assert_outcomes(passed=source.count("def test_"))


FAILURES = {
    "a suggestion": "assert_emitted(ann, 'move')",
    "dispatches": "assert_dispatched(dispatches, 'move', outcome='ok')",
}


@pytest.mark.parametrize("number, failure", list(enumerate(FAILURES)), ids=FAILURES)
def test_the_failures_of_the_guide_are_what_one_sees(
    number: int, failure: str, pytester: pytest.Pytester
) -> None:
    """The guide shows the text of a failed assertion as it is."""
    x = "'three'" if failure == "dispatches" else "3, 4"
    source = "\n".join(blocks("python"))
    source += (
        "\ndef test_wrong(dispatches):\n"
        "    ann = serve(Board, '/boards/7')\n"
        "    ann.connect(auth={'user': 'ann'})\n"
        "    dispatches.clear()\n"
        f"    ann.call('move', 'rook', {x})\n"
        f"    {FAILURES[failure]}\n"
    )
    pytester.makepyfile(test_guide=source)
    result = pytester.runpytest_inprocess(*PLUGIN, "-k", "test_wrong")
    result.assert_outcomes(failed=1, deselected=source.count("def test_") - 1)
    shown = blocks("text")[number].replace("[", "[[]")
    result.stdout.fnmatch_lines([f"*{line}" for line in shown.splitlines()])
