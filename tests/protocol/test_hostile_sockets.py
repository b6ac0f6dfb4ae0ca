"""Hostile clients on real connections, in each async mode and over both transports."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import requests

from tests.conftest import Serve
from tests.support.raw_clients import RawPolling, RawWebSocket
from tests.support.servers import Server

CHATS = "tests.support.hostile_sites:chats"
IN_ORDER = "tests.support.hostile_sites:chats_in_order"
IMPATIENT = "tests.support.hostile_sites:chats_impatient"
ALWAYS = "tests.support.hostile_sites:chats_always_connect"
RAW: dict[str, Any] = {"websocket": RawWebSocket, "polling": RawPolling}


def joined(raw: Any, name: str, auth: str = "") -> str:
    """Send a CONNECT; give the answer to it."""
    raw.send(f"0{name},{auth}")
    while True:
        answer = str(raw.receive())
        if answer.startswith((f"0{name},", f"4{name},", f"1{name},")):
            return answer


def hang_up(raw: Any) -> None:
    """Close a client's sockets without a word."""
    if isinstance(raw, RawPolling):
        raw._session.close()
    else:
        raw._socket.shutdown()


@pytest.mark.parametrize("factory", [CHATS, ALWAYS])
def test_spoofed_and_failing_packets_over_the_wire(
    serve: Serve, mode: str, transport: str, factory: str
) -> None:
    """Whatever a client sends, each answer is its own and nothing stays behind."""
    server = serve(factory, mode)
    raw = RAW[transport](server.url)
    assert joined(raw, "/chats/a").startswith('0/chats/a,{"sid"')
    for number, sent in enumerate(
        ['"connect",{},{"admin":1}', '"disconnect","client disconnect"', '{"a":1}', "5"]
    ):
        raw.send(f"2/chats/a,{number}[{sent}]")
        while not (answer := str(raw.receive())).startswith("3/chats/a,"):
            pass
        code = "reserved_event" if number < 2 else "invalid_event"
        assert f'"code":"{code}"' in answer
    refused = "1" if factory == ALWAYS else "4"
    for auth in ('"refuse"', '"raise"', '"False"'):
        raw.send(f"0/chats/b,{auth}")
        while not (answer := str(raw.receive())).startswith(f"{refused}/chats/b,"):
            pass
    raw.send('2/chats/a,9["fall"]')
    assert "internal_error" in str(raw.receive())
    raw.send('2/chats/a,10["say","still here"]')
    assert str(raw.receive()) == '3/chats/a,10[["still here"]]'
    raw.close()
    server.records.wait("nsroute.disconnect", count=1)
    server.empty()
    assert len(server.records.all("nsroute.disconnect")) == 1
    assert len(server.records.all("nsroute.connect")) == 4


@pytest.mark.parametrize(
    "frames",
    [
        ("1", "40/chats/a,"),
        ("40/chats/a,", "1"),
        ("40/chats/a,", "1", "40/chats/a,", '42/chats/a,["say",1]'),
        ("40/chats/a,", "41/chats/a,", "40/chats/a,", "41/chats/a,", "1"),
        ("1", "1"),
    ],
    ids=" ".join,
)
def test_a_payload_that_ends_its_own_connection_leaves_nothing(
    serve: Serve, mode: str, frames: tuple[str, ...]
) -> None:
    """A CLOSE may stand anywhere in what one polling request holds."""
    server = serve(CHATS, mode)
    raw = RawPolling(server.url)
    raw.post(*frames)
    hang_up(raw)
    server.empty()
    connects = len(server.records.all("nsroute.connect"))
    server.records.wait("nsroute.disconnect", count=connects)
    assert len(server.records.all("nsroute.disconnect")) == connects


