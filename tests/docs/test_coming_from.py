"""The page of words: nsroute's are words that it has."""

from __future__ import annotations

import re

import nsroute
from nsroute import MetaRouter, RoutedNamespace
from nsroute.router.of import Selection
from tests.support.servers import ROOT

PAGE = (ROOT / "docs" / "how-to" / "coming-from.md").read_text()


def _words() -> str:
    """Return the right column of all tables."""
    rows = re.findall(r"^\|.*\| (.+) \|$", PAGE, re.MULTILINE)
    return "\n".join(rows)


def test_each_method_that_the_page_names_is_there() -> None:
    """Those of `self`, of the router, and of what `of` returns."""
    words = _words()
    class_names = set(re.findall(r"self\.(\w+)", words))
    assert len(class_names) > 5
    assert [one for one in class_names if not hasattr(RoutedNamespace, one)] == []
    chosen = set(re.findall(r"router\.of\([^)]*\)\.(\w+)", words))
    assert chosen == {"emit", "disconnect", "census", "server_side_emit"}
    assert [one for one in chosen if not hasattr(Selection, one)] == []
    assert hasattr(MetaRouter, "of")


def test_each_decorator_that_the_page_names_is_public() -> None:
    """`@on`, `@every`, `@emits` and `@on_server`."""
    decorators = set(re.findall(r"@(\w+)", _words()))
    assert decorators == {"on", "every", "emits", "on_server"}
    assert decorators <= set(nsroute.__all__)


def test_each_origin_has_twenty_words_or_so() -> None:
    """Whoever comes from there finds theirs."""
    _, *sections = PAGE.split("\n## ")
    counts = {
        one.splitlines()[0]: one.count("\n| ") - 1 for one in sections if "|---|" in one
    }
    assert len(counts) == 4
    assert min(counts.values()) >= 15
