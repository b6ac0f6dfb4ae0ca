"""The load run measures what it says."""

from __future__ import annotations

import attrs
import pytest

from tests.benchmarks import load

pytestmark = [pytest.mark.sockets, pytest.mark.long, pytest.mark.usefixtures("quiet")]


def test_every_column_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """As small as can be."""
    monkeypatch.setenv("NSROUTE_BENCH_QUEUE", "")  # to be restored
    monkeypatch.setattr(load, "CHANGES", 5)
    measured = load.measure(20)
    assert measured.namespaces == 20
    # So few may need no memory that the process does not have yet.
    costs = attrs.asdict(measured)
    assert all(costs[name] > 0 for name in costs if name not in ("client", "namespace"))
    assert str(measured).count("|") == len(load.COLUMNS) + 1
