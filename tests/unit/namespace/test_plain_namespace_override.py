"""A plain class behind a route that overrides `trigger_event` gets all events."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_socketio import Namespace, emit

from nsroute import Route
from tests.support.dispatch_recorder import DispatchRecorder
from tests.support.packet_client import inline_client, names
from tests.support.plain_chat import join_chat
from tests.support.sites import site


class Everything(Namespace):  # type: ignore[misc]
    """It takes all events in one method, and answers with them."""

    def trigger_event(self, event: str, *args: Any) -> Any:
        if event == "connect":
            emit("connected", [len(args), args[0] == request.sid, args[2]])
            return args[2] != "nobody"
        if event == "boom":
            raise RuntimeError("secret")
        return [event, *args]


def test_everything_goes_to_an_override() -> None:
    """An overridden `trigger_event` gets all events, with upstream's arguments."""
    here = site(Route("/chats/<name>", Everything))
    recorder = DispatchRecorder(here)
    client = inline_client(here)
    sid = client.join("/chats/a", "ann")
    assert client.received("/chats/a") == [("connected", [3, True, "ann"])]
    assert client.call("/chats/a", "say", 1, b"2") == ["say", sid, 1, b"2"]
    assert client.call("/chats/a", "boom")["error"]["code"] == "internal_error"
    client.leave("/chats/a")
    assert [(d.event, d.outcome) for d in recorder.all] == [
        ("connect", "ok"),
        ("say", "ok"),
        ("boom", "error"),
        ("disconnect", "ok"),
    ]
    assert {d.target for d in recorder.all} == {"Everything.trigger_event"}
    assert recorder.last.args == ("client disconnect",)


def test_an_override_refuses() -> None:
    """What an override returns for a connect decides, and no auth is None."""
    here = site(Route("/chats/<name>", Everything))
    client = inline_client(here)
    client.refusal("/chats/a", "nobody")
    assert here.router.live == {}
    client.join("/chats/a")
    assert names(client.received("/chats/a")) == ["connected", "connected"]


def test_an_override_is_spared_made_up_lifecycle_events() -> None:
    """An override never gets a connect or a disconnect that a client made up."""
    client = join_chat(Everything)
    for name in ("connect", "disconnect"):
        told = client.call("/chats/a", name, {"admin": True})
        assert told["error"]["code"] == "reserved_event"
