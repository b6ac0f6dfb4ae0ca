"""Namespaces whose handlers raise what a test names."""

from __future__ import annotations

from typing import Any

from nsroute import Route, RoutedNamespace, errorhandler, on
from tests.support.packet_client import PacketClient, inline_client
from tests.support.sites import error, site

INTERNAL = error("internal_error", "internal error")


class Broken(RoutedNamespace):
    """It raises what it is given, by name."""

    KINDS = {
        kind.__name__: kind
        for kind in (ValueError, UnicodeError, KeyError, IndexError, OSError)
    }

    @on("raise")
    def throw(self, kind: str) -> None:
        raise self.KINDS[kind]("secret")


class Base(Broken):
    """It handles some of what it raises."""

    @errorhandler(ValueError)
    def value(self, problem: ValueError) -> str:
        return "base value"

    @errorhandler(LookupError)
    def lookup(self, problem: LookupError) -> str:
        return "base lookup"


def served(target: Any, **config: Any) -> tuple[Any, PacketClient]:
    """Serve a class to a client; give the site and the client."""
    here = site(Route("/<name>", target), config=config)
    client = inline_client(here)
    client.join("/a")
    return here, client
