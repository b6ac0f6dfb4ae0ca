"""The inspector's page as one sees and uses it: screens, keyboard, dark mode."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.browser import Tab
from tests.support.clients import Peer
from tests.support.inspector_tab import contains, look_up

pytest_plugins = ["tests.support.inspector_fixtures"]
pytestmark = pytest.mark.sockets


@pytest.mark.parametrize("width", [360, 768, 980, 1440])
def test_it_fits_any_screen(page: Tab, join: Callable[..., Peer], width: int) -> None:
    """From a phone's width on, the page is never wider than its screen."""
    ann = join("/boards/7", "/chats/" + "n" * 300)
    ann.emit("/boards/7", "e" * 300)
    ann.call("/boards/7", "move", 1, "nowhere")
    page.run("unfold.click()")
    look_up(page, "/chats/" + "n" * 300, "e" * 300)
    page.until(contains("#verdict", "goes to Chat.anything"))
    page.ask(
        "Emulation.setDeviceMetricsOverride",
        width=width,
        height=740,
        deviceScaleFactor=1,
        mobile=width < 700,
    )
    page.until(contains("#stream tbody", "LookupError"))
    assert page.run("document.documentElement.scrollWidth") <= width
    assert page.run("innerWidth") == width


def test_a_phone_shows_who_is_where_before_what_happens(
    page: Tab, join: Callable[..., Peer]
) -> None:
    """Many live namespaces scroll by themselves, and the dispatches come after them."""
    join(*[f"/chats/room-{number}" for number in range(50)])
    page.until("live.tBodies[0].rows.length === 50")
    page.until("stream.tBodies[0].rows.length === 50")
    size = {"width": 390, "height": 740, "deviceScaleFactor": 1, "mobile": True}
    page.ask("Emulation.setDeviceMetricsOverride", **size)
    edges = """(({ top, bottom }) => [top, bottom])(
      document.querySelector("%s").closest("section").getBoundingClientRect())"""
    top, bottom = page.run(edges % "#live")
    assert bottom - top < 740
    assert page.run(edges % "#stream")[0] >= bottom


def test_it_is_used_by_keyboard(page: Tab) -> None:
    """Each control has a name and is reached by Tab, the way past the top first."""
    nameless = """[...document.querySelectorAll("input, select, button")]
      .filter((one) => !(one.labels?.[0] ?? one).textContent.trim()).length"""
    assert page.run(nameless) == 0
    reached = []
    for _ in range(16):
        for kind in "keyDown", "keyUp":
            page.ask("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab")
        here = "(({ className, name, id }) => name || id || className)"
        reached.append(page.run(f"{here}(document.activeElement)"))
    assert reached[0] == "skip"
    for control in "namespace", "event", "unfold", "fold", "outcome", "pause", "live":
        assert control in reached


def test_it_is_dark_where_the_browser_is(page: Tab) -> None:
    """The page has another ground in dark mode than in light."""
    grounds = set()
    for scheme in "light", "dark":
        feature = {"name": "prefers-color-scheme", "value": scheme}
        page.ask("Emulation.setEmulatedMedia", features=[feature])
        grounds.add(page.run("getComputedStyle(document.body).backgroundColor"))
    assert len(grounds) == 2
