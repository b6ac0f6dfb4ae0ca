"""`docs/how-to/life.md`: its drawing is that of the table that the code runs on."""

from __future__ import annotations

from nsroute.live.membership import MOST_LINGERING
from nsroute.live.namespaces import TRANSITIONS, LiveState
from tests.support.servers import ROOT
from tests.support.state_drawing import DRAWING, drawing

PAGE = ROOT / "docs" / "how-to" / "life.md"


def test_the_drawing_is_fresh() -> None:
    """`python -m tests.support.state_drawing` draws it anew."""
    assert DRAWING.read_text() == drawing()


def test_the_drawing_has_each_state_and_each_step() -> None:
    """What the table has not is not drawn."""
    shown = drawing()
    assert all(f">{state.value}<" in shown for state in LiveState)
    assert shown.count('class="step"') == len(TRANSITIONS)
    assert all(f">{step}<" in shown for _, step in TRANSITIONS)


def test_the_page_has_the_limit_that_holds() -> None:
    """How many objects linger at a time."""
    assert f"At\nmost {MOST_LINGERING:,} objects" in PAGE.read_text().replace("  ", "")
