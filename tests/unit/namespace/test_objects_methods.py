"""`emit`, `send`, `call`, the rooms and `disconnect` of a live object mean its name."""

from __future__ import annotations

from typing import Any

import pytest
from flask import request

from nsroute import RoutedNamespace, on
from tests.support.packet_client import PacketClient, inline_client, names
from tests.support.sites import site


class Speaker(RoutedNamespace, namespace=["/one", "/two"]):
    @on("emit")
    def on_demand(self, method: str, *args: Any) -> None:
        options = args[-1] if args and isinstance(args[-1], dict) else {}
        getattr(self, method)(*args[: -1 if options else None], **options)

    @on("rooms")
    def tell_rooms(self, sid: str) -> list[str]:
        return sorted(self.rooms(sid))

    @on("enter")
    def enter(self, room: str) -> None:
        self.enter_room(request.sid, room)

    @on("exit")
    def exit(self, room: str) -> None:
        self.leave_room(request.sid, room)

    @on("kick")
    def kick(self, sid: str) -> None:
        self.disconnect(sid)

    @on("remember")
    def remember(self, value: Any) -> Any:
        with self.session(request.sid) as kept:
            before = kept.get("value")
            kept["value"] = value
        return before


@pytest.fixture
def three() -> tuple[PacketClient, PacketClient, PacketClient]:
    """Two clients of one namespace, the second also in another; a third there alone."""
    here = site(Speaker)
    ann, bob, eve = inline_client(here), inline_client(here), inline_client(here)
    ann.join("/one")
    bob.join("/one")
    bob.join("/two")
    eve.join("/two")
    return ann, bob, eve


Three = tuple[PacketClient, PacketClient, PacketClient]


def _heard(three: Three) -> list[list[Any]]:
    ann, bob, eve = three
    pairs = [(ann, "/one"), (bob, "/one"), (bob, "/two"), (eve, "/two")]
    return [names(client.received(namespace)) for client, namespace in pairs]


def test_emit_goes_to_the_namespace(three: Three) -> None:
    """`emit` goes to all clients of the object's own namespace, and no others."""
    three[0].call("/one", "emit", "emit", "news", [1])
    assert three[0].received("/one") == [("news", [1])]
    assert _heard(three) == [[], ["news"], [], []]


@pytest.mark.parametrize(
    "options,heard",
    [
        ({"include_self": False}, [[], ["news"], [], []]),
        ({"namespace": "/two"}, [[], [], ["news"], ["news"]]),
        ({"room": "red"}, [[], ["news"], [], []]),
        ({"to": "red"}, [[], ["news"], [], []]),
        ({"to": ["red", "blue"]}, [["news"], ["news"], [], []]),
        ({"to": "green"}, [[], [], [], []]),
        ({"ignore_queue": True}, [["news"], ["news"], [], []]),
    ],
)
def test_emit_takes_what_socketio_takes(
    three: Three, options: dict[str, Any], heard: list[list[str]]
) -> None:
    """`emit` and `send` take the options of the methods of `SocketIO`."""
    ann, bob, _ = three
    ann.call("/one", "enter", "blue")
    bob.call("/one", "enter", "red")
    ann.call("/one", "emit", "emit", "news", 1, options)
    assert _heard(three) == heard
    ann.call("/one", "emit", "send", 1, options)
    sent = [["message"] if one else [] for one in heard]
    assert _heard(three) == sent


def test_emit_may_skip_clients(three: Three) -> None:
    """`skip_sid` leaves one client out, or several."""
    ann, bob, _ = three
    one, two = ann.sids["/one"], bob.sids["/one"]
    ann.call("/one", "emit", "emit", "news", 1, {"skip_sid": two})
    assert _heard(three) == [["news"], [], [], []]
    ann.call("/one", "emit", "emit", "news", 1, {"skip_sid": [one, two]})
    assert _heard(three) == [[], [], [], []]


def test_positional_options_are_those_of_flask_socketio(three: Three) -> None:
    """Room, `include_self` and namespace may be given by position, as upstream."""
    ann, _, _ = three
    ann.call("/one", "emit", "emit", "news", 1, None, False, "/one")
    assert _heard(three) == [[], ["news"], [], []]
    ann.call("/one", "emit", "send", 1, None, False, "/two")
    assert _heard(three) == [[], [], ["message"], ["message"]]


def test_send_sends_text_and_json(three: Three) -> None:
    """`send` emits `message`, or with `json=True` the event `json`."""
    ann, _, _ = three
    ann.call("/one", "emit", "send", "text")
    ann.call("/one", "emit", "send", [1], {"json": True})
    assert ann.received("/one") == [("message", "text"), ("json", [1])]


def test_emit_without_data_has_no_arguments(three: Three) -> None:
    """An event may have no data at all, and a tuple is several arguments."""
    ann, _, _ = three
    ann.call("/one", "emit", "emit", "bare")
    assert ann.received("/one") == [("bare",)]


def test_call_waits_for_an_answer() -> None:
    """`call` gives what one client acknowledges, in the own namespace or another."""
    answers: list[Any] = []

    class Asker(RoutedNamespace, namespace="/asker"):
        @on("ask")
        def ask(self, here: str, there: str) -> None:
            answers.append(self.call("sum", (1, 2), to=here, timeout=5))
            answers.append(self.call("sum", 4, namespace="/one", to=there, timeout=5))
            answers.append(self.call("sum", 5, room=here, timeout=5))

    client = inline_client(site(Asker, Speaker))
    client.replies["sum"] = lambda *numbers: sum(numbers)
    client.call("/asker", "ask", client.join("/asker"), client.join("/one"))
    assert answers == [3, 4, 5]


def test_rooms_are_those_of_the_namespace(three: Three) -> None:
    """`enter_room`, `leave_room`, `rooms` and `close_room` mean the own namespace."""
    ann, bob, _ = three
    sid = bob.sids["/one"]
    bob.call("/one", "enter", "red")
    assert ann.call("/one", "rooms", sid) == sorted([sid, "red"])
    bob.call("/one", "exit", "red")
    assert ann.call("/one", "rooms", sid) == [sid]
    bob.call("/one", "enter", "red")
    ann.call("/one", "emit", "close_room", "red")
    assert ann.call("/one", "rooms", sid) == [sid]


def test_close_room_may_mean_another_namespace(three: Three) -> None:
    """`close_room(room, namespace)` closes a room elsewhere."""
    ann, bob, _ = three
    bob.call("/two", "enter", "red")
    ann.call("/one", "emit", "close_room", "red", {"namespace": "/two"})
    assert bob.call("/two", "rooms", bob.sids["/two"]) == [bob.sids["/two"]]


def test_disconnect_means_the_own_namespace(three: Three) -> None:
    """`disconnect(sid)` ends a client here, and leaves it in other namespaces."""
    ann, bob, _ = three
    ann.call("/one", "kick", bob.sids["/one"])
    ann.call("/one", "emit", "emit", "news", 1)
    assert _heard(three) == [["news"], [], [], []]
    assert bob.call("/two", "rooms", bob.sids["/two"]) == [bob.sids["/two"]]


def test_upstreams_session_works(three: Three) -> None:
    """python-socketio's session of a client works in its own namespace."""
    ann, bob, _ = three
    assert [ann.call("/one", "remember", n) for n in (1, 2)] == [(), 1]
    assert bob.call("/one", "remember", 3) == ()
