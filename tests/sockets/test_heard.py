"""What real clients hear is what the page's tables say.

One run makes all tables: socket.io-client in Node and in Chromium, and python-socketio,
by all transports, at two processes of which one is drained, and one frozen and killed.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support import heard_clients
from tests.support.browser_client import BrowserPeer
from tests.support.clients import PythonPeer
from tests.support.heard_clients import (
    AUTH,
    REFUSED,
    ROOM,
    ROOMS,
    Cells,
    Clients,
    answers,
    cell,
)
from tests.support.peer import Peer
from tests.support.servers import ROOT, running

pytestmark = pytest.mark.sockets

PAGE = ROOT / "docs" / "how-to" / "javascript.md"
HEADERS = (
    "What refuses | Message | Data",
    "The handler | The callback gets",
    "The client | socket.io-client | python-socketio",
    "How it ends | socket.io-client | python-socketio",
)


def table(header: str) -> list[Cells]:
    """Return the rows of the page's table with this header, without what happens."""
    _, _, below = PAGE.read_text().partition(f"| {header} |\n")
    rows = below.partition("\n\n")[0].splitlines()[1:]
    return [[cell.strip() for cell in row.strip("|").split("|")[1:]] for row in rows]


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Cells]]:
    """All tables, as clients heard them; what is the same for all clients, once."""
    with ExitStack() as stack:
        run = Clients(stack, tmp_path_factory.mktemp("heard"))
        refused = run.connect()
        answered, late = run.ask()
        reserved, outside = run.misuse()
        out = run.put_out()
        meanwhile, drained = run.drain()
        frozen = run.freeze()
        waiting, killed, away = run.kill()
    for told in (refused, answered, meanwhile):
        assert all(one == told[0] for one in told), told
    return dict(
        zip(
            HEADERS,
            [
                refused[0],
                [*answered[0], [meanwhile[0]]],
                [late, waiting, outside, reserved],
                [out, drained, killed, frozen, away],
            ],
            strict=True,
        )
    )


@pytest.mark.parametrize("header", HEADERS[:3])
def test_clients_hear_what_the_table_says(
    heard: dict[str, list[Cells]], header: str
) -> None:
    """Whatever the library and the transport, of refusals, answers and misuse."""
    assert table(header) == heard[header]


def test_clients_lose_the_connection_as_the_table_says(
    heard: dict[str, list[Cells]],
) -> None:
    """Where a cell has several texts, one transport or the other may hear each."""
    shown, told = table(HEADERS[3]), heard[HEADERS[3]]
    for listed, cells in zip(shown, told, strict=True):
        for texts, heard_texts in zip(listed, cells, strict=True):
            assert set(heard_texts.split(" or ")) <= set(texts.split(" or ")), told


def test_they_hear_the_same_by_msgpack(tmp_path: Path) -> None:
    """With the other parser, in a browser and in Python."""
    with ExitStack() as stack:
        site = "tests.support.heard_site:heard_by_msgpack"
        server = stack.enter_context(running(site, "threading"))
        tab = stack.enter_context(heard_clients.browser())
        names = [*REFUSED[:-2], *ROOMS]
        bundle = "socket.io.msgpack.min.js"
        in_browser = BrowserPeer(tab, server.url, ["websocket"], names, AUTH, bundle)
        peers: list[Peer] = [
            in_browser,
            PythonPeer(server.url, "websocket", names, AUTH, serializer="msgpack"),
        ]
        for peer in peers:
            stack.callback(peer.close)
            peer.join(names)
            told, _ = answers(peer, tmp_path)
            assert told == table(HEADERS[1])[:-1]
        view = f"manager.socket({ROOM!r}).emitWithAck('reverse', Uint8Array.of(1))"
        assert cell([in_browser.run(view)]) == "error `invalid_arguments`"
