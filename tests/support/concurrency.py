"""Work beside a test, in the async mode of its site or in threads, and waits."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.support.sites import PATIENCE, Site, left_behind


def settle(site: Site, settled: Callable[[], bool]) -> None:
    """Let whatever runs beside go on until something holds; not for ever."""
    for _ in range(2000):
        if settled():
            return
        site.socketio.server.sleep(0.005)
    raise AssertionError(f"it has not settled: {left_behind(site)}")


def run_beside(site: Site, function: Callable[[], object]) -> Callable[[], None]:
    """Run a function beside, in the site's async mode; give what waits for its end."""
    server: Any = site.socketio.server
    done = server.eio.create_event()
    failures: list[BaseException] = []

    def run() -> None:
        try:
            function()
        except BaseException as error:  # noqa: BLE001 - raised where it is waited for
            failures.append(error)
        finally:
            done.set()

    def wait() -> None:
        assert done.wait(timeout=PATIENCE), "it never came to an end"
        if failures:
            raise failures[0]

    server.start_background_task(run)
    return wait


def join_event_threads() -> None:
    """Wait until the threads of events have ended, which no packet tells."""
    for thread in threading.enumerate():
        if "_handle_event_internal" in thread.name:
            thread.join(PATIENCE)


def wait_for(event: Any) -> None:
    """Wait for an event of an async mode."""
    assert event.wait(timeout=PATIENCE), "what was waited for never came"


@contextmanager
def gate(site: Site) -> Iterator[tuple[Any, Any]]:
    """Return two events, `reached` and `go`; at the end `go` is set in any case."""
    create = site.socketio.server.eio.create_event
    reached, go = create(), create()
    try:
        yield reached, go
    finally:
        go.set()


def at_once(work: Callable[[int], None], threads: int) -> None:
    """Run some work in several threads that begin together; raise what one raises."""
    failures: list[BaseException] = []
    start = threading.Barrier(threads)

    def run(number: int) -> None:
        start.wait()
        try:
            work(number)
        except BaseException as error:  # noqa: BLE001 - raised below
            failures.append(error)

    running = [threading.Thread(target=run, args=(n,)) for n in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    if failures:
        raise failures[0]
