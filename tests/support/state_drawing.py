"""Draw the states of a live namespace from the table that the code runs on.

`python -m tests.support.state_drawing` writes the drawing of `docs/how-to/life.md`.
"""

from __future__ import annotations

from collections.abc import Mapping

from nsroute.live.namespaces import TRANSITIONS, LiveState
from tests.support.drawings import head
from tests.support.servers import ROOT

DRAWING = ROOT / "docs" / "how-to" / "life.svg"
WIDTH, HEIGHT = 116, 44
Point = tuple[float, float]

PLACES: Mapping[LiveState, Point] = {
    LiveState.NEW: (78, 42),
    LiveState.MAKING: (78, 126),
    LiveState.MADE: (78, 210),
    LiveState.OPENING: (78, 294),
    LiveState.OPEN: (78, 378),
    LiveState.LINGERING: (78, 476),
    LiveState.CLOSING: (282, 378),
    LiveState.CLOSED: (282, 168),
}
NOTES: Mapping[LiveState, str] = {
    LiveState.MAKING: "__init__ runs",
    LiveState.OPENING: "opened runs",
    LiveState.OPEN: "timers run",
    LiveState.LINGERING: "timers run",
    LiveState.CLOSING: "closed runs",
}


def drawing() -> str:
    """Return the drawing as SVG."""
    ways = [_way(*key, after) for key, after in TRANSITIONS.items()]
    top = head("The states of a live namespace, and the steps between them", 520)
    return "\n".join([top, *ways, *map(_state, LiveState), "</svg>\n"])


def _state(state: LiveState) -> str:
    x, y = PLACES[state]
    kind = "deep" if state in (LiveState.OPEN, LiveState.LINGERING) else "ours"
    note = NOTES.get(state, "")
    name_y = y - 3 if note else y + 5
    return (
        f'<rect class="{kind}" x="{x - WIDTH / 2:g}" y="{y - HEIGHT / 2:g}" '
        f'width="{WIDTH}" height="{HEIGHT}" rx="6"/>'
        f'<text class="name mid" x="{x:g}" y="{name_y:g}">{state.value}</text>'
        f'<text class="what mid" x="{x:g}" y="{y + 14:g}">{note}</text>'
    )


def _way(before: LiveState, step: str, after: LiveState) -> str:
    (x1, y1), (x2, y2) = PLACES[before], PLACES[after]
    if (after, before) in {(start, to) for (start, _), to in TRANSITIONS.items()}:
        shift = 26 if y2 > y1 else -26  # there and back are two lines
        x1, x2 = x1 + shift, x2 + shift
    start, end = _edge((x1, y1), (x2, y2)), _edge((x2, y2), (x1, y1))
    middle = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
    return (
        f'<line class="way" x1="{start[0]:.1f}" y1="{start[1]:.1f}" '
        f'x2="{end[0]:.1f}" y2="{end[1]:.1f}"/>'
        f'<text class="step" x="{middle[0]:.1f}" y="{middle[1] + 4:.1f}">'
        f"{step}</text>"
    )


def _edge(here: Point, there: Point) -> Point:
    """Return where a line from the middle of a box leaves it."""
    dx, dy = there[0] - here[0], there[1] - here[1]
    scale = min(
        WIDTH / 2 / abs(dx) if dx else 9.0, (HEIGHT / 2 + 1) / abs(dy) if dy else 9.0
    )
    return here[0] + dx * scale, here[1] + dy * scale


if __name__ == "__main__":
    DRAWING.write_text(drawing())
