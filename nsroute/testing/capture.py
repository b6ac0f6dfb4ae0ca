"""What was dispatched while a block ran, and how it ended."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from blinker import ANY
from flask_socketio import Namespace

from nsroute.dispatch import Dispatch, dispatched

__all__ = ["capture_dispatches"]


@contextmanager
def capture_dispatches(
    sender: Namespace | None = None,
) -> Generator[list[Dispatch], None, None]:
    """Collect the finished dispatches of a router while a block runs.

    The list grows as they finish. A connect is finished once its answer has been sent.

    Args:
        sender: The router, or a namespace that stands by itself; None for all.
    """
    captured: list[Dispatch] = []

    def receive(_: object, dispatch: Dispatch) -> None:
        captured.append(dispatch)

    with dispatched.connected_to(receive, ANY if sender is None else sender):
        yield captured
