"""The client of the page about JavaScript prints what the page says."""

from __future__ import annotations

import re
import subprocess
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
from engineio.payload import Payload

from tests.docs.test_readme import ADDRESS, blocks
from tests.support import requirements
from tests.support.clients import JS
from tests.support.raw_clients import RawPolling
from tests.support.servers import ROOT, running
from tests.support.sites import PATIENCE, Site

pytestmark = pytest.mark.sockets

PAGE = ROOT / "docs" / "how-to" / "javascript.md"
PRINTED = re.compile(r"console\.log\(.*\); // (.+)$", re.MULTILINE)
"""A line that prints, and what it prints."""


def _chat(folder: Path) -> Site:
    """Import the server of the page from a file."""
    file = folder / "chat.py"
    file.write_text("\n".join(blocks(PAGE, "python")))
    spec = spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    chat = module_from_spec(spec)
    spec.loader.exec_module(chat)
    return Site(chat.app, chat.socketio, chat.router)


def test_the_client_prints_what_the_page_says(tmp_path: Path) -> None:
    """Each comment behind a `console.log` is what it prints, in that order."""
    requirements.node()
    script = "\n".join(blocks(PAGE, "js"))
    (tmp_path / "node_modules").symlink_to(JS / "node_modules")
    file = tmp_path / "client.mjs"
    with running(lambda _: _chat(tmp_path), "threading") as server:
        file.write_text(script.replace(ADDRESS, server.url))
        done = subprocess.run(
            ["node", str(file)],
            capture_output=True,
            text=True,
            timeout=3 * PATIENCE,
            check=False,
        )
        server.empty()
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == PRINTED.findall(script)
    assert len(PRINTED.findall(script)) == script.count("console.log")


def test_a_server_can_take_more_packets_of_a_polling_client(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then it may join more than 16 namespaces at once."""
    monkeypatch.setattr(Payload, "max_decode_packets", 100)
    assert "Payload.max_decode_packets = 100" in PAGE.read_text()
    with running(lambda _: _chat(tmp_path), "threading") as server:
        raw = RawPolling(server.url)
        raw.send(*[f'0/rooms/{number},{{"user":"ann"}}' for number in range(20)])
        raw.receive_until("0/rooms/19")
        raw.close()
