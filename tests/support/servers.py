"""Real servers for tests, on a free port of 127.0.0.1.

`threading` mode runs in this process, on Werkzeug's server; each other mode in a
process of its own (`tests.support.serving`), on its own server. All answer the same
questions: which records were logged, and what is left in the server.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import requests
import structlog
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.support.sites import PATIENCE, Site, SiteFactory, load, state_of

ROOT = Path(__file__).parents[2]
MODES = os.environ.get("NSROUTE_MODES", "threading gevent").split()
"""The async modes in which all holds. CI tests `eventlet` and `gevent_uwsgi` by
themselves: where eventlet is installed, Flask-SocketIO takes it for each server that
names no mode, and a uWSGI has to be built."""
UWSGI = [
    *(
        "uwsgi",
        "--module",
        "tests.support.serve_uwsgi",
        "--need-app",
        "--gevent",
        "100",
    ),
    *("--http-socket", "127.0.0.1:0", "--tcp-nodelay", "--disable-logging"),
    *("--honour-stdin", "--die-on-term"),
]
Record = dict[str, Any]
Predicate = Callable[[Any], bool]


class Records:
    """The log records of a server, in their order; safe to read while it runs."""

    def __init__(self) -> None:
        self._records: list[Record] = []
        self._grown = threading.Condition()

    def add(self, record: Record) -> None:
        with self._grown:
            self._records.append(record)
            self._grown.notify_all()

    def capture(self, _logger: object, _method: str, event_dict: Any) -> Any:
        """Be the last structlog processor: keep the record, as JSON would have it."""
        self.add(json.loads(json.dumps(event_dict, default=str)))
        raise structlog.DropEvent

    def everything(self) -> list[Record]:
        """Return all records."""
        with self._grown:
            return list(self._records)

    def all(self, event: str, **fields: Any) -> list[Record]:
        """Return the records of an event that have these fields."""
        with self._grown:
            return [r for r in self._records if _is(r, event, fields)]

    def wait(self, event: str, count: int = 1, **fields: Any) -> list[Record]:
        """Wait until so many records of an event are there."""
        with self._grown:
            came = self._grown.wait_for(
                lambda: sum(_is(r, event, fields) for r in self._records) >= count,
                PATIENCE,
            )
        found = self.all(event, **fields)
        assert came, f"{count} {event} {fields} expected, found {found}"
        return found


def _is(record: Record, event: str, fields: dict[str, Any]) -> bool:
    return record["event"] == event and all(
        record.get(name) == value for name, value in fields.items()
    )


@attrs.define
class Server:
    """A running server, as a test sees it."""

    url: str
    mode: str
    records: Records
    site: Site | None = None
    """The site itself, where it runs in this process."""

    def state(self) -> dict[str, Any]:
        """Ask the server what it keeps of its clients."""
        answer: dict[str, Any] = requests.get(
            f"{self.url}/_state", timeout=PATIENCE
        ).json()
        return answer

    def settle(self, settled: Predicate) -> dict[str, Any]:
        """Ask for the state until it is as expected; a bounded number of times."""
        for _ in range(1000):
            if settled(state := self.state()):
                return state
        raise AssertionError(f"the server has not settled: {state}")

    def empty(self) -> None:
        """Check that nothing of any client stays behind."""
        self.settle(lambda state: not any(state.values()))


class _Handler(WSGIRequestHandler):
    disable_nagle_algorithm = True  # small packets would wait for each other

    def log(self, *_: object) -> None:
        """Log no requests: a failed test has more to tell."""


@contextmanager
def running(factory: SiteFactory | str, mode: str) -> Iterator[Server]:
    """Run a site while the block runs; in its own process unless in threading mode."""
    if mode == "threading":
        made = load(factory) if isinstance(factory, str) else factory
        with _in_this_process(made) as server:
            yield server
    else:
        assert isinstance(factory, str), "a process of its own needs an import path"
        with in_own_process(factory, mode) as server:
            yield server


@contextmanager
def _in_this_process(factory: SiteFactory) -> Iterator[Server]:
    records = Records()
    before = structlog.get_config()
    structlog.configure(processors=processors(records.capture))
    try:
        site = factory("threading")
        expose_state(site)
        httpd = werkzeug_server(site)
        thread = threading.Thread(target=httpd.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield Server(
                f"http://127.0.0.1:{httpd.server_port}", "threading", records, site
            )
        finally:
            site.socketio.server.shutdown()
            httpd.shutdown()
            thread.join()
            httpd.server_close()
    finally:
        structlog.configure(**before)


@contextmanager
def in_own_process(factory: str, mode: str) -> Iterator[Server]:
    """Run a site in a process of its own, whatever the mode.

    glibc would keep an arena of memory for each thread that once ran beside others.
    """
    records = Records()
    ours, theirs = os.pipe()
    with (
        os.fdopen(ours) as told,
        subprocess.Popen(
            _command(mode, factory, theirs),
            cwd=ROOT,
            env={**os.environ, "PYTHONWARNINGS": "error", "MALLOC_ARENA_MAX": "1"},
            stdin=subprocess.PIPE,
            pass_fds=[theirs],
        ) as process,
    ):
        os.close(theirs)
        assert process.stdin is not None
        first = told.readline()
        assert first, "the server did not start: see its standard error"
        reader = threading.Thread(target=_read, args=(told, records))
        reader.start()
        try:
            port = json.loads(first)["port"]
            yield Server(f"http://127.0.0.1:{port}", mode, records)
        finally:
            process.stdin.close()
            try:
                process.wait(PATIENCE)
            finally:
                process.kill()
                reader.join()


def _command(mode: str, factory: str, output: int) -> list[str]:
    arguments = [mode, factory, str(output)]
    if mode == "gevent_uwsgi":
        return [*UWSGI, f"--home={sys.prefix}", f"--pyargv={shlex.join(arguments)}"]
    return [sys.executable, "-m", "tests.support.serve", *arguments]


def _read(stream: Any, records: Records) -> None:
    for line in stream:
        records.add(json.loads(line))


def werkzeug_server(site: Site) -> Any:
    """Make a server for threading mode."""
    return make_server(
        "127.0.0.1", 0, site.app, threaded=True, request_handler=_Handler
    )


def processors(last: Any) -> list[Any]:
    """Return structlog's processors, up to the last."""
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        last,
    ]


def expose_state(site: Site) -> None:
    """Let a site tell what it keeps of its clients."""
    site.app.add_url_rule("/_state", view_func=lambda: state_of(site))
