"""Errors in connects: none lets a client in, none puts one out that is in."""

from __future__ import annotations

from typing import Any

import pytest

from nsroute import EventError
from tests.support.dispatch_namespaces import INTERNAL_REFUSAL, Scene, raises


def _answers(problem: Exception) -> Any:
    return "come in"


def _ignores(problem: Exception) -> None:
    pass


@pytest.mark.parametrize("step", ["__init__", "opened", "join"])
@pytest.mark.parametrize("handle", [None, _answers, _ignores, raises(KeyError("x"))])
def test_no_error_lets_a_client_in(step: str, handle: Any) -> None:
    """An error on the way in refuses, whatever an error handler makes of it."""
    scene = Scene({step: ValueError("secret")}, handle)
    assert scene.client.refusal("/rooms/1") == INTERNAL_REFUSAL
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
    scene.client.refusal("/rooms/1")
    assert scene.heard == heard


@pytest.mark.parametrize("step", ["__init__", "opened", "join"])
def test_the_next_client_gets_a_new_object(step: str) -> None:
    """After an error on the way in, the namespace begins anew with the next client."""
    broken: dict[str, BaseException] = {step: ValueError("secret")}
    scene = Scene(broken)
    scene.client.refusal("/rooms/1")
    broken.clear()
    scene.heard.clear()
    scene.client.join("/rooms/1")
    assert scene.heard == ["__init__", "opened", "join", "accepted"]


def test_an_error_handler_gets_what_failed_on_the_way_in() -> None:
    """The class's error handler is asked for `opened` and connect handlers."""
    for step in ("opened", "join"):
        problem = ValueError("secret")
        scene = Scene({step: problem}, _answers)
        scene.client.refusal("/rooms/1")
        assert scene.handled == [problem]
        assert (scene.recorder.last.outcome, scene.recorder.last.error) == (
            "rejected",
            problem,
        )


def test_no_method_is_called_on_an_object_that_could_not_be_made() -> None:
    """Where there is no object the class's error handler cannot be asked."""
    problem = ValueError("secret")
    scene = Scene({"__init__": problem}, _answers)
    scene.client.refusal("/rooms/1")
    assert scene.handled == []
    assert (scene.recorder.last.outcome, scene.recorder.last.error) == (
        "error",
        problem,
    )
    assert scene.recorder.last.instance is None


def test_the_router_is_asked_where_there_is_no_object() -> None:
    """The router's error handler gets what making the object raised."""
    problem = ValueError("secret")
    scene = Scene({"__init__": problem})
    handled: list[Exception] = []
    scene.site.router.errorhandler(ValueError)(handled.append)
    assert scene.client.refusal("/rooms/1") == INTERNAL_REFUSAL
    assert handled == [problem]


def test_an_error_handler_may_choose_the_words_of_a_refusal() -> None:
    """An `EventError` of an error handler is what the refused client is told."""
    scene = Scene({"join": ValueError("secret")}, raises(EventError("bad", "Too bad.")))
    told = {"message": "Too bad.", "data": {"code": "bad"}}
    assert scene.client.refusal("/rooms/1") == told
    assert (scene.recorder.last.outcome, scene.recorder.last.code) == ("refused", "bad")


@pytest.mark.parametrize("problem", [ValueError("secret"), EventError("bad", "Bad.")])
@pytest.mark.parametrize("handle", [None, _answers, raises(KeyError("x"))])
def test_an_error_after_the_answer_disconnects_nobody(
    problem: Exception, handle: Any
) -> None:
    """What `accepted` raises is recorded; the client is in and stays."""
    scene = Scene({"accepted": problem}, handle)
    scene.client.join("/rooms/1")
    assert scene.client.call("/rooms/1", "ping") == "pong"
    connects = [d for d in scene.recorder.all if d.kind == "connect"]
    assert len(connects) == 1
    assert connects[0].outcome in ("error", "rejected")
    assert connects[0].error is not None


def test_an_answer_after_the_answer_is_no_refusal() -> None:
    """An `EventError` of `accepted` is recorded as `rejected`: the client is in."""
    scene = Scene({"accepted": EventError("bad", "Bad.", b"binary")})
    scene.client.join("/rooms/1")
    assert (scene.recorder.last.outcome, scene.recorder.last.code) == (
        "rejected",
        "bad",
    )
