"""What `emits` declares is read when the class is defined, and refused if wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import nsroute
from nsroute import (
    ConflictError,
    RoutedNamespace,
    RouteError,
    emits,
    on,
)
from nsroute.testing import serve
from tests.support.problems import problems_of


class Base(RoutedNamespace):
    @emits
    def said(self, text: str) -> None: ...

    @emits("are you sure?")
    def confirm(self, question: str) -> bool: ...


class Room(Base):
    pass


def test_a_subclass_may_declare_anew_or_drop() -> None:
    """What stands under the name of an event takes its place."""

    class Quiet(Base):
        said = None  # type: ignore[assignment]

        @emits("are you really sure?")
        def confirm(self, question: str) -> bool: ...

    assert [*Quiet.__nsroute_emits__] == ["are you really sure?"]


def test_a_mixin_declares_events_as_well() -> None:
    """A class that is no namespace may be a mixin; its signature is read once."""

    class Mixin:
        @emits
        def news(self, text: str) -> None: ...

        latest = news

    class One(Mixin, RoutedNamespace): ...

    class Two(Mixin, RoutedNamespace): ...

    one, two = (c.__nsroute_emits__["news"].signature for c in (One, Two))
    assert one is two
    assert One.latest.target == "Mixin.news"


def test_a_name_that_is_taken_is_refused() -> None:
    """By the base class, by Socket.IO's clients, by another event, by a handler."""

    def declare() -> None:
        class Bad(RoutedNamespace):
            @emits
            def emit(self) -> None: ...  # type: ignore[override]

            @emits("connect")
            def on_connection(self) -> None: ...

            @emits("news")
            def first(self) -> None: ...

            @emits("news")
            def second(self) -> None: ...

            @emits
            @on("both")
            def both(self) -> None: ...

    problems = problems_of(declare)
    assert [(one.target, one.problem) for one in problems] == [
        ("Bad.emit", "RoutedNamespace has an attribute 'emit' of its own"),
        (
            "Bad.on_connection",
            "Socket.IO's clients keep the event 'connect' for themselves",
        ),
        ("Bad", "two declarations of the event 'news'"),
        ("Bad.both", "it cannot be sent and handled: @on and @emits are two methods"),
    ]
    assert isinstance(problems[2], ConflictError)
    assert (problems[2].first, problems[2].second) == ("Bad.first", "Bad.second")


def test_a_signature_that_cannot_be_sent_is_refused() -> None:
    """All that is wrong is told at once, with the class and the method."""

    def declare() -> None:
        class Bad(RoutedNamespace):
            @emits
            def named(self, *, room_id: int, **rest: Any) -> None: ...

            @emits
            async def later(self) -> None: ...

            @emits
            def answered(self) -> Opaque: ...

            @emits
            def odd(self, value: 5 // 0) -> None: ...  # type: ignore[valid-type]

    never = "coroutine or generator function, which Flask-SocketIO never awaits"
    alone = "an event carries positional arguments alone, and"
    unmade = "cannot be converted: no value on the wire becomes a 'Opaque'"
    found = [(one.target, one.problem) for one in problems_of(declare)]
    assert found[:-1] == [
        ("Bad.named", f"{alone} 'room_id' is keyword-only"),
        ("Bad.named", f"{alone} it takes **rest"),
        ("Bad.later", f"it is a {never}"),
        ("Bad.answered", f"the annotation `Opaque` of 'return' {unmade}"),
    ]
    assert found[-1][0] == "Bad.odd"
    assert "the annotation `5 // 0` of 'value' cannot be read: " in found[-1][1]


class Opaque:
    """What no client could send."""


def test_what_is_sent_need_not_be_what_a_client_could_send() -> None:
    """The classes of parameters are the server's; only the answer is converted."""

    class Sends(RoutedNamespace):
        @emits
        def thing(self, thing: Opaque) -> None: ...

    assert Sends.thing.signature.problems == ()


def test_a_forward_reference_is_resolved_when_a_table_is_built() -> None:
    """What names nothing by then is an error of the table."""

    class Later(RoutedNamespace, namespace="/later"):
        @emits
        def news(self, text: Missing) -> None: ...  # type: ignore[name-defined] # noqa: F821

        @emits
        def ask(self) -> Missing: ...  # type: ignore[name-defined] # noqa: F821

    told = [str(one) for one in problems_of(lambda: nsroute.MetaRouter([Later]))]
    assert "the annotation `Missing` of 'text' cannot be resolved" in told[0]
    assert "the annotation `Missing` of 'return' cannot be resolved" in told[1]


def test_the_answers_of_an_unchecked_class_are_not_checked() -> None:
    """With `checked=False` annotations are not enforced."""

    class Loose(RoutedNamespace, namespace="/loose", checked=False):
        @emits
        def ask(self) -> Missing: ...  # type: ignore[name-defined] # noqa: F821

        @on("do")
        def do(self) -> Any:
            return self.ask.call(self.sid)()

    client = serve(Loose, "/loose")
    client.connect()
    client.reply("ask", lambda: "anything")
    assert client.call("do") == "anything"


@pytest.mark.parametrize(
    "declare, message",
    [
        (lambda: emits(5), "an event's name is text, and this is a int"),  # type: ignore[call-overload]
        (lambda: emits("x")(5), "@emits decorates a function, not a int"),  # type: ignore[arg-type]
        (lambda: emits(len), "@emits decorates a function, not a builtin_function"),
        (lambda: on("x")(Room.said), "it decorates a function, not a ServerEvent"),  # type: ignore[type-var]
    ],
)
def test_what_is_no_method_is_refused(declare: Callable[[], Any], message: str) -> None:
    """A name is text, and a function is decorated, by one of the two."""
    with pytest.raises(RouteError, match=message):
        declare()
