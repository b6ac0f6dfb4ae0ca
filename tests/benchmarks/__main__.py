"""Print the table: `python -m tests.benchmarks [--quick] [--json FILE]`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import attrs

from tests.benchmarks import (
    broadcasting,
    dispatching,
    endtoend,
    flight,
    keeping,
    matching,
    ticking,
)
from tests.benchmarks.measure import Row


def measured(folder: Path, quick: bool) -> Iterator[Row]:
    """Measure everything, or only what needs no server."""
    yield from matching.rows()  # first: in a large heap, garbage is dear to collect
    yield from dispatching.rows(folder)
    yield from keeping.rows()
    yield from broadcasting.rows()
    yield from ticking.rows(folder)
    if not quick:
        yield from flight.rows(folder)
        yield from endtoend.rows(folder)


def line(row: Row) -> str:
    """Write a row of a Markdown table."""
    aim = "" if row.target is None else f"≤ {row.target:.2f}"
    if row.limit is not None:
        aim = f"≤ {row.limit:,.0f} {row.unit}"
    return (
        f"| {row.name} | {row.theirs:,.1f} {row.unit} | {row.ours:,.1f} {row.unit} "
        f"| **{row.ratio:.3f}** ± {row.spread:.3f} | {aim} |"
    )


def main() -> None:
    """Measure, print each row as it comes, and keep them where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="leave the servers out")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep the rows")
    options = parser.parse_args()
    print("| what | Flask-SocketIO | nsroute | ratio | aim |")
    print("| --- | ---: | ---: | ---: | ---: |")
    rows: list[Row] = []
    with TemporaryDirectory() as folder:
        for row in measured(Path(folder), options.quick):
            rows.append(row)
            print(line(row), flush=True)
    if options.json:
        options.json.write_text(json.dumps([attrs.asdict(row) for row in rows]))


if __name__ == "__main__":
    main()
