"""Draw the load run's table of `docs/performance.md` as curves.

`python -m tests.benchmarks.plot_load`.
"""

from __future__ import annotations

import re
from html import escape

import attrs

from tests.benchmarks.load import COLUMNS
from tests.benchmarks.plot import PAGE
from tests.support.drawings import head

PICTURE = PAGE.with_name("load.svg")
LEFT, RIGHT = 16, 280
"""Where a curve begins, at no namespace, and where it ends, at the most of them."""
HIGH = 44
"""How high the highest point of a curve stands above its zero."""


@attrs.frozen
class Curve:
    """A column of the table: what it costs to have so many namespaces."""

    name: str
    points: list[tuple[int, float]]
    """A number of namespaces and the cost, in `unit`."""
    unit: str


def curves(page: str) -> list[Curve]:
    """Read the columns of the table, which the first one's name begins."""
    table = page.partition(f"| {COLUMNS[0]} |")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| ([\d,]+) \| (.+) \|$", table, re.MULTILINE)
    counts = [int(count.replace(",", "")) for count, _ in rows]
    columns = zip(*(cells.split(" | ") for _, cells in rows), strict=True)
    return [
        _curve(name, counts, cells)
        for name, cells in zip(COLUMNS[1:], columns, strict=True)
    ]


def _curve(name: str, counts: list[int], cells: tuple[str, ...]) -> Curve:
    values = [float(cell.split()[0].replace(",", "")) for cell in cells]
    points = list(zip(counts, values, strict=True))
    return Curve(name.replace("`", ""), points, cells[0].split()[1])


def _drawn(curve: Curve, y: int, most: int) -> list[str]:
    """Draw a curve whose zero stands at y, with its name above."""
    top = max(value for _, value in curve.points)
    spots = [
        (LEFT + count * (RIGHT - LEFT) / most, y - value * HIGH / top)
        for count, value in curve.points
    ]
    line = "L".join(f"{x:.1f} {spot:.1f}" for x, spot in spots)
    last, name = curve.points[-1][1], escape(curve.name)
    cost = f"{last:,.{0 if last >= 100 else 1}f} {curve.unit}"
    return [
        f'<text class="name halo" x="{LEFT}" y="{y - HIGH - 12}">{name}</text>',
        f'<path class="outside" d="M{LEFT} {y}H{RIGHT}"/>',
        f'<path class="curve" d="M{line}"/>',
        *(f'<circle class="mark" cx="{x:.1f}" cy="{s:.1f}" r="3"/>' for x, s in spots),
        f'<text class="what" x="{RIGHT + 8}" y="{spots[-1][1] + 4:.1f}">{cost}</text>',
    ]


def drawing(page: str) -> str:
    """Return the picture of the table in a page, as SVG."""
    found = curves(page)
    most = found[0].points[-1][0]
    end = f"{most:,} namespaces"
    shapes: list[str] = []
    y = 14
    for curve in found:
        y += HIGH + 40
        shapes += _drawn(curve, y, most)
    return "\n".join(
        [
            head("What it costs to have so many live namespaces", y + 40),
            *shapes,
            f'<text class="what" x="{LEFT}" y="{y + 22}">0</text>',
            f'<text class="what end" x="{RIGHT}" y="{y + 22}">{end}</text>',
            "</svg>\n",
        ]
    )


if __name__ == "__main__":
    PICTURE.write_text(drawing(PAGE.read_text()))
