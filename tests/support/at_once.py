"""Work in several threads that begin together."""

from __future__ import annotations

import threading
from collections.abc import Callable


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
