"""Errors on a client's whole way: whose fault they are, and that the next is served."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask_socketio import SocketIO

from nsroute import MetaRouter, RoutedNamespace, on
from tests.support.dispatch_namespaces import INTERNAL_REFUSAL, Scene
from tests.support.dispatch_recorder import DispatchRecorder
from tests.support.packet_client import inline_client
from tests.support.sites import Site, error, left_behind, site

HOOKS = ["__init__", "opened", "join", "accepted", "part", "closed"]


@pytest.mark.parametrize("step", ["opened", "accepted", "closed"])
def test_the_blame_goes_to_the_hook(step: str) -> None:
    """A dispatch that failed in a hook has the hook as its target."""
    scene = Scene({step: ValueError("secret")})
    if step == "opened":
        scene.client.refusal("/rooms/1")
    else:
        scene.client.join("/rooms/1")
        scene.client.leave("/rooms/1")
    targets = [d.target for d in scene.recorder.all if d.outcome == "error"]
    assert targets == [f"Staged.{step}"]


@pytest.mark.parametrize("first,leave", [("join", False), ("part", True)])
def test_two_errors_of_one_dispatch_are_recorded_together(
    first: str, leave: bool
) -> None:
    """Where the handler fails and `closed` too, the record holds both, in order."""
    problems = [ValueError("one"), KeyError("two")]
    scene = Scene({first: problems[0], "closed": problems[1]})
    if leave:
        scene.client.join("/rooms/1")
        scene.client.leave("/rooms/1")
    else:
        assert scene.client.refusal("/rooms/1") == INTERNAL_REFUSAL
    recorded = scene.recorder.last.error
    assert isinstance(recorded, ExceptionGroup)
    assert list(recorded.exceptions) == problems
    assert scene.is_empty()


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
        assert scene.client.refusal("/rooms/1") == INTERNAL_REFUSAL
    else:
        scene.client.join("/rooms/1")
        scene.client.leave("/rooms/1")
    assert "error" in [dispatch.outcome for dispatch in scene.recorder.all]
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
    client = inline_client(site(Room))
    client.join("/room")
    assert client.call("/room", "work") == error("internal_error", "internal error")
    assert client.call("/room", "work") == "done"


# --- contexts that cannot begin ------------------------------------------------------


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
    recorder = DispatchRecorder(here)
    client = inline_client(here)
    client.join("/lobby")
    here.app.failures = failures  # type: ignore[attr-defined]
    client.leave("/lobby")
    assert heard == steps
    assert here.router.live == {}
    assert left_behind(here) == {"environ": 1}
    assert recorder.last.outcome == ("error" if failures else "ok")


def test_a_client_whose_context_cannot_begin_is_answered() -> None:
    """Where Flask's context fails, connects are refused and events answered."""
    here = _broken_site([])
    client = inline_client(here)
    here.app.failures = 2  # type: ignore[attr-defined]
    assert client.refusal("/lobby") == INTERNAL_REFUSAL
    assert here.router.live == {}
    here.app.failures = 0  # type: ignore[attr-defined]
    client.join("/lobby")
    here.app.failures = 1  # type: ignore[attr-defined]
    assert client.call("/lobby", "ping") == error("internal_error", "internal error")
    assert client.call("/lobby", "ping") == "pong"
