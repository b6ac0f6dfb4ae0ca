"""The finished dispatches of a block of code."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from blinker import ANY

from nsroute.namespace import RoutedNamespace
from nsroute.router import MetaRouter
from nsroute.signals import Dispatch, dispatched


@contextmanager
def capture_dispatches(
    sender: MetaRouter | RoutedNamespace | None = None,
) -> Generator[list[Dispatch], None, None]:
    """Collect the finished dispatches of a router while a block runs.

    The list grows as they finish. A connect is finished once its answer has been sent.

    Args:
        sender: The router, or the object of a namespace that is served without one;
            None for all.

    Raises:
        TypeError: If it is anything else, such as the application.
    """
    # Whatever else is given would capture nothing, without an error.
    if not isinstance(sender, MetaRouter | RoutedNamespace | None):  # pyright: ignore[reportUnnecessaryIsInstance] - users' tests have no types
        raise TypeError(
            "capture_dispatches takes a MetaRouter, the object of a RoutedNamespace "
            f"that is served without one, or nothing for all dispatches, not {sender!r}"
        )
    captured: list[Dispatch] = []

    def receive(_: object, dispatch: Dispatch) -> None:
        captured.append(dispatch)

    with dispatched.connected_to(receive, ANY if sender is None else sender):
        yield captured
