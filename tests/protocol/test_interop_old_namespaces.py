"""What an application served before the mount behaves as if there were no router."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Serve
from tests.support import old_app
from tests.support.raw_clients import RawPolling, RawWebSocket
from tests.support.sites import Site

Raw = RawPolling | RawWebSocket

SCRIPT: list[list[str | bytes]] = [
    ['0/old,{"user":"ann"}'],
    ["0/old,"],
    ['0/fn,"text as auth"'],
    ["0/rest,"],
    ["0/events-only,"],
    ["0/bare,"],
    ["0/listed,"],
    ["0/refusing,"],
    ['0/refusing,{"user":"ann"}'],
    ['2/old,1["echo",{"a":1},[2],null]'],
    ['2/old,2["one"]'],
    ['2/old,3["one",[1,2]]'],
    ['2/old,4["nothing"]'],
    ['2/old,5["unknown"]'],
    ['2/old,6["room","blue"]'],
    ['2/old,7["boom"]'],
    ['2/old,8["connect",{"x":1},{"spoofed":true}]'],
    ['2/old,9["disconnect","spoofed"]'],
    ['51-/old,10["echo",{"_placeholder":true,"num":0}]', b"\x00\x01"],
    ['2/fn,1["message","text"]'],
    ['2/fn,2["json",{"a":1}]'],
    ['2/fn,3["unknown"]'],
    ['2/rest,1["anything",1]'],
    ['2/events-only,1["tick"]'],
    ['2/events-only,2["unknown"]'],
    ['2/bare,1["hi"]'],
    ['2/bare,2["unknown"]'],
    ['2/bare,3["boom"]'],
    ['2/listed,1["unknown"]'],
    ["1/fn,"],
    ['2/fn,4["message","after leaving"]'],
    ["0/fn,"],
    ["1/bare,"],
    ["1/never-joined,"],
    ['2/old,11["kick"]'],
    ["0/old,"],
    ['2/old,12["seen"]'],
]
ROOT_SCRIPT: list[list[str | bytes]] = [
    ["0"],
    ["0"],
    ['2["unknown",1]'],
    ['21["unknown",1]'],
    ['22["message","text"]'],
    ["1"],
    ["0"],
]
"""For `/`, which no handler of the old application takes, and which is accepted."""


RAW: dict[str, type[RawPolling | RawWebSocket]] = {
    "polling": RawPolling,
    "websocket": RawWebSocket,
}


def _answers(client: Raw, number: int) -> list[Any]:
    """Return what the server sends up to the answer of the event sent last.

    The application runs its handlers one by one, so that answers keep their order.
    """
    answers: list[Any] = []
    while (received := client.receive()) != f'3/fence,{number}["fence"]':
        text = received if isinstance(received, bytes) else _masked(received)
        answers.append(text)
    return answers


def _masked(packet: str) -> str:
    return re.sub(r'"sid":"[^"]+"', '"sid":"…"', packet)


def _transcript(client: Raw, script: list[list[str | bytes]]) -> list[Any]:
    """Play a script; give each step with what the server sent because of it."""
    client.send("0/fence,")
    client.receive()
    steps = []
    for number, packets in enumerate(script):
        client.send(*packets, f'2/fence,{number}["fence"]')
        steps.append([packets, _answers(client, number)])
    client.close()
    return steps


@pytest.mark.parametrize(
    "before, after, script",
    [
        ("before", "after", [*SCRIPT, *ROOT_SCRIPT]),
        ("before", "after_with_root", SCRIPT),
        ("before_always", "after_always", [*SCRIPT, *ROOT_SCRIPT]),
        ("before_always", "after_always_with_root", SCRIPT),
    ],
)
def test_every_packet_is_answered_as_before_the_mount(
    serve: Serve,
    mode: str,
    transport: str,
    before: str,
    after: str,
    script: list[list[str | bytes]],
) -> None:
    """Each packet to an old namespace gets the answers it got before the mount."""
    told = [
        _transcript(
            RAW[transport](serve(f"tests.support.old_app:{name}", mode).url), script
        )
        for name in (before, after)
    ]
    assert told[1] == told[0]


def _told_by_the_test_client(site: Site) -> list[Any]:
    """Do what an application's own tests do, and note all that they could see."""
    client = site.socketio.test_client(site.app)
    told: list[Any] = [client.is_connected(), client.get_received()]
    for namespace in ["/old", "/fn", "/rest", "/events-only", "/bare", "/refusing"]:
        client.connect(namespace, auth={"user": "ann"})
        told.append([namespace, client.is_connected(namespace)])
        if client.is_connected(namespace):
            told.append(client.get_received(namespace))
    for event, namespace, args in [
        ("unknown", "/", (1,)),
        ("echo", "/old", (1, [2], b"3")),
        ("nothing", "/old", ()),
        ("unknown", "/old", ()),
        ("room", "/old", ("blue",)),
        ("boom", "/old", ()),
        ("connect", "/old", ({}, {"spoofed": True})),
        ("message", "/fn", ("text",)),
        ("unknown", "/fn", ("text",)),
        ("anything", "/rest", (1, 2)),
        ("tick", "/events-only", ()),
        ("unknown", "/events-only", ()),
        ("hi", "/bare", ()),
    ]:
        answer = client.emit(event, *args, namespace=namespace, callback=True)
        told.append([namespace, event, answer, client.get_received(namespace)])
    client.disconnect("/fn")
    told.append([client.is_connected("/fn"), client.is_connected("/old")])
    told.append(client.emit("seen", namespace="/old", callback=True))
    client.disconnect()
    told.append(client.is_connected())
    return told


@pytest.mark.parametrize(
    "before, after",
    [
        (old_app.before, old_app.after),
        (old_app.before_always, old_app.after_always),
    ],
)
def test_the_test_client_sees_no_router(
    before: Callable[[str], Site], after: Callable[[str], Site]
) -> None:
    """An application's own tests see in its old namespaces what they always saw."""
    told = [_told_by_the_test_client(make("threading")) for make in (before, after)]
    assert told[1] == told[0]


def test_the_comparison_sees_what_handlers_did(serve: Serve) -> None:
    """The comparison is not an empty one: handlers ran, and their notes are in it."""
    server = serve("tests.support.old_app:before")
    told = _transcript(RawWebSocket(server.url), SCRIPT)
    assert told[0][1] == ['2/old,["early","before the answer"]', '0/old,{"sid":"…"}']
    assert any("spoofed" in str(answers) for _, answers in told[-1:])
