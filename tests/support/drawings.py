"""How the drawings of the documentation look, by day and by night.

A drawing is an SVG file that is written by hand, or by a script of `tests`. All have
the same `STYLE`: `python -m tests.support.drawings` writes it into each of them.
"""

from __future__ import annotations

import re
from pathlib import Path

from tests.support.servers import ROOT

STYLE = """<style>
:root {--paper: #f8fafc; --ink: #0f172a; --soft: #475569; --box: #fff; --edge: #64748b;
--ours: #e0e7ff; --deep: #c7d2fe; --line: #6366f1; --mark: #c2410c}
@media (prefers-color-scheme: dark) {:root {--paper: #1c1f26; --ink: #e5e9f0;
--soft: #aab4c3; --box: #2a2f3a; --edge: #8a94a6; --ours: #2b2e58; --deep: #3a3f7d;
--line: #8b93f8; --mark: #fb923c}}
:root {font: 14px system-ui, sans-serif; fill: var(--ink)}
.paper {fill: var(--paper)}
.box {fill: var(--box); stroke: var(--edge)}
.ours {fill: var(--ours); stroke: var(--line)}
.deep {fill: var(--deep); stroke: var(--line)}
.outside {fill: none; stroke: var(--edge); stroke-dasharray: 5 4}
.way {fill: none; stroke: var(--soft); stroke-width: 1.5; marker-end: url(#tip)}
.tip, .what {fill: var(--soft)}
.name {font-weight: 600}
.what, .code {font-size: 12px}
.code {font-family: ui-monospace, monospace}
.mid {text-anchor: middle}
.end {text-anchor: end}
.aim, .curve {fill: none; stroke: var(--mark); stroke-width: 2}
.mark {fill: var(--mark)}
.halo, .step {stroke: var(--paper); stroke-width: 4; paint-order: stroke}
.step {fill: var(--soft); font-size: 12px; text-anchor: middle}
</style>
<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" \
markerHeight="8" orient="auto"><path class="tip" d="M0 0 8 4 0 8z"/></marker></defs>"""


def head(title: str, height: int) -> str:
    """Return how a drawing begins: 360 wide, so that a phone shows it as it is."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 360 {height}" '
        f'width="440" role="img">\n<title>{title}</title>\n{STYLE}\n'
        f'<rect class="paper" width="360" height="{height}" rx="10"/>'
    )


def drawings() -> list[Path]:
    """Return the drawings of the documentation."""
    return sorted(
        path for path in (ROOT / "docs").rglob("*.svg") if path.name != "logo.svg"
    )


def styled(drawing: str) -> str:
    """Return a drawing with the style that all have."""
    return re.sub(r"<style>.*</defs>", lambda _: STYLE, drawing, flags=re.DOTALL)


if __name__ == "__main__":
    for path in drawings():
        path.write_text(styled(path.read_text()))
