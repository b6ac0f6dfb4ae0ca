"""A user's module with annotations: nothing is wrong, also to those who are strict."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Annotated, Any, Literal, TypedDict, assert_type
from uuid import UUID

import attrs
import msgspec
from flask import Flask
from flask_socketio import Namespace, SocketIO

from nsroute import (
    Dispatch,
    EventError,
    LogPolicy,
    Match,
    MetaRouter,
    Route,
    RoutedNamespace,
    RouteTable,
    Submount,
    dispatched,
    emits,
    errorhandler,
    every,
    on,
)
from nsroute.middleware import Middleware, rate_limit, require
from nsroute.testing import Received, RouterClient, assert_emitted


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@attrs.frozen
class Point:
    x: float
    y: float


@dataclass
class Stroke:
    points: list[Point]
    colour: Colour = Colour.RED


class Auth(TypedDict, total=False):
    user: str


class Page(msgspec.Struct):
    number: Annotated[int, msgspec.Meta(ge=1)]
    size: Literal[10, 100] = 10


class NotSaved(Exception):
    """A user's own error."""


Kinds = Literal["connect", "event", "disconnect", "server", "close", "timer", "task"]


def audit(dispatch: Dispatch, proceed: Callable[[], Any]) -> Any:
    """A middleware in full."""
    assert_type(dispatch.kind, Kinds)
    assert_type(dispatch.namespace, str)
    assert_type(dispatch.params, Mapping[str, Any])
    assert_type(dispatch.pattern, str | None)
    assert_type(dispatch.duration, float | None)
    if dispatch.kind == "event" and dispatch.sid is None:
        raise EventError("odd", details={"args": len(dispatch.args)})
    return proceed()


def is_member(dispatch: Dispatch) -> bool:
    """A predicate."""
    return dispatch.params.get("name") != "private"


BASE = (audit, require(is_member, code="members_only", message="Join us."))


class Base(
    RoutedNamespace,
    log=LogPolicy(payloads=True, redact=("token",), sample=10),
    middleware=BASE,
):
    """A base class without a pattern."""

    @errorhandler(NotSaved)
    def not_saved(self, problem: NotSaved) -> dict[str, str]:
        return {"retry": str(problem)}

    @errorhandler()
    def anything(self, problem: Exception) -> None:
        raise EventError("broken") from problem


class Board(
    Base,
    namespace=["/boards/<name>", "/private/<uuid:board_id>"],
    middleware=[*BASE, audit],
    linger=30,
    capacity=None,
):
    """A class with all kinds of handlers."""

    @every(0.05)
    def tick(self) -> None:
        task: object = self.start_background_task(self.emit, "tick", data=1)
        del task

    def __init__(self, namespace: str) -> None:
        super().__init__(namespace)
        self.strokes: list[Stroke] = []

    def opened(self) -> None:
        self.strokes.clear()

    def accepted(self) -> None:
        self.emit("strokes", self.strokes)

    def closed(self) -> None:
        assert_type(self.clients, Mapping[str, dict[str, Any]])

    @on("connect")
    def join(self, auth: Auth | None) -> None:
        if auth is None or "user" not in auth:
            raise EventError("anonymous", "Sign in first.")
        self.client["user"] = auth["user"]
        assert_type(self.client, dict[str, Any])
        assert_type((self.sid, self.event), tuple[str, str])
        assert_type(self.router, Any)

    @emits
    def drawn(self, stroke: Stroke, number: int = 0) -> None:
        """Somebody has drawn."""

    @emits("may I?")
    def ask_leave(self, question: str) -> bool:
        raise NotImplementedError

    def tell(self) -> None:
        self.drawn(Stroke([]), 1)
        self.drawn(stroke=Stroke([]))
        self.drawn.to("followers", skip_sid=self.sid)(Stroke([]), number=2)
        assert_type(self.ask_leave.call(self.sid, timeout=5)("now?"), bool)

    @on("draw", middleware=[rate_limit(10, 1, key=lambda d: d.sid)], log="debug")
    def draw(self, stroke: Stroke) -> int:
        with self.lock:
            self.strokes.append(stroke)
        self.emit("drawn", stroke, include_self=False)
        return len(self.strokes)

    @on("page")
    @on("pages", log=False)
    def page(
        self, page: Page, since: datetime | None = None
    ) -> tuple[int, list[Stroke]]:
        return page.number, self.strokes[: page.size]

    @on("draw", namespace="/private/<uuid:board_id>", log=True)
    def draw_privately(self, *strokes: Stroke, board_id: UUID) -> UUID:
        assert_type(self.params, Mapping[str, Any])
        return board_id

    @on("cursor:*")
    def cursor(self, event: str, point: Point | None = None) -> None:
        self.send({"event": event, "at": point}, json=True, to="followers")

    @on("upload")
    def upload(self, picture: bytes) -> bytes:
        return picture[::-1]

    @on("ask")
    def ask(self, sid: str) -> Any:
        return self.call("question", ("what", 1), to=sid, timeout=5)

    @on("static")
    @staticmethod
    def static(number: int) -> int:
        return number

    def on_disconnect(self, reason: str) -> None:
        self.close_room("followers")


class Chat(Namespace):
    """A plain class of Flask-SocketIO."""

    def on_message(self, text: str) -> str:
        return text.upper()


class Namespaces:
    """What sends to many namespaces."""

    def emit(self, event: str, data: Any, **options: Any) -> None: ...


# A decorated method keeps its type.
board = Board("/boards/art")
Board.drawn.via(Namespaces())(Stroke([]))
Board.drawn.via(board).to("followers")(Stroke([]))
assert_type(Board.drawn.event, str)
assert_type(board.draw(Stroke([])), int)
assert_type(board.page(Page(1)), tuple[int, list[Stroke]])
assert_type(board.static(1), int)

layer: Middleware = audit
layers: list[Middleware] = [audit, rate_limit(1, 60, storage="redis://r", name="all")]
table = RouteTable([Board, Route("/chats/<name>", Chat, name="chat")])
assert_type(table.match("/boards/art"), Match | None)
assert_type(table.namespace_for(Board, name="art"), str)
for route in table:
    assert_type(route, Route)

app = Flask(__name__)
socketio = SocketIO(app)
router = MetaRouter(
    [table, Submount("/t/<tenant>", [Board], middleware=[layer])],
    middleware=layers,
    max_namespaces_per_client=10,
    log=LogPolicy(levels={"ok": "debug", "late": None}),
)
assert_type(router.mount(socketio), MetaRouter)
assert_type(router.namespace_for("chat", name="x"), str)


@router.errorhandler(KeyError, IndexError)
def missing(problem: LookupError) -> str:
    """The router's error handler keeps its type as well."""
    return str(problem)


assert_type(missing(KeyError()), str)


@dispatched.connect_via(router)
def count(sender: MetaRouter, dispatch: Dispatch) -> None:
    """A receiver of finished dispatches."""
    assert_type(dispatch.outcome is not None, bool)


def is_told(client: RouterClient) -> None:
    """A test takes the declaration of an event."""
    client.reply(Board.ask_leave, bool)
    assert_type(assert_emitted(client, Board.drawn, Stroke([])), Received)


def held(live: Board) -> AbstractContextManager[bool | None]:
    """The lock of a live object is a context manager like any lock."""
    return live.lock
