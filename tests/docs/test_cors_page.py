"""The page on CORS: what each value of the option allows."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask_socketio import SocketIO

from tests.docs.test_readme import blocks
from tests.support.servers import ROOT

OWN = "http://localhost"
OTHER = "https://shop.example.com"
STRANGE = "https://elsewhere.example.com"
URL = "/socket.io/?EIO=4&transport=polling"

ALLOWED: list[tuple[Any, list[str]]] = [
    (None, [OWN]),
    ([OTHER], [OTHER]),
    (OTHER, [OTHER]),
    (lambda origin: str(origin).startswith("https:"), [OTHER, STRANGE]),
    ("*", [OWN, OTHER, STRANGE]),
    ([], [OWN, OTHER, STRANGE]),
]
"""Each row of the table, and the origins that may connect."""


def test_the_lines_for_nginx_are_those_of_the_page_on_deployment() -> None:
    """Which are tried before servers."""
    how_to = ROOT / "docs" / "how-to"
    [lines] = blocks(how_to / "cors.md", "nginx")
    [site] = blocks(how_to / "deploying.md", "nginx")
    assert set(lines.splitlines()) <= {line.strip() for line in site.splitlines()}


@pytest.mark.parametrize("option, allowed", ALLOWED)
def test_these_origins_may_connect(option: Any, allowed: list[str]) -> None:
    """The others are answered with 400; clients that are no browsers send none."""
    app = Flask("cors")
    SocketIO(app, async_mode="threading", cors_allowed_origins=option)
    client = app.test_client()
    origins = (OWN, OTHER, STRANGE)
    answers = {one: client.get(URL, headers={"Origin": one}) for one in origins}
    assert [one for one in origins if answers[one].status_code == 200] == allowed
    assert client.get(URL).status_code == 200
    sent = {"Access-Control-Allow-Origin" in answers[one].headers for one in allowed}
    assert sent == {option != []}
