"""Sites for the inspector: a small collaboration service, and one full of rooms."""

from __future__ import annotations

import os
from typing import Any

from flask import request
from flask_socketio import ConnectionRefusedError

from nsroute import EventError, MetaRouter, RoutedNamespace, emits, on
from nsroute.inspector import Inspector
from nsroute.signals import Dispatch
from tests.support.apps import new_site
from tests.support.message_queue import QUEUE
from tests.support.sites import Site


def signed_in(dispatch: Dispatch, proceed: Any) -> Any:
    """Let in who tells a user."""
    if dispatch.kind == "connect" and not dispatch.args:
        raise ConnectionRefusedError("sign in first")
    return proceed()


def may_write(dispatch: Dispatch, proceed: Any) -> Any:
    """Let editors move cards."""
    if "readonly" in str(dispatch.args):
        raise EventError("forbidden", "You may only look at this board.")
    return proceed()


class Board(
    RoutedNamespace, namespace="/boards/<int:board_id>", middleware=[signed_in]
):
    """A board of cards that several people move at once."""

    @on("connect")
    def join(self, auth: Any) -> None:
        """Join a board."""

    @on("move", middleware=[may_write])
    def move(self, card: Any, column: Any) -> str:
        """Move a card to another column."""
        if column == "nowhere":
            raise LookupError(
                f"no column {column!r} on board {self.params['board_id']}"
            )
        return "moved"

    @on("cursor:*")
    def cursor(self, event: str, x: int, y: int) -> None:
        """Show where somebody points."""

    @on("disconnect")
    def leave(self, reason: str) -> None:
        """Leave the board."""

    @emits
    def moved(self, card: str, column: str) -> None:
        """A card is in another column."""


class Chat(RoutedNamespace, namespace="/chats/<string:name>"):
    """A chat of a name that people choose."""

    @on("*")
    def anything(self, event: str, *args: Any) -> int:
        """Take any event."""
        return len(args)


class Lobby(RoutedNamespace, namespace=["/lobby", "/lobby/<any(de, en, fr):language>"]):
    """Where everybody begins."""

    @on("who")
    def who(self) -> list[str]:
        """Return who is here."""
        return sorted(self.clients)


def authorized() -> bool:
    """Let in whom the tests let in."""
    return request.args.get("deny") is None


def shared(mode: str) -> Site:
    """Serve the same from each of several processes, which share a message queue."""
    return collaboration(mode, message_queue=os.environ[QUEUE])


def collaboration(mode: str, **options: Any) -> Site:
    """Serve boards, chats and a lobby, and show them."""
    site = new_site(mode, **options)
    router = MetaRouter([Board, Chat, Lobby], max_namespaces_per_client=1000)
    site.router = router.mount(site.socketio)
    site.app.register_blueprint(Inspector(router, authorize=authorized))
    return site
