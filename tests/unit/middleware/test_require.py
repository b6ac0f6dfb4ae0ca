"""`require` lets pass what a predicate lets pass."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import Any

import pytest
from flask import request, session

from nsroute import (
    Dispatch,
    EventError,
    MetaRouter,
    RoutedNamespace,
    RouteError,
    on,
)
from nsroute.handlers.entries import purpose_of, title_of
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


def test_any_true_value_will_do() -> None:
    """A predicate may return any value; what counts is whether it is true."""
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


async def nobody(*_: Any) -> bool:
    return False


class Nobody:
    async def __call__(self, *_: Any) -> bool:
        return False

    def generated(self, *_: Any) -> Iterator[bool]:
        yield False

    async def streamed(self, *_: Any) -> AsyncIterator[bool]:
        yield False


class Waiting:
    def __await__(self) -> Iterator[None]:
        return iter(())


def wrapped(middleware: Any) -> MetaRouter:
    return MetaRouter([], middleware=[middleware])


LAZY: list[Any] = [nobody, Nobody(), partial(nobody), partial(Nobody())]
LAZY += [Nobody().generated, Nobody().streamed]


@pytest.mark.parametrize("lazy", LAZY)
@pytest.mark.parametrize("make", [require, wrapped])
def test_what_would_have_to_be_awaited_is_refused(make: Any, lazy: Any) -> None:
    """A call that only makes a coroutine or a generator decides nothing."""
    with pytest.raises(RouteError, match="is a coroutine or generator function"):
        make(lazy)


@pytest.mark.parametrize(
    "answer, kind",
    [
        (nobody, "coroutine"),
        (lambda: Nobody().generated(), "generator"),
        (lambda: Nobody().streamed(), "async_generator"),
        (lambda: Nobody().generated, "method"),
        (lambda: nobody, "function"),
        (lambda: Nobody, "type"),
        (Nobody, "Nobody"),
        (Waiting, "Waiting"),
        (lambda: filter(None, []), "filter"),
    ],
)
def test_what_is_no_answer_yet_lets_nobody_in(
    answer: Callable[[], object], kind: str
) -> None:
    """It would be true; the client is refused, and the record says what came."""
    here = site(Board, middleware=[require(lambda _: answer())])
    recorder = DispatchRecorder(here)
    assert inline_client(here).refusal("/boards/art") == {"message": "internal error"}
    assert recorder.last.outcome == "error"
    assert f"returned a {kind}, which has to be called, awaited" in str(
        recorder.last.error
    )
    assert Board.heard == []


def test_it_shows_what_it_was_made_of() -> None:
    """Tools show the predicate, and the first line of its docstring."""

    def may_edit(_: Dispatch) -> bool:
        """Let editors pass.

        And nobody else.
        """
        return True

    guard = require(may_edit)
    assert title_of(guard).startswith("require(")
    assert title_of(guard).endswith("may_edit)")
    assert purpose_of(guard) == "Let editors pass."
    assert purpose_of(require(lambda _: True)) is None
