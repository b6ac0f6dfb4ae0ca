"""Errors in connects and disconnects: no error lets a client in, none keeps one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask_socketio import SocketIO

from nsroute import EventError, MetaRouter, Route, RoutedNamespace, errorhandler, on
from tests.local import Tape, Wire, error, site
from tests.servers import Site

INTERNAL = {"message": "internal error"}
HOOKS = ["__init__", "opened", "join", "accepted", "part", "closed"]


class Room(RoutedNamespace):
    """It tells its scene of each step, which may raise."""

    scene: Scene

    def __init__(self, namespace: str) -> None:
        super().__init__(namespace)
        self.scene.step("__init__")

    def opened(self) -> None:
        self.scene.step("opened")

    def accepted(self) -> None:
        self.scene.step("accepted")

    def closed(self) -> None:
        self.scene.step("closed")

    @on("connect")
    def join(self) -> None:
        self.scene.step("join")

    @on("ping")
    def ping(self) -> str:
        return "pong"

    @on("disconnect")
    def part(self) -> None:
        self.scene.step("part")


class HandledRoom(Room):
    @errorhandler()
    def handle(self, problem: Exception) -> Any:
        self.scene.handled.append(problem)
        return self.scene.handle(problem)


class Scene:
    """A room that raises in one place, and what ran of it."""

    def __init__(
        self, broken: dict[str, BaseException], handle: Any = None, **config: Any
    ) -> None:
        self.broken = broken
        self.handle = handle
        self.heard: list[str] = []
        self.handled: list[Exception] = []
        base = Room if handle is None else HandledRoom
        staged = type("Staged", (base,), {"scene": self})
        route = Route("/rooms/<int:room_id>", staged)
        self.site: Site = site(route, config=config)
        self.tape = Tape(self.site.router)
        self.wire = Wire(self.site)

    def step(self, name: str) -> None:
        self.heard.append(name)
        if name in self.broken:
            raise self.broken[name]

    def is_empty(self) -> bool:
        """Tell whether nothing is left of any client, in the router and upstream."""
        manager = self.site.socketio.server.manager
        kept = (manager.rooms, manager.pending_connect, manager.pending_disconnect)
        return not (self.site.router.live or any(kept))


def _answers(problem: Exception) -> Any:
    return "come in"


def _ignores(problem: Exception) -> None:
    pass


def _raises(exception: Exception) -> Callable[[Exception], Any]:
    def handle(_: Exception) -> Any:
        raise exception

    return handle


@pytest.mark.parametrize("step", ["__init__", "opened", "join"])
@pytest.mark.parametrize("handle", [None, _answers, _ignores, _raises(KeyError("x"))])
def test_no_error_lets_a_client_in(step: str, handle: Any) -> None:
    """An error on the way in refuses, whatever an error handler makes of it."""
    scene = Scene({step: ValueError("secret")}, handle)
    assert scene.wire.refusal("/rooms/1") == INTERNAL
    assert scene.is_empty()


@pytest.mark.parametrize(
    "step,heard",
    [
        ("__init__", ["__init__"]),
        ("opened", ["__init__", "opened"]),
        ("join", ["__init__", "opened", "join", "closed"]),
    ],
)
def test_an_object_that_failed_to_open_is_not_closed(
    step: str, heard: list[str]
) -> None:
    """What was opened is closed again, what was not is just dropped."""
    scene = Scene({step: ValueError("secret")})
    scene.wire.refusal("/rooms/1")
    assert scene.heard == heard


@pytest.mark.parametrize("step", ["__init__", "opened", "join"])
def test_the_next_client_gets_a_new_object(step: str) -> None:
    """After an error on the way in, the namespace begins anew with the next client."""
    broken: dict[str, BaseException] = {step: ValueError("secret")}
    scene = Scene(broken)
    scene.wire.refusal("/rooms/1")
    broken.clear()
    scene.heard.clear()
    scene.wire.join("/rooms/1")
    assert scene.heard == ["__init__", "opened", "join", "accepted"]


def test_an_error_handler_gets_what_failed_on_the_way_in() -> None:
    """The class's error handler is asked for `opened` and connect handlers."""
    for step in ("opened", "join"):
        problem = ValueError("secret")
        scene = Scene({step: problem}, _answers)
        scene.wire.refusal("/rooms/1")
        assert scene.handled == [problem]
        assert (scene.tape.last.outcome, scene.tape.last.error) == ("rejected", problem)


def test_no_method_is_called_on_an_object_that_could_not_be_made() -> None:
    """Where there is no object the class's error handler cannot be asked."""
    problem = ValueError("secret")
    scene = Scene({"__init__": problem}, _answers)
    scene.wire.refusal("/rooms/1")
    assert scene.handled == []
    assert (scene.tape.last.outcome, scene.tape.last.error) == ("error", problem)
    assert scene.tape.last.instance is None


