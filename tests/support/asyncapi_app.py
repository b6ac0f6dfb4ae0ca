"""The routes whose AsyncAPI document the tests read."""

from __future__ import annotations

from typing import Any

import attrs
from flask import Flask
from flask_socketio import Namespace, SocketIO
from werkzeug.routing import BaseConverter

from nsroute import MetaRouter, Route, RoutedNamespace, emits, on


@attrs.frozen
class Square:
    """A square of a board."""

    x: int
    y: int = 0


class HexConverter(BaseConverter):
    regex = "[0-9a-f]+"

    def to_python(self, value: str) -> int:
        return int(value, 16)

    def to_url(self, value: int) -> str:
        return f"{value:x}"


class Board(
    RoutedNamespace, namespace=["/boards/<int(max=99):board_id>", "/b{-o}ards/t<team>"]
):
    """A board that several people move pieces on.

    It has squares.
    """

    @on("connect")
    def join(self, auth: dict[str, str]) -> None:
        """Let in who has a ticket."""

    @on("move")
    def move(self, piece: str, to: Square, fast: bool = False) -> tuple[bool, Square]:
        """Move a piece.

        The others are told.
        """
        return True, to

    @on("cursor:*")
    def cursor(self, event: str, *point: float) -> None: ...

    @on("error")
    def report(self, text): ...  # type: ignore[no-untyped-def]

    @on("disconnect")
    def leave(self) -> None: ...

    @emits
    def moved(self, piece: str, to: Square, fast: bool = False) -> None:
        """A piece was moved.

        To all but its player.
        """

    @emits("are you sure?")
    def confirm(self, question: str) -> tuple[bool, str]: ...

    @emits
    def loose(self, *anything): ...  # type: ignore[no-untyped-def]


class Plain(Namespace):
    def on_hello(self, name: str) -> int | None: ...


class Forwarding(Namespace):
    def trigger_event(self, event: str, *args: Any) -> Any: ...


def new_router(app: Flask) -> MetaRouter:
    routes = [
        Board,
        Route("/<any(red, blue):color>/<hex:id>", Plain, name="hex/<plain>"),
        Route("/<float(signed=True):f>/<uuid:u>", Plain),
        Route("/<string(length=3):a>/<string(maxlength=9):b>/x", Plain),
        Route("/files/<path:name>", Forwarding),
    ]
    router = MetaRouter(routes, converters={"hex": HexConverter})
    return router.mount(SocketIO(app, async_mode="threading"))
