"""The inspector's page in a tab of a browser: what it shows, and how it is used."""

from __future__ import annotations

from collections.abc import Callable

from tests.support.browser import Tab
from tests.support.servers import Server

WATCH = """
window.problems = [];
addEventListener("securitypolicyviolation", (event) =>
  problems.push(`${event.violatedDirective} ${event.blockedURI}`));
addEventListener("error", (event) => problems.push(event.message));
addEventListener("unhandledrejection", (event) => problems.push(String(event.reason)));
"""
LIVE = "document.getElementById('state').dataset.kind === 'live'"

Open = Callable[[Server], Tab]


def text(tab: Tab, selector: str) -> str:
    """Return the visible text of an element."""
    shown: str = tab.run(f"document.querySelector({selector!r}).innerText")
    return shown


def contains(selector: str, text: str) -> str:
    """Write the condition that an element shows a text."""
    return f"document.querySelector({selector!r}).innerText.includes({text!r})"


def fill(tab: Tab, selector: str, value: str) -> None:
    """Type a value into a control."""
    tab.run(
        f"""(() => {{
          const control = document.querySelector({selector!r});
          control.value = {value!r};
          control.dispatchEvent(new Event("input", {{ bubbles: true }}));
        }})()"""
    )


def look_up(tab: Tab, name: str, event: str) -> None:
    """Ask where a name and an event lead."""
    fill(tab, "#lookup [name=namespace]", name)
    fill(tab, "#lookup [name=event]", event)
    tab.run("document.querySelector('#lookup button').click()")
