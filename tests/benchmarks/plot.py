"""Draw the rows that `python -m tests.benchmarks --json FILE` has kept.

`python -m tests.benchmarks.plot FILE PICTURE.svg`; it needs matplotlib.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt

INK, OURS, AIM = "#5b6472", "#2f6f9f", "#c2410c"


def draw(rows: list[dict[str, Any]], path: Path) -> None:
    """Draw a bar for each row, as long as its ratio, and a mark at its aim."""
    ratios = [sorted(row["ratios"])[len(row["ratios"]) // 2] for row in rows]
    figure, axes = plt.subplots(figsize=(9, 0.4 * len(rows) + 1), layout="tight")
    edge = max(1.25, *ratios) + 0.05
    places = range(len(rows), 0, -1)
    axes.barh(places, ratios, color=OURS, height=0.55)
    for place, row, ratio in zip(places, rows, ratios, strict=True):
        axes.text(edge + 0.03, place, f"{ratio:.2f}", va="center", color=INK)
        if row["target"] is not None:
            ends = [place - 0.38, place + 0.38]
            axes.plot([row["target"]] * 2, ends, color=AIM, lw=2)
    axes.axvline(1, color=INK, lw=0.8, ls="--")
    axes.set_yticks(places, [row["name"] for row in rows], color=INK)
    axes.set_xlim(0, edge)
    axes.set_ylim(0.3, len(rows) + 0.7)
    figure.supxlabel(
        "nsroute / Flask-SocketIO in the same run; dashed: equal, red: the aim",
        color=INK,
        fontsize="medium",
    )
    axes.tick_params(colors=INK, length=0)
    for side in axes.spines.values():
        side.set_visible(False)
    figure.savefig(path, transparent=True, metadata={"Date": None})


if __name__ == "__main__":
    draw(json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2]))
