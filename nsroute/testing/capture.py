"""What was dispatched while a block ran, and how it ended."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from blinker import ANY

from nsroute.namespace import RoutedNamespace
from nsroute.router import MetaRouter
from nsroute.signals import Dispatch, dispatched

__all__ = ["capture_dispatches"]


@contextmanager
def capture_dispatches(
    sender: MetaRouter | RoutedNamespace | None = None,
) -> Generator[list[Dispatch], None, None]:
    """Collect the finished dispatches of a router while a block runs.

    The list grows as they finish. A connect is finished once its answer has been sent.

    Args:
        sender: The router, or the object of a namespace that stands by itself; None
            for all.

    Raises:
        TypeError: If it is anything else, such as the application.
    """
    _check(sender)
    captured: list[Dispatch] = []

    def receive(_: object, dispatch: Dispatch) -> None:
        captured.append(dispatch)

    with dispatched.connected_to(receive, ANY if sender is None else sender):
        yield captured


def _check(sender: Any) -> None:
    if not isinstance(sender, MetaRouter | RoutedNamespace | None):
        raise TypeError(
            "capture_dispatches takes a MetaRouter, the object of a RoutedNamespace "
            "that stands by itself, or nothing for all dispatches, not "
            f"{sender!r}"
        )
