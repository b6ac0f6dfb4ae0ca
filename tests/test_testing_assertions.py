"""Assertions pass where they should, and else say what there was."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import request
from flask_socketio import ConnectionRefusedError, Namespace

from nsroute import Dispatch, EventError, MetaRouter, RoutedNamespace, on
from nsroute.testing import (
    Received,
    RouterClient,
    assert_accepted,
    assert_dispatched,
    assert_emitted,
    assert_not_dispatched,
    assert_not_emitted,
    assert_refused,
    capture_dispatches,
    serve,
)


class Room(RoutedNamespace, namespace="/rooms/<int:room_id>"):
    @on("connect")
    def join(self, auth: Any) -> None:
        if auth == "plain":
            raise ConnectionRefusedError("sign in first", {"tries": 3})
        if auth == "coded":
            raise EventError("full")
        if auth == "mute":
            raise ConnectionRefusedError

    @on("say")
    def say(self, text: str) -> None:
        self.emit("said", text)

    @on("say later")
    def say_later(self, text: str) -> None:
        self.socketio.start_background_task(self.emit, "said", text, to=request.sid)

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
        f"no dispatch fits: event='say', {SOUGHT}; of these:",
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
    with pytest.raises(ValueError, match="is for assert_not_dispatched to say"):
        assert_dispatched(dispatches, "sing", count=0)


def test_no_dispatch_at_all_is_told() -> None:
    """A failure says that nothing was dispatched."""
    told = "no dispatch fits: any; nothing was dispatched"
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
    with pytest.raises(AssertionError, match="a dispatch fits: event='fail'"):
        assert_not_dispatched(dispatches, "fail")
    with pytest.raises(AssertionError, match="2 dispatches fit: event='say'"):
        assert_not_dispatched(iter(dispatches), "say")


def test_an_acceptance_is_asserted(client: RouterClient) -> None:
    """`assert_accepted` gives the sid, or says how the client was refused."""
    answer = client.connect("/rooms/2")
    assert assert_accepted(answer) == client.sid("/rooms/2")
    for auth, told in (
        ("plain", "/rooms/3 refused the client: sign in first {'tries': 3}"),
        ("coded", "/rooms/3 refused the client {'code': 'full'}"),
        ("mute", "/rooms/3 refused the client: Connection rejected by server"),
    ):
        with pytest.raises(AssertionError) as caught:
            assert_accepted(client.connect("/rooms/3", auth))
        assert str(caught.value) == told


def test_a_refusal_is_asserted(client: RouterClient) -> None:
    """`assert_refused` gives the data of a refusal that is as expected."""
    plain = client.connect("/rooms/2", "plain")
    assert assert_refused(plain) == {"tries": 3}
    assert_refused(plain, "sign in first", data={"tries": 3})
    coded = client.connect("/rooms/2", "coded")
    assert assert_refused(coded, "", code="full") == {"code": "full"}
    mute = client.connect("/rooms/2", "mute")
    assert assert_refused(mute, data=None) is None


def test_another_refusal_is_told(client: RouterClient) -> None:
    """A failure says what of a refusal is not as expected."""
    plain = client.connect("/rooms/2", "plain")
    with pytest.raises(AssertionError) as caught:
        assert_refused(plain, "go away", code="full", data=None)
    assert str(caught.value) == (
        "/rooms/2 refused the client, but its message is 'sign in first', not "
        "'go away' and its code is None, not 'full' and its data is {'tries': 3}, "
        "not None"
    )
    with pytest.raises(AssertionError, match="/rooms/2 took the client in"):
        assert_refused(client.connect("/rooms/2"))


def test_an_emitted_event_is_taken(client: RouterClient) -> None:
    """`assert_emitted` takes the first event that fits out of what was received."""
    client.call("say", "one")
    client.call("say", "two")
    assert assert_emitted(client, "said", "two") == Received(
        "/rooms/1", "said", ("two",)
    )
    assert assert_emitted(client, "said", namespace="/rooms/1").args == ("one",)
    with pytest.raises(AssertionError) as caught:
        assert_emitted(client, "said")
    assert str(caught.value) == "the client has not received said(); nothing is there"


def test_another_event_is_told(client: RouterClient) -> None:
    """A failure lists what was received instead, and no more than twenty."""
    client.call("say", "one")
    with pytest.raises(AssertionError) as caught:
        assert_emitted(client, "said", "two", namespace="/rooms/2")
    assert str(caught.value).splitlines() == [
        "the client has not received said('two') in /rooms/2; there is:",
        "  said('one') in /rooms/1",
    ]
    for _ in range(20):
        client.call("say", "again")
    with pytest.raises(AssertionError, match=r"… and 1 more$"):
        assert_emitted(client, "sung")


def test_an_event_of_a_background_task_is_waited_for(client: RouterClient) -> None:
    """With `within`, an event may come later."""
    client.call("say", "not this one")
    client.call("say later", "this one")
    assert_emitted(client, "said", "this one", within=20)


def test_an_event_that_does_not_come_is_not_waited_for_any_longer(
    client: RouterClient,
) -> None:
    """With `within`, the failure comes when the time is over."""
    with pytest.raises(AssertionError, match="has not received said"):
        assert_emitted(client, "said", within=0.01)


def test_an_event_that_should_not_be_is_told(client: RouterClient) -> None:
    """`assert_not_emitted` passes if none fits, and takes nothing out."""
    client.call("say", "one")
    assert_not_emitted(client, "sung")
    assert_not_emitted(client, "said", "two")
    assert_not_emitted(client, "said", namespace="/rooms/2")
    with pytest.raises(AssertionError) as caught:
        assert_not_emitted(client, "said")
    assert str(caught.value).splitlines() == [
        "the client has received said('one') in /rooms/1; there is:",
        "  said('one') in /rooms/1",
    ]
    assert len(client.received()) == 1


def test_a_class_is_served_at_a_pattern_of_the_tests_choice() -> None:
    """`serve` places a class without patterns, or one elsewhere than it says."""

    class Plain(Namespace):
        def on_where(self) -> str:
            return str(self.namespace)

    plain = serve(Plain, "/plain")
    plain.connect()
    assert plain.call("where") == "/plain"
    placed = serve(Room, "/halls/7", pattern="/halls/<int:room_id>")
    placed.connect()
    assert placed.router.live["/halls/7"].params == {"room_id": 7}


def test_middleware_and_configuration_are_given_to_serve() -> None:
    """`serve` takes the router's middleware and what is added to the configuration."""
    seen: list[Any] = []

    def watch(dispatch: Dispatch, proceed: Any) -> Any:
        seen.append((dispatch.event, request.sid == dispatch.sid))
        return proceed()

    client = serve(Room, "/rooms/1", middleware=[watch], config={"NAME": "x"})
    assert isinstance(client.router, MetaRouter)
    assert client.app.config["NAME"] == "x"
    client.connect()
    assert seen == [("connect", True)]


def test_a_name_that_the_class_does_not_serve_is_an_error() -> None:
    """`serve` says which patterns there are, and why they do not match."""
    told = (
        r"'/rooms/01' does not match '/rooms/<int:room_id>': it is written '/rooms/1'"
    )
    with pytest.raises(LookupError, match=told):
        serve(Room, "/rooms/01")
    with pytest.raises(LookupError, match="'/x/y' does not match '/rooms/<int:room_id"):
        serve(Room, "/x/y")
