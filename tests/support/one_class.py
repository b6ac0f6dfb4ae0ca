"""One class, served to one client at one name."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from nsroute import Route
from tests.support.packet_client import inline_client
from tests.support.sites import site


def served(target: Any) -> Callable[..., Any]:
    """Serve a class at one name; give what sends it an event."""
    client = inline_client(site(Route("/it", target)))
    client.join("/it")
    return functools.partial(client.call, "/it")


def code(told: Any) -> Any:
    """Give the code of an error that a client was told."""
    return told["error"]["code"]
