"""Draw the table of `docs/performance.md`: `python -m tests.benchmarks.plot`."""

from __future__ import annotations

import re
import textwrap
from html import escape

import attrs

from tests.support.drawings import head
from tests.support.servers import ROOT

PAGE = ROOT / "docs" / "performance.md"
PICTURE = ROOT / "docs" / "performance.svg"
ROW = re.compile(
    r"^\| (.+?) \| [\d,.]+ \S+ \| [\d,.]+ \S+ \| \*\*([\d.]+)\*\* .*? \| (.*?) ?\|$",
    re.MULTILINE,
)
LEFT, RIGHT = 16, 296
"""Where bars begin, and where the longest one ends."""


@attrs.frozen
class Bar:
    """A row of the table: nsroute in relation to Flask-SocketIO, 1 being equal."""

    name: str
    ratio: float
    aim: float | None = None


def bars(page: str) -> list[Bar]:
    """Read the rows of the table; an aim in other units is none of a ratio."""
    rows = ROW.findall(page)
    aims = [re.fullmatch(r"≤ ([\d.]+)", aim) for _, _, aim in rows]
    return [
        Bar(name, float(ratio), float(aim[1]) if aim else None)
        for (name, ratio, _), aim in zip(rows, aims, strict=True)
    ]


def _server(bar: Bar) -> str:
    """Return on what kind of server a row was measured, where it names one."""
    found = re.search(r", (\w+, async_handlers=\w+)$", bar.name)
    return found[1] if found else ""


def _drawn(bar: Bar, y: int, unit: float) -> list[str]:
    """Draw a bar below the lines of its name, the first of which is at y."""
    lines = _lines(bar)
    name = [
        f'<text class="what halo" x="{LEFT}" y="{y + 15 * n}">{escape(line)}</text>'
        for n, line in enumerate(lines)
    ]
    y += 15 * len(lines) - 8
    width = max(bar.ratio * unit, 1)
    shape = f'<rect class="deep" x="{LEFT}" y="{y}" width="{width:.1f}" height="12"/>'
    x = LEFT + (bar.aim or 0) * unit
    aim = f'<path class="aim" d="M{x:.1f} {y - 3}v18"/>' if bar.aim else ""
    ratio = f"{bar.ratio:.2f}" if bar.ratio >= 0.01 else escape("< 0.01")
    return [
        *name,
        f'{shape}{aim}<text class="name end" x="344" y="{y + 11}">{ratio}</text>',
    ]


def _lines(bar: Bar) -> list[str]:
    return textwrap.wrap(bar.name.removesuffix(f", {_server(bar)}"), 46)


def drawing(page: str) -> str:
    """Return the picture of the table in a page, as SVG."""
    found = bars(page)
    unit = (RIGHT - LEFT) / max(bar.ratio for bar in found)
    shapes: list[str] = []
    y, server = 66, ""
    for bar in found:
        if _server(bar) != server:
            server = _server(bar)
            shapes.append(
                f'<text class="name halo" x="{LEFT}" y="{y + 10}">{server}</text>'
            )
            y += 34
        shapes += _drawn(bar, y, unit)
        y += 25 + 15 * len(_lines(bar))
    equal = LEFT + unit
    title = "The CPU time of nsroute in relation to that of Flask-SocketIO"
    return "\n".join(
        [
            head(title, y + 4),
            f'<text class="name" x="{LEFT}" y="26">nsroute / Flask-SocketIO</text>',
            f'<text class="what mid" x="{equal:.1f}" y="46">equal</text>',
            f'<path class="outside" d="M{equal:.1f} 50V{y - 10}"/>',
            *shapes,
            "</svg>\n",
        ]
    )


if __name__ == "__main__":
    PICTURE.write_text(drawing(PAGE.read_text()))
