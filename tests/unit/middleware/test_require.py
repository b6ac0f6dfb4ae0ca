"""`require` lets pass what a predicate lets pass."""

from __future__ import annotations

from typing import Any

import pytest
from flask import request, session

from nsroute import Dispatch, EventError, RoutedNamespace, RouteError, on
from nsroute.middleware import require
from tests.support.dispatch_recorder import DispatchRecorder
from tests.support.packet_client import inline_client
from tests.support.sites import error, site


class Board(RoutedNamespace, namespace="/boards/<name>"):
    heard: list[str] = []

    @on("connect")
    def join(self, auth: Any = None) -> None:
        self.heard.append("join")

    @on("draw")
    def draw(self) -> str:
        return "drawn"

    @on("disconnect")
    def part(self) -> None:
        self.heard.append("part")


@pytest.fixture(autouse=True)
def _forget() -> None:
    Board.heard = []


def _only_art(dispatch: Dispatch) -> bool:
    return dispatch.params["name"] == "art"


def test_it_refuses_a_connect() -> None:
    """A connect that the predicate does not let pass is refused with a code."""
    client = inline_client(site(Board, middleware=[require(_only_art)]))
    assert client.join("/boards/art")
    assert client.refusal("/boards/war") == {
        "message": "You may not do this.",
        "data": {"code": "forbidden"},
    }
    assert Board.heard == ["join"]


def test_it_answers_an_event() -> None:
    """An event that the predicate does not let pass is answered in the chosen words."""
    open_hours = [True]
    guard = require(lambda _: open_hours[0], code="closed", message="Come tomorrow.")
    here = site(Board, middleware=[guard])
    recorder = DispatchRecorder(here)
    client = inline_client(here)
    client.join("/boards/art")
    assert client.call("/boards/art", "draw") == "drawn"
    open_hours[0] = False
    assert client.call("/boards/art", "draw") == error("closed", "Come tomorrow.")
    assert (recorder.last.outcome, recorder.last.code) == ("rejected", "closed")


def test_it_lets_everybody_leave() -> None:
    """A disconnect is not asked about: its handler runs whatever the predicate says."""
    asked: list[str] = []

    def predicate(dispatch: Dispatch) -> bool:
        asked.append(dispatch.kind)
        return dispatch.kind == "connect"

    client = inline_client(site(Board, middleware=[require(predicate)]))
    client.join("/boards/art")
    client.leave("/boards/art")
    assert asked == ["connect"]
    assert Board.heard == ["join", "part"]


def test_anything_true_will_do() -> None:
    """A predicate may return anything; what counts is whether it is true."""
    client = inline_client(
        site(Board, middleware=[require(lambda d: [1] * (d.kind == "connect"))])
    )
    client.join("/boards/art")
    assert client.call("/boards/art", "draw")["error"]["code"] == "forbidden"


def test_the_predicate_may_look_at_request_and_session() -> None:
    """A predicate runs in the Flask context of the dispatch."""
    seen: list[str] = []

    def signed_in(_: Dispatch) -> bool:
        seen.append(request.sid)
        return "user" not in session

    client = inline_client(site(Board, middleware=[require(signed_in)]))
    sid = client.join("/boards/art")
    assert seen == [sid]


def test_the_predicate_may_raise_its_own_answer() -> None:
    """An `EventError` of the predicate is the answer."""

    def payer(_: Dispatch) -> bool:
        raise EventError("unpaid", "Pay first.", {"price": 3})

    client = inline_client(site(Board, middleware=[require(payer)]))
    assert client.refusal("/boards/art") == {
        "message": "Pay first.",
        "data": {"code": "unpaid", "details": {"price": 3}},
    }


@pytest.mark.parametrize("predicate", [5, True, lambda: True, "editor"])
def test_a_predicate_that_cannot_be_called_is_refused(predicate: Any) -> None:
    """A predicate is a function of the dispatch, which is known when it is given."""
    with pytest.raises(RouteError, match="the predicate is called with") as caught:
        require(predicate)
    assert repr(predicate) in str(caught.value)
    assert caught.value.hint == "write lambda dispatch: …"


def test_a_predicate_that_would_have_to_be_awaited_is_refused() -> None:
    """A coroutine is true: it would let everybody pass."""

    async def nobody(_: Dispatch) -> bool:
        return False

    with pytest.raises(RouteError, match=r"nobody.* is a coroutine function"):
        require(nobody)
