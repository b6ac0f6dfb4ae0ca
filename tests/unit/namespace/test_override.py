"""A routed class may override `trigger_event`; each event stays one dispatch."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from nsroute import Dispatch, EventError, RoutedNamespace, errorhandler, on
from tests.support.dispatch_recorder import DispatchRecorder
from tests.support.event_log import Proceed
from tests.support.packet_client import inline_client
from tests.support.sites import site

PASSED: list[str] = []


def note(dispatch: Dispatch, proceed: Proceed) -> Any:
    """Be middleware that tells what went through it."""
    PASSED.append(dispatch.event)
    return proceed()


class Curious(RoutedNamespace, namespace="/rooms/<int:room_id>", middleware=(note,)):
    def trigger_event(self, event: str, *args: Any) -> Any:
        if event == "kept":
            return "kept"
        if event == "broken":
            raise LookupError("in the override")
        return super().trigger_event(event.removeprefix("old:"), *args)

    @on("say", middleware=[note])
    def say(self, text: str) -> str:
        return f"{text} in {self.params['room_id']}"

    @errorhandler(LookupError)
    def handle(self, error: LookupError) -> str:
        return f"handled {error.args[0]!r}"


def test_what_it_passes_on_is_one_dispatch_of_the_handler() -> None:
    """The handler that `super()` finds is the target, and each middleware runs once."""
    here = site(Curious)
    client, recorder = inline_client(here), DispatchRecorder(here)
    client.join("/rooms/1")
    assert client.call("/rooms/1", "old:say", "hi") == "hi in 1"
    assert [d.target for d in recorder.all] == ["Curious", "Curious.say"]
    assert PASSED == ["connect", "old:say", "say"]


def test_what_it_keeps_is_a_dispatch_too() -> None:
    """An override that answers itself is the target, and is recorded."""
    here = site(Curious)
    client, recorder = inline_client(here), DispatchRecorder(here)
    client.join("/rooms/1")
    assert client.call("/rooms/1", "kept") == "kept"
    assert (recorder.last.target, recorder.last.outcome) == (
        "Curious.trigger_event",
        "ok",
    )


def test_what_it_raises_goes_to_the_error_handlers() -> None:
    """An exception of the override is answered as one of a handler."""
    here = site(Curious)
    client, recorder = inline_client(here), DispatchRecorder(here)
    client.join("/rooms/1")
    assert client.call("/rooms/1", "broken") == "handled 'in the override'"
    assert recorder.last.outcome == "rejected"


def test_what_it_passes_on_is_checked_as_ever() -> None:
    """Wrong arguments and unknown events are told apart behind an override."""
    here = site(Curious)
    client, recorder = inline_client(here), DispatchRecorder(here)
    client.join("/rooms/1")
    client.call("/rooms/1", "say", 5)
    client.call("/rooms/1", "other")
    assert recorder.shown()[1:] == [
        ("event", "say", "rejected", "invalid_arguments"),
        ("event", "other", "unhandled", "unhandled_event"),
    ]


def test_a_subclass_may_override_trigger_event() -> None:
    """An override sees all that a client does first, as upstream passes it."""
    seen: list[Any] = []

    class Curious(RoutedNamespace, namespace="/curious"):
        def trigger_event(self, event: str, *args: Any) -> Any:
            seen.append((event, *args))
            if event == "mine":
                return "answered by the override"
            return super().trigger_event(event.lower(), *args)

        @on("say")
        def say(self, text: str) -> str:
            return text

    here = site(Curious)
    client = inline_client(here)
    sid = client.join("/curious")
    assert client.call("/curious", "SAY", "hi") == "hi"
    assert client.call("/curious", "mine") == "answered by the override"
    client.leave("/curious")
    (first, who, environ, auth), *others, last = seen
    assert (first, who, auth) == ("connect", sid, None)
    assert environ in here.socketio.server.environ.values()
    assert others == [("SAY", sid, "hi"), ("mine", sid)]
    assert last == ("disconnect", sid, "client disconnect")


class Guarded(RoutedNamespace, namespace="/guarded/<name>", middleware=(note,)):
    """It lets in whom its `trigger_event` lets in, whatever its handlers would do."""

    event_log: ClassVar[list[Any]] = []

    def trigger_event(self, event: str, *args: Any) -> Any:
        self.event_log.append(event)
        if event != "connect":
            return super().trigger_event(event, *args)
        sid, environ, auth = args
        if auth == "refused":
            return False
        if auth == "told why":
            raise EventError("members_only", "Sign in first.")
        if auth == "broken":
            raise LookupError("in the override")
        if auth == "kept":
            return None
        return super().trigger_event(event, sid, environ, f"checked {auth}")

    def opened(self) -> None:
        self.event_log.append("opened")

    def closed(self) -> None:
        self.event_log.append("closed")

    @on("connect", middleware=[note])
    def join(self, auth: str) -> bool:
        self.client["auth"] = auth
        return auth != "checked stranger"

    @on("who")
    def who(self) -> str:
        return str(self.client.get("auth"))

    @on("disconnect")
    def leave(self, reason: str) -> None:
        self.event_log.append(reason)


@pytest.fixture(autouse=True)
def _forget() -> None:
    PASSED.clear()
    Guarded.event_log.clear()


def test_a_connect_goes_through_the_override() -> None:
    """What it passes on reaches the handler, in the one dispatch of the connect."""
    here = site(Guarded)
    client, recorder = inline_client(here), DispatchRecorder(here)
    client.join("/guarded/a", auth="ann")
    assert client.call("/guarded/a", "who") == "checked ann"
    client.leave("/guarded/a")
    assert [(d.kind, d.target, d.args) for d in recorder.all] == [
        ("connect", "Guarded.join", ("ann",)),
        ("event", "Guarded.who", ()),
        ("disconnect", "Guarded.leave", ("client disconnect",)),
    ]
    assert PASSED == ["connect", "connect", "who", "disconnect"]
    assert Guarded.event_log == [
        *("opened", "connect", "who"),
        *("disconnect", "client disconnect", "closed"),
    ]


@pytest.mark.parametrize(
    "auth, told",
    [
        ("refused", {"message": "Connection rejected by server"}),
        ("stranger", {"message": "Connection rejected by server"}),
        ("told why", {"message": "Sign in first.", "data": {"code": "members_only"}}),
        ("broken", {"message": "internal error"}),
    ],
)
def test_an_override_refuses(auth: str, told: Any) -> None:
    """A guard in `trigger_event` keeps clients out, and leaves nothing of them."""
    here = site(Guarded, config={"PROPAGATE_EXCEPTIONS": False})
    client, recorder = inline_client(here), DispatchRecorder(here)
    assert client.refusal("/guarded/a", auth=auth) == told
    assert recorder.last.outcome == ("error" if auth == "broken" else "refused")
    assert here.router.live == {}
    assert Guarded.event_log == ["opened", "connect", "closed"]


@pytest.mark.parametrize(
    "how, told",
    [
        ("false", {"message": "Connection rejected by server"}),
        ("answer", {"message": "Sign in.", "data": {"code": "members_only"}}),
        ("error", {"message": "internal error"}),
    ],
)
def test_an_override_that_catches_everything_lets_nobody_in(
    how: str, told: Any
) -> None:
    """Whom the handler keeps out stays out, although the override goes on."""

    class Careless(RoutedNamespace, namespace="/careless/<name>"):
        def trigger_event(self, event: str, *args: Any) -> Any:
            try:
                super().trigger_event(event, *args)
            except Exception:  # noqa: BLE001 - as careless as can be
                return None

        @on("connect")
        def join(self, auth: str) -> bool:
            if auth == "answer":
                raise EventError("members_only", "Sign in.")
            if auth == "error":
                raise LookupError
            return auth != "false"

    here = site(Careless, config={"PROPAGATE_EXCEPTIONS": False})
    client = inline_client(here)
    assert client.refusal("/careless/a", auth=how) == told
    assert here.router.live == {}
    assert client.join("/careless/a", auth="member")


def test_an_override_may_keep_a_connect_to_itself() -> None:
    """Whom it lets in without a handler is in, and the object is open."""
    here = site(Guarded)
    client, recorder = inline_client(here), DispatchRecorder(here)
    client.join("/guarded/a", auth="kept")
    assert recorder.last.target == "Guarded.trigger_event"
    assert client.call("/guarded/a", "who") == "None"
    client.close()
    assert Guarded.event_log.count("disconnect") == 1
    assert Guarded.event_log[-2:] == ["transport close", "closed"]


def test_what_keeps_itself_apart_is_the_same_without_a_router() -> None:
    """Upstream calls the override of an object that stands by itself: once, too."""
    here = site()
    here.socketio.on_namespace(Guarded("/guarded/b"))
    client = inline_client(here)
    client.join("/guarded/b", auth="ann")
    assert client.call("/guarded/b", "who") == "checked ann"
    client.leave("/guarded/b")
    assert Guarded.event_log.count("connect") == 1
    assert Guarded.event_log[-3:] == ["disconnect", "client disconnect", "closed"]


def test_a_failing_opened_is_blamed_behind_an_override() -> None:
    """The record of the connect names the hook that failed."""

    class Stuck(Guarded, namespace="/stuck/<name>"):
        def opened(self) -> None:
            raise LookupError("not today")

    here = site(Stuck, config={"PROPAGATE_EXCEPTIONS": False})
    client, recorder = inline_client(here), DispatchRecorder(here)
    assert client.refusal("/stuck/a") == {"message": "internal error"}
    assert (recorder.last.target, recorder.last.outcome) == ("Stuck.opened", "error")
    assert Guarded.event_log == []


def test_an_override_that_passes_on_anothers_event_changes_no_dispatch() -> None:
    """A sid of another client is answered as what it is: late, or not at all."""

    class Passing(RoutedNamespace, namespace="/passing"):
        def trigger_event(self, event: str, sid: str, *args: Any) -> Any:
            if event == "pass":
                return super().trigger_event("say", args[0]) is None
            return super().trigger_event(event, sid, *args)

        @on("say")
        def say(self) -> str:
            return self.sid

    here = site(Passing)
    client, other = inline_client(here), inline_client(here)
    client.join("/passing")
    sid = other.join("/passing")
    recorder = DispatchRecorder(here)
    assert client.call("/passing", "pass", sid) is False
    assert [d.sid for d in recorder.all] == [sid, client.sids["/passing"]]
