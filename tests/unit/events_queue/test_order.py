"""The order of a router, a class or an event: the nearest one holds."""

from __future__ import annotations

from typing import Any

import pytest

from nsroute import MetaRouter, RoutedNamespace, RouteError, on


class Base(RoutedNamespace, order=None):
    @on("plain")
    def plain(self) -> None: ...

    @on("alone", order="namespace")
    def alone(self) -> None: ...

    @on("own", order="client")
    def own(self) -> None: ...


class Inherited(Base, namespace="/inherited/<name>"):
    pass


class Chosen(Base, namespace="/chosen/<name>", order="namespace"):
    pass


class Silent(RoutedNamespace, namespace="/silent/<name>"):
    @on("plain")
    def plain(self) -> None: ...


def orders(cls: type, **options: Any) -> dict[str, str | None]:
    """Return what each event of a class waits for, and (`""`) what its connects do."""
    router = MetaRouter([cls], **options)
    [route] = router.table
    compiled = router.compiled(route)
    return {"": compiled.order} | {
        event: compiled.order_of(event) for event, _ in compiled.events
    }


def test_the_nearest_choice_holds() -> None:
    """An event's before its class's, and that before the router's; it is inherited."""
    of_events = {"alone": "namespace", "own": "client"}
    assert orders(Inherited) == {"": None, "plain": None, **of_events}
    chosen = {"": "namespace", "plain": "namespace", **of_events}
    assert orders(Chosen, order="client") == chosen
    assert orders(Silent) == {"": "client", "plain": "client"}
    assert orders(Silent, order=None) == {"": None, "plain": None}


def test_what_is_no_event_waits_as_the_class_does() -> None:
    """A reserved name, or one that is no text, is refused in its turn."""
    router = MetaRouter([Chosen])
    [route] = router.table
    compiled = router.compiled(route)
    assert [compiled.order_of(one) for one in ("connect", 1, [])] == ["namespace"] * 3


def test_a_wrong_order_is_an_error_that_says_what_is_right() -> None:
    """On an event, a class and a router."""
    problem = "order is 'client', 'namespace' or None, not 'namespaces'"
    with pytest.raises(RouteError, match=problem) as of_event:
        on("say", order="namespaces")  # type: ignore[arg-type]
    assert "did you mean 'namespace'" in str(of_event.value)
    with pytest.raises(RouteError, match=f"(?s)Wrong.*{problem}|{problem}.*Wrong"):

        class Wrong(RoutedNamespace, order="namespaces"):
            pass

    with pytest.raises(RouteError, match=problem):
        MetaRouter([Silent], order="namespaces")  # type: ignore[arg-type]


@pytest.mark.parametrize("event", ["connect", "disconnect"])
def test_a_lifecycle_event_has_the_order_of_its_class(event: str) -> None:
    """An `order=` there would do nothing."""
    with pytest.raises(RouteError, match="has the order of its class"):
        on(event, order=None)


@pytest.mark.parametrize("name", ["max_pending_events", "max_workers"])
@pytest.mark.parametrize("value", [0, -1, "many", None, 1.5])
def test_a_bound_is_a_whole_number(name: str, value: Any) -> None:
    """Of one or more."""
    with pytest.raises(RouteError, match=f"{name} is a whole number of 1 or more"):
        MetaRouter([Silent], **{name: value})
