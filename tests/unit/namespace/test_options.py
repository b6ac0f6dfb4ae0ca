"""The class keywords: `middleware=`, `log=` and `checked=`, and who inherits them."""

from __future__ import annotations

import inspect
from typing import Any

import attrs
import pytest
import structlog

from nsroute import LogPolicy, RoutedNamespace, RouteError, on
from tests.support.alone import served
from tests.support.event_log import Proceed
from tests.support.packet_client import inline_client
from tests.support.sites import site

NOTED: list[str] = []


@pytest.fixture(autouse=True)
def _forget() -> None:
    NOTED.clear()


def noting(name: str) -> Any:
    """Make middleware that notes each dispatch."""

    def note(dispatch: Any, proceed: Proceed) -> Any:
        NOTED.append(f"{name} {dispatch.event}")
        return proceed()

    return note


class Base(RoutedNamespace, middleware=[noting("base")], log="debug", checked=False):
    """It has all options, and no pattern."""

    @on("add")
    def add(self, one: int, two: int = 1) -> Any:
        return one + two


# --- annotations that are not enforced


@attrs.frozen
class Point:
    x: int
    y: int


class Moved(RoutedNamespace, namespace="/moved/<int:number>", checked=False):
    """A class that moves over with annotations that it never kept."""

    @on("connect")
    def join(self, auth: Point) -> None:
        self.client["auth"] = auth

    @on("kind")
    def kind(self, value: int) -> str:
        return type(value).__name__

    @on("point")
    def point(self, value: Point, *rest: int, number: int) -> list[Any]:
        return [value, list(rest), number, self.client["auth"]]

    @on("unknown")
    def unknown(self, value: "Nowhere") -> Any:  # type: ignore[name-defined]  # noqa: F821, UP037
        return value


@pytest.mark.parametrize("alone", [False, True])
def test_annotations_of_an_unchecked_class_are_not_enforced(alone: bool) -> None:
    """Arguments pass as they came; keyword-only parameters are the pattern's still."""
    here = served(Moved("/moved/5")) if alone else site(Moved)
    client = inline_client(here)
    client.join("/moved/5", "no point")
    assert [client.call("/moved/5", "kind", one) for one in ("1", 1, None)] == [
        "str",
        "int",
        "NoneType",
    ]
    told = client.call("/moved/5", "point", {"x": 1}, "a", "b")
    assert told == [{"x": 1}, ["a", "b"], 5, "no point"]
    assert client.call("/moved/5", "unknown", 5) == 5


def test_the_number_of_arguments_is_checked_all_the_same() -> None:
    """A signature that no call fits is an answer, and no error of the handler's."""
    client = inline_client(site(Moved))
    client.join("/moved/5")
    for args in ((), (1, 2)):
        told = client.call("/moved/5", "kind", *args)
        assert told["error"]["code"] == "invalid_arguments"


def test_a_subclass_inherits_that_it_is_unchecked_unless_it_says_otherwise() -> None:
    """Of the methods that it inherits too."""

    class Loose(Base, namespace="/loose"):
        """As its base."""

    class Strict(Base, namespace="/strict", checked=True):
        """Enforced again."""

    class StillStrict(Strict, namespace="/still"):
        """As the nearest class that says something."""

    client = inline_client(site(Loose, Strict, StillStrict))
    told = {}
    for name in ("/loose", "/strict", "/still"):
        client.join(name)
        told[name] = client.call(name, "add", 1.5)
    assert told["/loose"] == 2.5
    for name in ("/strict", "/still"):
        assert told[name]["error"]["code"] == "invalid_arguments"


# --- middleware and log


def test_middleware_is_inherited_unless_it_is_given_again() -> None:
    """An empty list takes it off."""

    class Same(Base, namespace="/same"):
        """As its base."""

    class Other(Base, namespace="/other", middleware=[noting("other")]):
        """Its own alone."""

    class Bare(Base, namespace="/bare", middleware=()):
        """None."""

    client = inline_client(site(Same, Other, Bare))
    for name in ("/same", "/other", "/bare"):
        client.join(name)
        NOTED.append(name)
        client.call(name, "add", 1)
    assert [
        *["base connect", "/same", "base add"],
        *["other connect", "/other", "other add"],
        "/bare",
    ] == NOTED


def test_log_is_inherited_unless_it_is_given_again() -> None:
    """A level, False, or a policy; the nearest class that says something counts."""

    class Same(Base, namespace="/same"):
        """Recorded as its base is."""

    class Silent(Base, namespace="/silent", log=False):
        """Not recorded."""

    class StillSilent(Silent, namespace="/still"):
        """Nor is this."""

    class Full(Silent, namespace="/full", log=LogPolicy(payloads=True)):
        """With its payloads."""

    client = inline_client(site(Same, Silent, StillSilent, Full, log=None))
    with structlog.testing.capture_logs() as records:
        for name in ("/same", "/silent", "/still", "/full"):
            client.join(name)
            client.call(name, "add", 1)
    told = [(r["namespace"], r["log_level"], "payload" in r) for r in records]
    assert {one for one in told if one[0] == "/same"} == {("/same", "debug", False)}
    assert {one[0] for one in told} == {"/same", "/full"}
    assert ("/full", "info", True) in told


def test_all_that_is_wrong_with_the_options_is_told_at_once() -> None:
    """Each problem names the class."""
    with pytest.raises(ExceptionGroup) as raised:

        class Wrong(RoutedNamespace, middleware=[5, 6]):  # type: ignore[list-item]
            @on("x")
            async def later(self) -> None:
                """Nobody would await it."""

    assert len(raised.value.exceptions) == 3
    assert all("Wrong" in str(one) for one in raised.value.exceptions)


def test_an_option_that_there_is_not_is_an_error() -> None:
    """As for any class."""
    with pytest.raises(TypeError, match="no keyword arguments"):
        type("Typo", (RoutedNamespace,), {}, loging=False)
    with pytest.raises(RouteError, match="log"):
        type("Odd", (RoutedNamespace,), {}, log=1.5)


def test_nothing_in_the_class_body_is_an_option() -> None:
    """A class that moves over may have a `log` and a `middleware` of its own."""

    class Moving(RoutedNamespace, namespace="/moving"):
        log = "a text of its own"
        middleware = ["a", "list", "of its own"]

        @on("tell")
        def tell(self) -> list[Any]:
            return [self.log, self.middleware]

    client = inline_client(site(Moving, log=None))
    with structlog.testing.capture_logs() as records:
        client.join("/moving")
        told = client.call("/moving", "tell")
    assert told == ["a text of its own", ["a", "list", "of its own"]]
    assert [r["log_level"] for r in records] == ["info", "info"]


def test_a_wrong_option_is_told_with_the_place_of_its_class() -> None:
    """The file and the line of the class statement, as of a wrong method."""
    with pytest.raises(ExceptionGroup) as caught:

        class Placed(RoutedNamespace, order="wrong", linger=-1):
            pass

    line = inspect.currentframe().f_lineno - 3  # type: ignore[union-attr]
    notes = [one.__notes__ for one in caught.value.exceptions]
    assert notes == [[f"declared at {__file__}:{line}"]] * 2
