"""Fixtures: servers and clients that are ended with the test that started them."""

from __future__ import annotations

import gc
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from types import UnionType
from typing import Any, cast

import pytest
import structlog
from blinker import ANY
from flask import got_request_exception, has_app_context
from hypothesis import settings

from nsroute import dispatched
from nsroute.upstream.queues import _managers
from tests.support import requirements
from tests.support.clients import PEERS, Peer
from tests.support.message_queue import silence
from tests.support.servers import MODES, Server, running
from tests.support.sites import SiteFactory

Serve = Callable[..., Server]
Connect = Callable[..., Peer]


settings.register_profile("patient", settings(), deadline=None)
settings.load_profile("patient")


TRANSPORTS = ("websocket", "polling")
MATRIX = {"mode": MODES, "transport": TRANSPORTS, "library": list(PEERS)}
ALL = os.environ.get("NSROUTE_TESTS") == "all"
"""Whether to run what CI runs: the long tests, and all combinations."""


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Function]
) -> None:
    """Mark what takes a real server, leave to CI what takes long, and begin with that.

    So tests that run side by side need not wait for a long one in the end.
    """
    for item in items:
        if "serve" in item.fixturenames:
            item.add_marker("sockets")
        reason = None if ALL else _left_to_ci(item, config.option.markexpr)
        if reason is not None:
            item.add_marker(pytest.mark.skip(reason=reason))
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def pytest_make_parametrize_id(val: object) -> str | None:
    """Name a union in full: in Python 3.14 each has the name `Union`."""
    return repr(val) if isinstance(val, UnionType) else None


def _left_to_ci(item: pytest.Function, asked: str) -> str | None:
    """Return why a test is left to CI, and how to run it all the same."""
    for marker in ("soak", "long"):
        if item.get_closest_marker(marker) and marker not in asked:
            return f"takes long, so CI runs it; -m {marker} does too"
    chosen = item.callspec.params if hasattr(item, "callspec") else {}
    if not MATRIX.keys() <= chosen.keys():
        return None
    places = [options.index(chosen[name]) for name, options in MATRIX.items()]
    if sum(places) % 2 == 0:
        return None
    return "any two options meet without it; CI, with NSROUTE_TESTS=all, adds it"


def pytest_collection_finish() -> None:
    """Keep the garbage collector off what lives as long as the run does anyway."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def untraced(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let coverage leave out what takes long, for it would double that.

    pytest-cov has a marker for this; in the workers of pytest-xdist it does nothing.
    """
    if request.node.get_closest_marker("long") is None:
        yield
        return
    before, before_in_threads = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(cast("Any", None))
    yield
    sys.settrace(before)
    threading.settrace(cast("Any", before_in_threads))


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    """See to it that no test leaves those that follow a context or a receiver."""
    yield
    assert not has_app_context()
    for signal in (got_request_exception, dispatched):
        assert not list(signal.receivers_for(ANY)), signal


@pytest.fixture(autouse=True, scope="module")
def silent_managers() -> Iterator[None]:
    """Let no manager speak to the broker of tests that are over.

    One that tries again would change `random` for the strategies of Hypothesis.
    """
    yield
    for manager in list(_managers):
        silence(manager)


@pytest.fixture(params=MODES)
def mode(request: pytest.FixtureRequest) -> str:
    """An async mode of the server."""
    return str(request.param)


@pytest.fixture(params=TRANSPORTS)
def transport(request: pytest.FixtureRequest) -> str:
    """A transport of the client."""
    return str(request.param)


@pytest.fixture(params=list(PEERS))
def library(request: pytest.FixtureRequest) -> str:
    """A client library."""
    return str(request.param)


@pytest.fixture
def quiet() -> Iterator[None]:
    """Print no records."""
    before = structlog.get_config()
    structlog.configure(processors=[_drop])
    yield
    structlog.configure(**before)


def _drop(_logger: object, _method: str, _event_dict: object) -> str:
    raise structlog.DropEvent


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start servers: `serve(factory, mode)`, a factory as in `sites`."""
    with ExitStack() as stack:

        def start(factory: SiteFactory | str, mode: str = "threading") -> Server:
            return stack.enter_context(running(factory, mode))

        yield start


@pytest.fixture
def connect(serve: Serve) -> Iterator[Connect]:  # clients are closed before servers
    """Connect clients: `connect(server, library, transport, namespaces, auth)`."""
    peers: list[Peer] = []

    def start(
        server: Server,
        library: str,
        transport: str,
        namespaces: list[str],
        auth: object = None,
    ) -> Peer:
        if library == "javascript":
            requirements.node()
        peer = PEERS[library](server.url, transport, namespaces, auth)
        peer.hangs_up = server.mode == "gevent_uwsgi"
        peers.append(peer)
        peer.join(namespaces)
        return peer

    yield start
    for peer in peers:
        peer.close()
