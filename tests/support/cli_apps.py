"""An application with handlers of every kind, to be looked at from the command line."""

from __future__ import annotations

from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from flask_socketio import Namespace, SocketIO

from nsroute import MetaRouter, MountWarning, Route, RoutedNamespace, Submount, on
from nsroute.cli import nsroute as command


def audit(dispatch: Any, proceed: Any) -> Any:
    """Write down who did what."""
    return proceed()


class Limit:
    """So many, and no more."""

    def __call__(self, dispatch: Any, proceed: Any) -> Any:
        return proceed()


class Board(RoutedNamespace, namespace="/boards/<int:board_id>", middleware=[audit]):
    """A board that several people move pieces on."""

    @on("connect")
    def join(self, auth: dict[str, Any]) -> None:
        """Let in who has a ticket.

        Tickets are sold at the entrance.
        """

    @on("move", middleware=[Limit()])
    def move(self, piece: str, x: int = 0) -> bool:
        """Move a piece."""
        return True

    @on("cursor:*")
    @staticmethod
    def cursor(event: str, *point: float) -> None: ...

    @on("disconnect")
    def leave(self) -> None: ...


class Lobby(Board):
    """Where people wait for a board."""


class Plain(Namespace):
    def on_hello(self, name: str) -> None: ...


class Forwarding(Namespace):
    def trigger_event(self, event: str, *args: Any) -> Any: ...


def new_app() -> Flask:
    """Make the application."""
    app = Flask("tested")
    socketio = SocketIO(app, async_mode="threading")

    @socketio.on("ping")
    def ping() -> None: ...

    @socketio.on("move", namespace="/boards/1")
    def cheat(*args: Any) -> None: ...

    socketio.on_namespace(Plain("/boards/2"))
    socketio.on_namespace(Lobby("/lobby"))
    routes = [
        Route("/plain", Plain, name="plain"),
        Route("/all", Forwarding),
    ]
    router = MetaRouter([Board, Submount("/teams/<team>", routes, middleware=[audit])])
    with pytest.warns(MountWarning, match="cheat"):
        router.mount(socketio)

    @socketio.on("hello", namespace="*")
    def greet(*args: Any) -> None: ...

    return app


def run(app: Flask, *args: str, width: int | None = 80) -> Result:
    """Run `flask nsroute …` in a terminal of a width, or in none."""
    env = {"COLUMNS": None if width is None else str(width)}
    return app.test_cli_runner().invoke(command, list(args), env=env)