def test_the_router_is_asked_where_there_is_no_object() -> None:
    """The router's error handler gets what making the object raised."""
    problem = ValueError("secret")
    scene = Scene({"__init__": problem})
    handled: list[Exception] = []
    scene.site.router.errorhandler(ValueError)(handled.append)
    assert scene.wire.refusal("/rooms/1") == INTERNAL
    assert handled == [problem]


def test_an_error_handler_may_choose_the_words_of_a_refusal() -> None:
    """An `EventError` of an error handler is what the refused client is told."""
    scene = Scene(
        {"join": ValueError("secret")}, _raises(EventError("bad", "Too bad."))
    )
    told = {"message": "Too bad.", "data": {"code": "bad"}}
    assert scene.wire.refusal("/rooms/1") == told
    assert (scene.tape.last.outcome, scene.tape.last.code) == ("refused", "bad")


@pytest.mark.parametrize("step", ["opened", "accepted", "closed"])
def test_the_blame_goes_to_the_hook(step: str) -> None:
    """A dispatch that failed in a hook has the hook as its target."""
    scene = Scene({step: ValueError("secret")})
    if step == "opened":
        scene.wire.refusal("/rooms/1")
    else:
        scene.wire.join("/rooms/1")
        scene.wire.leave("/rooms/1")
    targets = [d.target for d in scene.tape.all if d.outcome == "error"]
    assert targets == [f"Staged.{step}"]


@pytest.mark.parametrize("problem", [ValueError("secret"), EventError("bad", "Bad.")])
@pytest.mark.parametrize("handle", [None, _answers, _raises(KeyError("x"))])
def test_an_error_after_the_answer_disconnects_nobody(
    problem: Exception, handle: Any
) -> None:
    """What `accepted` raises is recorded; the client is in and stays."""
    scene = Scene({"accepted": problem}, handle)
    scene.wire.join("/rooms/1")
    assert scene.wire.call("/rooms/1", "ping") == "pong"
    connects = [d for d in scene.tape.all if d.kind == "connect"]
    assert len(connects) == 1
    assert connects[0].outcome in ("error", "rejected")
    assert connects[0].error is not None


def test_an_answer_after_the_answer_is_no_refusal() -> None:
    """An `EventError` of `accepted` is recorded as `rejected`: the client is in."""
    scene = Scene({"accepted": EventError("bad", "Bad.", b"binary")})
    scene.wire.join("/rooms/1")
    assert (scene.tape.last.outcome, scene.tape.last.code) == ("rejected", "bad")


@pytest.mark.parametrize("step", ["part", "closed"])
@pytest.mark.parametrize(
    "problem", [ValueError("secret"), EventError("bad"), TypeError("x"), SystemExit(1)]
)
@pytest.mark.parametrize("handle", [None, _answers, _raises(KeyError("x"))])
@pytest.mark.parametrize("way", ["leave", "close"])
def test_an_error_on_the_way_out_keeps_nobody(
    step: str, problem: BaseException, handle: Any, way: str
) -> None:
    """What disconnect handlers and `closed` raise goes no further; nothing is left."""
    scene = Scene({step: problem}, handle)
    scene.wire.join("/rooms/1")
    scene.wire.join("/rooms/2")
    if way == "leave":
        scene.wire.leave("/rooms/1")
        scene.wire.leave("/rooms/2")
    else:
        scene.wire.close()
    assert scene.heard.count("part") == 2
    assert scene.heard.count("closed") == 2
    assert scene.is_empty()


def test_what_fails_on_the_way_out_is_handled() -> None:
    """The class's error handler is asked for disconnect handlers and for `closed`."""
    for step in ("part", "closed"):
        problem = ValueError("secret")
        scene = Scene({step: problem}, _answers)
        scene.wire.join("/rooms/1")
        scene.wire.leave("/rooms/1")
        assert scene.handled == [problem]
        assert (scene.tape.last.kind, scene.tape.last.outcome) == (
            "disconnect",
            "rejected",
        )


@pytest.mark.parametrize("first,leave", [("join", False), ("part", True)])
def test_two_errors_of_one_dispatch_are_recorded_together(
    first: str, leave: bool
) -> None:
    """Where the handler fails and `closed` too, the record holds both, in order."""
    problems = [ValueError("one"), KeyError("two")]
    scene = Scene({first: problems[0], "closed": problems[1]})
    if leave:
        scene.wire.join("/rooms/1")
        scene.wire.leave("/rooms/1")
    else:
        assert scene.wire.refusal("/rooms/1") == INTERNAL
    recorded = scene.tape.last.error
    assert isinstance(recorded, ExceptionGroup)
    assert list(recorded.exceptions) == problems
    assert scene.is_empty()


