"""How the router makes objects, and what an `__init__` that goes wrong is told."""

from __future__ import annotations

from functools import partial
from typing import Any

import attrs
import pytest
from flask_socketio import Namespace

from nsroute import Route, RoutedNamespace, RouteError, on
from tests.support.dispatch_recorder import DispatchRecorder
from tests.support.packet_client import inline_client
from tests.support.sites import site


class Stock(RoutedNamespace, namespace="/stock/<symbol>"):
    """Needs more than its namespace."""

    def __init__(self, prices: dict[str, int], namespace: str, *, unit: str) -> None:
        self.price = prices[self.params["symbol"]]
        self.unit = unit
        super().__init__(namespace)

    @on("price")
    def tell(self) -> str:
        return f"{self.price} {self.unit}"


class OldStock(Namespace):  # type: ignore[misc]
    """The same in Flask-SocketIO's way."""

    def __init__(self, namespace: str, prices: dict[str, int]) -> None:
        super().__init__(namespace)
        self.prices = prices

    def on_price(self, symbol: str) -> int:
        return self.prices[symbol]


def test_a_partial_gives_an_object_what_it_needs() -> None:
    """Of a routed class, also one that declares its patterns, and of a plain one."""
    made: Any = partial(Stock, {"ABC": 7}, unit="EUR")
    old = partial(OldStock, prices={"ABC": 7})
    client = inline_client(site(made, Route("/b/<symbol>", made), Route("/old", old)))
    for name, told in ("/stock/ABC", "7 EUR"), ("/b/ABC", "7 EUR"):
        client.join(name)
        assert client.call(name, "price") == told
    client.join("/old")
    assert client.call("/old", "price", "ABC") == 7


class Noted(RoutedNamespace, namespace="/noted/<int:number>"):
    """Notes what is set on it, from its `__init__` on."""

    def __init__(self, namespace: str) -> None:
        object.__setattr__(self, "names", [])
        super().__init__(namespace)

    def __setattr__(self, name: str, value: object) -> None:
        self.names.append(name)
        super().__setattr__(name, value)

    @on("number")
    def tell(self) -> int:
        return int(self.params["number"])


def test_a_class_may_set_attributes_in_its_own_way() -> None:
    """It does not see what is set before its `__init__`."""
    client = inline_client(site(Noted))
    client.join("/noted/7")
    assert client.call("/noted/7", "number") == 7


class Forgetful(RoutedNamespace, namespace="/forgetful"):
    def __init__(self, namespace: str) -> None:
        self.rooms_of: dict[str, str] = {}


class Renaming(RoutedNamespace, namespace="/renaming/<x>"):
    def __init__(self, prices: str) -> None:
        super().__init__("/renaming")


class OldForgetful(Namespace):  # type: ignore[misc]
    def __init__(self, namespace: str) -> None:
        self.socketio = None


@pytest.mark.parametrize(
    "route, name",
    [
        (Forgetful, "/forgetful"),
        (Renaming, "/renaming/1"),
        (Route("/old", OldForgetful), "/old"),
    ],
)
def test_an_init_that_loses_the_namespace_is_told(route: Any, name: str) -> None:
    """Each client is refused, and the record says what is missing."""
    here = site(route)
    recorder = DispatchRecorder(here)
    assert inline_client(here).refusal(name) == {"message": "internal error"}
    error = recorder.next().error
    assert isinstance(error, RouteError)
    cls = getattr(route, "target", route)
    assert error.target == f"{cls.__name__}.__init__"
    assert error.problem.startswith("the object does not have the namespace")
    assert error.hint == (
        "write def __init__(self, namespace), and in it super().__init__(namespace)"
    )
    assert error.place == f"{__file__}:{cls.__init__.__code__.co_firstlineno}"


@pytest.mark.parametrize("call", ["emit", "send", "call", "close_room"])
def test_an_object_cannot_send_before_it_is_made(call: str) -> None:
    """`self.emit` in `__init__` names the hook for it."""

    class Early(RoutedNamespace, namespace="/early"):
        def __init__(self, namespace: str) -> None:
            super().__init__(namespace)
            getattr(self, call)("hello")

    here = site(Early)
    recorder = DispatchRecorder(here)
    assert inline_client(here).refusal("/early") == {"message": "internal error"}
    assert str(recorder.next().error) == (
        "/early is on no server yet: what __init__ would send, opened() can"
    )


def test_an_attrs_class_is_made_with_its_namespace() -> None:
    """Where its `__init__` takes it; with slots it is a second class."""

    @attrs.define(eq=False)
    class Counter(RoutedNamespace, namespace="/counters/<name>"):
        namespace: str
        count: int = 0

        def __attrs_post_init__(self) -> None:
            super().__init__(self.namespace)

        @on("count")
        def more(self) -> int:
            self.count += 1
            return self.count

    client = inline_client(site(Counter))
    client.join("/counters/a")
    assert [client.call("/counters/a", "count") for _ in range(2)] == [1, 2]


def test_an_attrs_class_whose_init_takes_no_namespace_is_refused() -> None:
    """By the table, and not at its first client."""

    @attrs.define(eq=False)
    class Counter(RoutedNamespace, namespace="/counters/<name>"):
        pass

    with pytest.raises(RouteError, match="which __init__ does not take") as caught:
        site(Counter)
    assert caught.value.target == "Counter"