def test_a_polling_client_that_goes_while_its_connect_handler_runs(
    serve: Serve, mode: str
) -> None:
    """A second request ends the connection; the client is disconnected once."""
    server = serve(CHATS, mode)
    raw = RawPolling(server.url)
    joining = threading.Thread(target=raw.post, args=('40/chats/a,"sleep0.4"',))
    joining.start()
    server.settle(lambda state: state["pending_connect"] == 1)
    requests.post(raw._address, "1", timeout=10)
    joining.join()
    hang_up(raw)
    server.records.wait("nsroute.connect", count=1, outcome="ok")
    server.records.wait("nsroute.disconnect", count=1)
    server.empty()
    assert len(server.records.all("nsroute.disconnect")) == 1


def test_a_client_that_answers_no_ping_is_disconnected_once(
    serve: Serve, mode: str, transport: str
) -> None:
    """In each of its namespaces, with the reason; a good client hears nothing of it."""
    server = serve(IMPATIENT, mode)
    dead = RAW[transport](server.url)
    for name in ("/chats/a", "/chats/b"):
        joined(dead, name)
    server.records.wait("nsroute.disconnect", count=2)
    server.empty()
    hang_up(dead)
    assert len(server.records.all("nsroute.disconnect")) == 2


def test_a_websocket_that_is_cut_off_is_disconnected_once(
    serve: Serve, mode: str
) -> None:
    """Without a closing handshake; its raising disconnect handlers strand nobody."""
    server = serve(CHATS, mode)
    raw = RawWebSocket(server.url)
    for number in range(5):
        joined(raw, f"/chats/{number}")
    hang_up(raw)
    server.records.wait("nsroute.disconnect", count=5, outcome="error")
    server.empty()
    assert len(server.records.all("nsroute.disconnect")) == 5


def good_client(server: Server, transport: str, attack: Any) -> list[str]:
    """Do what a good client does, and let others act in between; tell what it got."""
    raw, listener = RAW[transport](server.url), RawWebSocket(server.url)
    got: list[str] = [joined(raw, "/chats/a")[:10]]
    joined(listener, "/chats/a")
    listener.send('2/chats/a,1["listen"]')
    heard = [str(one) for one in listener.receive_until("3/chats/a,1")[-1:]]
    attack()
    for number in range(6):
        raw.send(f'2/chats/a,{number}["say",{number},"x"]')
        answer = str(raw.receive())
        while not answer.startswith("3"):
            got.append(answer)
            answer = str(raw.receive())
        got.append(answer)
        heard.append(str(listener.receive()))
        attack()
    raw.send("1/chats/a,")
    raw.close()
    listener.close()
    return got + heard


def test_a_hostile_client_changes_nothing_for_a_good_one_in_its_room(
    serve: Serve, mode: str, transport: str
) -> None:
    """What the good client and its listener receive is the same, byte for byte."""
    server = serve(IN_ORDER, mode)
    undisturbed = good_client(server, transport, lambda: None)
    server.empty()
    others: list[RawWebSocket] = []

    def attack() -> None:
        raw = RawWebSocket(server.url)
        others.append(raw)
        joined(raw, "/chats/a")
        for sent in (
            '2/chats/a,["connect",{}]',
            '2/chats/a,["disconnect","transport close"]',
            '2/chats/a,["fall"]',
            '2/chats/a,[["nobody"]]',
            '2/chats/a,["say"',
            "3/chats/a,0[]",
            '0/chats/b,"raise"',
            '0/chats/a,"refuse"',
            "0/nowhere,",
            '51-/chats/a,["say",{"_placeholder":true,"num":7}]',
        ):
            raw.send(sent)
        raw.send(b"\0 is not the attachment")

    disturbed = good_client(server, transport, attack)
    assert disturbed == undisturbed
    for raw in others:
        raw.close()
    server.empty()


def test_a_request_of_more_than_sixteen_packets_is_dropped(
    serve: Serve, mode: str
) -> None:
    """None of them arrives, and the connection goes on."""
    raw = RawPolling(serve(CHATS, mode).url)
    joined(raw, "/chats/a")
    raw.send(*[f'2/chats/a,{number}["say",{number}]' for number in range(17)])
    raw.send('2/chats/a,99["say","still here"]')
    answer = ""
    while not answer.startswith("3"):
        answer = str(raw.receive())
    assert answer == '3/chats/a,99[["still here"]]'
    raw.close()
