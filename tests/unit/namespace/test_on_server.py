"""`on_server`: declared as `on` is, and checked when the class is defined."""

from __future__ import annotations

from typing import Any

import pytest

from nsroute import ConflictError, MetaRouter, RoutedNamespace, RouteError, on_server
from nsroute.namespace.on_server import on_server as decorator


class Base(RoutedNamespace):
    @on_server("refresh")
    @on_server("reload")
    def refresh(self, why: str = "") -> None: ...

    @on_server("stop")
    def stop(self) -> None: ...


def methods(cls: type[RoutedNamespace]) -> dict[str, str]:
    return {e: h.method for e, h in cls.__nsroute_server_events__.items()}


def test_server_side_events_are_inherited_until_they_are_overridden() -> None:
    """A method that is overridden keeps its events; None removes them."""

    class Room(Base, namespace="/rooms/<int:number>"):
        stop = None  # type: ignore[assignment]

        def refresh(self, why: str = "") -> None: ...

        @on_server("reload")
        def reload(self) -> None: ...

    assert methods(Base) == {
        "reload": "refresh",
        "refresh": "refresh",
        "stop": "stop",
    }
    assert methods(Room) == {"refresh": "refresh", "reload": "reload"}


def test_two_methods_for_one_event_are_a_conflict() -> None:
    """Which of them ran would depend on the order of the class body."""
    with pytest.raises(ConflictError, match="two handlers for the server-side event"):

        class Room(RoutedNamespace):
            @on_server("refresh")
            def first(self) -> None: ...

            @on_server("refresh")
            def second(self) -> None: ...


def test_what_cannot_be_called_is_refused_when_the_class_is_defined() -> None:
    """As it is of a handler for clients."""
    with pytest.raises(RouteError, match=r"Room\.refresh"):

        class Room(RoutedNamespace):
            @on_server("refresh")
            async def refresh(self) -> None: ...


def test_a_parameter_that_no_pattern_has_is_refused_with_the_table() -> None:
    """It is the pattern's to give, as to other handlers."""

    class Room(RoutedNamespace, namespace="/rooms/<int:number>"):
        @on_server("refresh")
        def refresh(self, *, nobody: int) -> None: ...

    with pytest.raises(RouteError, match="nobody"):
        MetaRouter([Room])


@pytest.mark.parametrize("event, hint", [(print, "write @on_server"), (1, "not int")])
def test_an_event_is_text(event: Any, hint: str) -> None:
    """A decorator without its parentheses says how to write it."""
    with pytest.raises(RouteError, match=hint):
        decorator(event)


def test_it_decorates_functions() -> None:
    """On anything else nothing could be marked."""
    with pytest.raises(RouteError, match="decorates a function, not a int"):
        on_server("refresh")(1)  # type: ignore[type-var]
