"""Errors in disconnects: none keeps a client, and each is handled and recorded."""

from __future__ import annotations

from typing import Any

import pytest

from nsroute import EventError
from tests.support.dispatch_namespaces import Scene, raises


def _answers(problem: Exception) -> Any:
    return "come in"


@pytest.mark.parametrize("step", ["part", "closed"])
@pytest.mark.parametrize(
    "problem", [ValueError("secret"), EventError("bad"), TypeError("x"), SystemExit(1)]
)
@pytest.mark.parametrize("handle", [None, _answers, raises(KeyError("x"))])
@pytest.mark.parametrize("way", ["leave", "close"])
def test_an_error_on_the_way_out_keeps_nobody(
    step: str, problem: BaseException, handle: Any, way: str
) -> None:
    """What disconnect handlers and `closed` raise goes no further; nothing is left."""
    scene = Scene({step: problem}, handle)
    scene.client.join("/rooms/1")
    scene.client.join("/rooms/2")
    if way == "leave":
        scene.client.leave("/rooms/1")
        scene.client.leave("/rooms/2")
    else:
        scene.client.close()
    assert scene.heard.count("part") == 2
    assert scene.heard.count("closed") == 2
    assert scene.is_empty()


def test_what_fails_on_the_way_out_is_handled() -> None:
    """The class's error handler is asked for disconnect handlers and for `closed`."""
    for step in ("part", "closed"):
        problem = ValueError("secret")
        scene = Scene({step: problem}, _answers)
        scene.client.join("/rooms/1")
        scene.client.leave("/rooms/1")
        assert scene.handled == [problem]
        assert (scene.recorder.last.kind, scene.recorder.last.outcome) == (
            "disconnect",
            "rejected",
        )


def test_an_error_that_was_handled_does_not_hide_one_that_was_not() -> None:
    """Where one error is handled and the next is not, the outcome is `error`."""
    problem = KeyError("closed")

    def handle(error: Exception) -> None:
        if error is problem:
            raise error

    scene = Scene({"part": ValueError("part"), "closed": problem}, handle)
    scene.client.join("/rooms/1")
    scene.client.leave("/rooms/1")
    assert (scene.recorder.last.outcome, scene.recorder.last.error) == (
        "error",
        problem,
    )


def test_an_error_that_was_not_handled_is_not_hidden_by_one_that_was() -> None:
    """Where one error is not handled and the next is, the outcome is `error` too."""
    problem = ValueError("part")

    def handle(error: Exception) -> None:
        if error is problem:
            raise error

    scene = Scene({"part": problem, "closed": KeyError("closed")}, handle)
    scene.client.join("/rooms/1")
    scene.client.leave("/rooms/1")
    assert (scene.recorder.last.outcome, scene.recorder.last.error) == (
        "error",
        problem,
    )
    assert len(scene.handled) == 2