def test_an_error_that_was_handled_does_not_hide_one_that_was_not() -> None:
    """Where one error is handled and the next is not, the outcome is `error`."""
    problem = KeyError("closed")

    def handle(error: Exception) -> None:
        if error is problem:
            raise error

    scene = Scene({"part": ValueError("part"), "closed": problem}, handle)
    scene.wire.join("/rooms/1")
    scene.wire.leave("/rooms/1")
    assert (scene.tape.last.outcome, scene.tape.last.error) == ("error", problem)


def test_an_error_that_was_not_handled_is_not_hidden_by_one_that_was() -> None:
    """Where one error is not handled and the next is, the outcome is `error` too."""
    problem = ValueError("part")

    def handle(error: Exception) -> None:
        if error is problem:
            raise error

    scene = Scene({"part": problem, "closed": KeyError("closed")}, handle)
    scene.wire.join("/rooms/1")
    scene.wire.leave("/rooms/1")
    assert (scene.tape.last.outcome, scene.tape.last.error) == ("error", problem)
    assert len(scene.handled) == 2


@pytest.mark.parametrize("step", HOOKS)
@pytest.mark.parametrize(
    "config", [{"TESTING": True}, {"PROPAGATE_EXCEPTIONS": True}, {"DEBUG": True}]
)
def test_nothing_is_ever_raised_from_the_lifecycle(
    step: str, config: dict[str, bool]
) -> None:
    """Where Flask propagates, connects and disconnects do not."""
    scene = Scene({step: ValueError("secret")}, **config)
    refused = step in ("__init__", "opened", "join")
    if refused:
        assert scene.wire.refusal("/rooms/1") == INTERNAL
    else:
        scene.wire.join("/rooms/1")
        scene.wire.leave("/rooms/1")
    assert "error" in [dispatch.outcome for dispatch in scene.tape.all]
    assert scene.is_empty()


def test_events_after_an_error_are_served() -> None:
    """An event that fails does no harm to the next."""
    fails = [True]

    class Room(RoutedNamespace, namespace="/room"):
        @on("work")
        def work(self) -> str:
            if fails.pop():
                raise ValueError("secret")
            return "done"

    fails.insert(0, False)
    wire = Wire(site(Room))
    wire.join("/room")
    assert wire.call("/room", "work") == error("internal_error", "internal error")
    assert wire.call("/room", "work") == "done"


class BrokenFlask(Flask):
    """An application whose request contexts fail to begin, so many times."""

    failures = 0

    def request_context(self, environ: Any) -> Any:
        if self.failures:
            self.failures -= 1
            raise OSError("secret")
        return super().request_context(environ)


def _broken_site(steps: list[str]) -> Site:
    class Lobby(RoutedNamespace, namespace="/lobby"):
        @on("ping")
        def ping(self) -> str:
            return "pong"

        @on("disconnect")
        def part(self) -> None:
            steps.append("part")

        def closed(self) -> None:
            steps.append("closed")

    app = BrokenFlask("broken")
    socketio = SocketIO(app, async_mode="threading")
    return Site(app, socketio, MetaRouter([Lobby], log=False).mount(socketio))


@pytest.mark.parametrize(
    "failures,steps", [(0, ["part", "closed"]), (1, ["closed"]), (99, ["closed"])]
)
def test_a_client_leaves_though_its_context_cannot_begin(
    failures: int, steps: list[str]
) -> None:
    """Where Flask's context fails for a disconnect, the client is let go anyhow."""
    heard: list[str] = []
    here = _broken_site(heard)
    tape = Tape(here.router)
    wire = Wire(here)
    wire.join("/lobby")
    here.app.failures = failures  # type: ignore[attr-defined]
    wire.leave("/lobby")
    assert heard == steps
    assert here.router.live == {}
    assert here.socketio.server.manager.rooms == {}
    assert tape.last.outcome == ("error" if failures else "ok")


def test_a_client_whose_context_cannot_begin_is_answered() -> None:
    """Where Flask's context fails, connects are refused and events answered."""
    here = _broken_site([])
    wire = Wire(here)
    here.app.failures = 2  # type: ignore[attr-defined]
    assert wire.refusal("/lobby") == INTERNAL
    assert here.router.live == {}
    here.app.failures = 0  # type: ignore[attr-defined]
    wire.join("/lobby")
    here.app.failures = 1  # type: ignore[attr-defined]
    assert wire.call("/lobby", "ping") == error("internal_error", "internal error")
    assert wire.call("/lobby", "ping") == "pong"
