"""Dispatches are captured, and assertions of them pass, or else say what there was."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask_socketio import Namespace

from nsroute import Dispatch, EventError, RoutedNamespace, on
from nsroute.testing import (
    RouterClient,
    assert_dispatched,
    assert_not_dispatched,
    capture_dispatches,
    serve,
)


class Room(RoutedNamespace, namespace="/rooms/<int:room_id>"):
    @on("say")
    def say(self, text: str) -> None:
        self.emit("said", text)

    @on("fail")
    def fail(self) -> None:
        raise ValueError("a bug")


SOUGHT = "outcome='error', code='internal_error'"
HERE = "/rooms/1 -> Room"
REJECTED = "outcome='rejected', code='invalid_arguments'"
UNROUTED = "event='connect', outcome='unrouted', code=None"


@pytest.fixture
def client() -> RouterClient:
    client = serve(Room, "/rooms/1", config={"PROPAGATE_EXCEPTIONS": False})
    client.connect()
    return client


@pytest.fixture
def dispatches(client: RouterClient) -> Iterator[list[Dispatch]]:
    with capture_dispatches(client.router) as captured:
        client.call("say", "hello")
        client.call("say", 5)
        client.call("fail")
        client.connect("/nowhere")
        yield captured


def test_dispatches_are_captured_while_the_block_runs(client: RouterClient) -> None:
    """The list holds what one router has finished while the block ran."""
    other = serve(Room, "/rooms/1")
    with capture_dispatches(client.router) as captured:
        client.call("say", "hello")
        other.connect()
        client.call("say", "again")
    client.call("say", "too late")
    assert [one.args for one in captured] == [("hello",), ("again",)]
    assert {one.outcome for one in captured} == {"ok"}


def test_without_a_sender_all_dispatches_are_captured(client: RouterClient) -> None:
    """Routers and namespaces that stand by themselves are captured together."""
    lobby = Room("/lobby")
    client.socketio.on_namespace(lobby)
    with capture_dispatches() as captured, capture_dispatches(lobby) as own:
        client.connect("/lobby")
        client.call("say", "hello", namespace="/rooms/1")
    assert [one.namespace for one in captured] == ["/lobby", "/rooms/1"]
    assert own == captured[:1]


@pytest.mark.parametrize("what", ["app", "socketio"])
def test_what_dispatches_nothing_is_refused(client: RouterClient, what: str) -> None:
    """The application or its `SocketIO` would capture nothing for ever."""
    sender: Any = getattr(client, what)
    told = f"takes a MetaRouter, .*, or None, not {re.escape(repr(sender))}$"
    with pytest.raises(TypeError, match=told):
        capture_dispatches(sender).__enter__()


@pytest.mark.parametrize("sender", ["/rooms/1", Room, Namespace("/plain")])
def test_a_class_or_a_name_is_no_sender(sender: Any) -> None:
    """So would a class, text, and a namespace that is none of nsroute's."""
    with pytest.raises(TypeError, match=r"^capture_dispatches takes a MetaRouter, "):
        capture_dispatches(sender).__enter__()


def test_a_dispatch_that_fits_is_given(dispatches: list[Dispatch]) -> None:
    """`assert_dispatched` gives the first dispatch whose fields are as expected."""
    assert assert_dispatched(dispatches) is dispatches[0]
    found = assert_dispatched(
        dispatches,
        "say",
        kind="event",
        namespace="/rooms/1",
        pattern="/rooms/<int:room_id>",
        params={"room_id": 1},
        args=(5,),
        target="Room.say",
        outcome="rejected",
        code="invalid_arguments",
        error=EventError,
        count=1,
    )
    assert found is dispatches[1]
    assert_dispatched(dispatches, outcome="unrouted", target=None)


def test_a_dispatch_that_does_not_fit_is_told_with_its_differences(
    dispatches: list[Dispatch],
) -> None:
    """A failure lists the dispatches, each with what differs."""
    with pytest.raises(AssertionError) as caught:
        assert_dispatched(dispatches, "say", outcome="error", code="internal_error")
    assert str(caught.value).splitlines() == [
        f"no dispatch fits: event='say', {SOUGHT}; there is:",
        f"  event 'say' in {HERE}.say: ok  <- outcome='ok', code=None",
        f"  event 'say' in {HERE}.say: rejected (invalid_arguments)  <- {REJECTED}",
        f"  event 'fail' in {HERE}.fail: error (internal_error)  <- event='fail'",
        f"  connect 'connect' in /nowhere -> no route: unrouted  <- {UNROUTED}",
    ]


def test_another_number_of_dispatches_is_told(dispatches: list[Dispatch]) -> None:
    """With `count`, as many must fit; the failure marks those that do."""
    assert_dispatched(dispatches, "say", count=2)
    with pytest.raises(AssertionError, match="2 dispatches fit, not 1: event='say'"):
        assert_dispatched(dispatches, "say", count=1)
    with pytest.raises(AssertionError, match=r"Room\.say: ok  <- fits\n"):
        assert_dispatched(dispatches, "say", count=3)
    with pytest.raises(AssertionError, match="no dispatch fits, not 1: event='sing'"):
        assert_dispatched(dispatches, "sing", count=1)


def test_no_number_is_below_one(dispatches: list[Dispatch]) -> None:
    """That none fits is for another assertion, and the error names it."""
    with pytest.raises(ValueError, match="use assert_not_dispatched"):
        assert_dispatched(dispatches, "sing", count=0)


def test_no_dispatch_at_all_is_told() -> None:
    """A failure says that nothing was dispatched."""
    told = "no dispatch fits: any; there is nothing"
    with pytest.raises(AssertionError, match=f"^{told}$"):
        assert_dispatched([])


def test_a_long_list_is_cut(dispatches: list[Dispatch]) -> None:
    """A failure lists twenty dispatches and counts the others."""
    with pytest.raises(AssertionError, match=r"… and 4 more$"):
        assert_dispatched(dispatches * 6, "sing")


def test_a_field_that_there_is_not_is_an_error(dispatches: list[Dispatch]) -> None:
    """A misspelled field is the test's fault, not the program's."""
    with pytest.raises(TypeError, match="a dispatch has no outcom"):
        assert_dispatched(dispatches, outcom="ok")  # type: ignore[call-arg]


def test_a_dispatch_that_should_not_be_is_told(dispatches: list[Dispatch]) -> None:
    """`assert_not_dispatched` passes if none fits, and marks those that do."""
    assert_not_dispatched(dispatches, "sing")
    assert_not_dispatched(dispatches, "say", outcome="error")
    with pytest.raises(AssertionError, match="1 dispatch fits: event='fail'"):
        assert_not_dispatched(dispatches, "fail")
    with pytest.raises(AssertionError, match="2 dispatches fit: event='say'"):
        assert_not_dispatched(iter(dispatches), "say")
