"""What is wrong with a signature is found when its class is defined."""

import collections
import dataclasses
import enum
from collections.abc import Callable, Iterable
from typing import Annotated, Any, Generic, Literal, NamedTuple, TypeVar

import annotated_types
import attrs
import engineio
import msgspec
import pydantic
import pytest

from nsroute.arguments import read
from nsroute.arguments.signature import REASONS
from tests.support.reading import problems_of, signature_of, taking

Value = TypeVar("Value")


class Opaque: ...


@attrs.frozen
class Lowered:
    name: str = attrs.field(converter=str.lower)


@attrs.frozen
class Raised:
    name: str = attrs.field(converter=str.upper)


@attrs.define
class Holder:
    it: Opaque


class Row(msgspec.Struct, array_like=True):
    it: Lowered


class Pair(NamedTuple):
    it: Lowered


class Mixed(enum.Enum):
    ONE = 1
    TWO = "two"


@dataclasses.dataclass
class Span:
    first: int


class Profile(pydantic.BaseModel):
    name: str


class Account(pydantic.BaseModel):
    number: int


@attrs.define
class Box(Generic[Value]):
    """A generic class that only its `__init__` makes."""

    it: Value = attrs.field(converter=lambda it: it)


@attrs.define
class Crate(Generic[Value]):
    """One that msgspec makes, unless what it holds is another's to make."""

    it: Value


@attrs.define
class Limited:
    it: Annotated[str, pydantic.StringConstraints(min_length=3)]


class Unfinished(pydantic.BaseModel):
    it: "Nowhere"  # noqa: F821


class TestUnconvertible:
    @pytest.mark.parametrize(
        "annotation, reason",
        [
            (Opaque, "no value on the wire becomes a 'Opaque'"),
            (list[Opaque], "no value on the wire becomes a 'Opaque'"),
            (Holder, "no value on the wire becomes a 'Opaque'"),
            (complex, "no value on the wire becomes a 'complex'"),
            (Iterable[int], "no value on the wire becomes a 'Iterable'"),
            (Callable[[Lowered], int], "no value on the wire becomes a 'Callable'"),
            (collections.deque[int], "no value on the wire becomes a 'deque'"),
            (5, "Type '5' is not supported"),
            (Mixed, "Enums must contain either all str or all int values"),
            (int | Span | Holder, "more than one dataclass or attrs type"),
            (Lowered | Raised, "a union may hold one class that arrives as an object"),
            (Lowered | Span, "a union may hold one class that arrives as an object"),
            (Lowered | dict[str, int], "a union may hold one class that arrives as"),
            (Profile | Span, "a union may hold one class that arrives as an object"),
            (Profile | Lowered, "a union may hold one class that arrives as an object"),
            (Row, "'Row' cannot hold a class that only its __init__ makes"),
            (Pair, "'Pair' cannot hold a class that only its __init__ makes"),
            (Box[int], "'Box' cannot hold a class that only its __init__ makes"),
            (Crate[Lowered], "cannot hold a class that only its __init__ makes"),
            (
                Profile | Account | list[Account],
                "a union may hold one class that arrives as an object",
            ),
            (
                Annotated[int, msgspec.Meta(min_length=3)],
                "Can only set `min_length` on a str",
            ),
            (
                Annotated[int, annotated_types.Gt(3)],
                "Gt(gt=3) is no limit of msgspec: write Annotated[int, msgspec.Meta(",
            ),
            (list[Annotated[int, pydantic.Field(gt=3)]], "is no limit of msgspec"),
            (Limited, "is no limit of msgspec"),
        ],
    )
    def test_annotation_that_cannot_be_converted(self, annotation, reason) -> None:
        """An annotation that no wire value can become is a problem with a reason."""
        (problem,) = problems_of(taking(annotation))
        assert problem.startswith("Room.handler: the annotation `")
        assert "` of 'it' cannot be converted: " in problem
        assert reason in problem
        assert problem.endswith(
            "(annotate what the wire can carry, or leave the annotation out)"
        )

    def test_descriptions_beside_an_annotation_are_no_limits(self) -> None:
        """What limits nothing may stand in an annotation, whosever it is."""
        described = Annotated[int, "a word", pydantic.Field(description="a number")]
        assert problems_of(taking(described)) == []

    def test_annotation_that_is_no_expression(self) -> None:
        """An annotation that Python cannot read is a problem."""
        (problem,) = problems_of(taking("not an expression"))
        assert (
            "the annotation `not an expression` of 'it' cannot be converted" in problem
        )

    def test_annotation_of_many(self) -> None:
        """The annotation of `*args` is read like others."""

        def handler(*them: Opaque): ...

        (problem,) = problems_of(handler)
        assert "Opaque` of 'them' cannot be converted" in problem

    def test_annotation_of_parts(self) -> None:
        """An annotation is shown with its parts."""
        (problem,) = problems_of(taking(list[Opaque]))
        assert "the annotation `list[" in problem
        assert "Opaque]` of 'it' cannot be converted" in problem

    def test_annotations_of_results_and_params_are_not_looked_at(self) -> None:
        """What no client sends may be annotated with anything."""

        def handler(it: int, *, room: Opaque, **more: Opaque) -> "Nowhere": ...  # noqa: F821

        assert problems_of(handler) == []

    def test_unfinished_model_is_pending(self) -> None:
        """A pydantic model that names what is not there yet can be finished later."""
        signature = signature_of(taking(Unfinished))
        assert signature.unresolved
        (problem,) = signature.resolve()
        assert "'Unfinished' names what is not there" in str(problem)

    def test_model_finishes_itself(self) -> None:
        """A pydantic model is finished as soon as it can be."""
        module: dict[str, Any] = {"BaseModel": pydantic.BaseModel, "__name__": __name__}
        exec("class Early(BaseModel):\n    it: 'Late'", module)
        signature = signature_of(taking(module["Early"]))
        assert signature.unresolved

        globals()["Late"] = int
        try:
            assert signature.resolve() == []
        finally:
            del globals()["Late"]

    def test_object_in_a_class_is_anything(self) -> None:
        """A field annotated `object` takes anything."""

        @attrs.frozen
        class Anything:
            it: object

        bind = signature_of(taking(Anything)).bind
        assert bind is not None
        assert bind(({"it": [1]},)) == (Anything([1]),)


class TestShape:
    @pytest.mark.parametrize(
        "handler, names",
        [
            (lambda auth, other: None, "'auth', 'other'"),
            (lambda a, b=0, *c: None, "'a', 'b'"),
            (lambda a, b, c: None, "'a', 'b', 'c'"),
        ],
    )
    def test_connect_takes_auth_at_most(self, handler, names) -> None:
        """A connect handler with several parameters is a problem, with its cure."""
        (problem,) = problems_of(handler, "connect")
        assert problem == (
            f"Room.handler: a connect handler takes nothing or `auth`, not {names} "
            "(parameters of the pattern are keyword-only: write them after `*`)"
        )

    def test_disconnect_takes_a_reason_at_most(self) -> None:
        """So is a disconnect handler."""
        (problem,) = problems_of(lambda reason, other: None, "disconnect")
        assert "a disconnect handler takes nothing or `reason`, not" in problem

    @pytest.mark.parametrize(
        "reason",
        [str, Any, object, str | None, Annotated[str, msgspec.Meta(min_length=9)]],
    )
    def test_every_reason_reaches_its_handler(self, reason) -> None:
        """What takes any reason of a disconnect is no problem."""
        handler = taking(reason)
        assert problems_of(handler, "disconnect") == []
        assert problems_of(lambda reason="unknown": None, "disconnect") == []

    @pytest.mark.parametrize(
        "reason, refused",
        [
            (
                Literal["transport close", "transport error"],
                "'client disconnect', 'server disconnect', 'ping timeout'",
            ),
            (Annotated[str, msgspec.Meta(min_length=13)], "'ping timeout'"),
            (int, ", ".join(map(repr, REASONS))),
            (Lowered, ", ".join(map(repr, REASONS))),
        ],
    )
    def test_a_reason_that_would_not_reach_its_handler(self, reason, refused) -> None:
        """A disconnect is not to be lost because of its reason."""
        (problem,) = problems_of(taking(reason), "disconnect")
        assert problem.startswith("Room.handler: the annotation `")
        assert problem.endswith(f"of 'it' does not admit {refused} (annotate `str`)")

    def test_the_reasons_are_upstreams(self) -> None:
        """No reason is left out of what a handler is checked with."""
        named = vars(engineio.Server.reason).items()
        assert set(REASONS) == {text for name, text in named if name.isupper()}

    def test_a_reason_that_is_read_later(self) -> None:
        """So it is where the annotation was not there when the class was defined."""

        def handler(reason: "Later") -> None: ...  # noqa: F821

        signature = signature_of(handler, "disconnect")
        assert signature.problems == ()
        signature.names = {"Later": int}
        (problem,) = signature.resolve()
        assert "annotation `Later` of 'reason' does not admit" in str(problem)

    def test_method_without_self(self) -> None:
        """A method that takes no `self` cannot be called."""
        signature = read(lambda: None, kind="event", owner="Room.handler")
        (problem,) = signature.problems
        assert str(problem) == (
            "Room.handler: it does not take `self` first (write it before what "
            "the client sends)"
        )

    def test_handler_of_several_events_without_event(self) -> None:
        """A handler of several events has to take the event's name."""
        signature = read(lambda self: None, kind="event", owner="Room.any", leading=1)
        (problem,) = signature.problems
        assert str(problem) == (
            "Room.any: it does not take `self, event` first (write it before what the "
            "client sends)"
        )

    def test_coroutine(self) -> None:
        """A coroutine function would never run."""

        async def handler(it): ...

        (problem,) = problems_of(handler)
        assert problem == (
            "Room.handler: it is a coroutine or generator function, which "
            "Flask-SocketIO never awaits (define it with def, without yield)"
        )

    def test_function_without_signature(self) -> None:
        """A function whose parameters cannot be known is no handler."""
        (problem,) = problems_of(dict.update)
        assert problem.startswith("Room.handler: its signature cannot be read: ")

    def test_all_problems_are_found_at_once(self) -> None:
        """One signature may have several problems, and all are found."""

        async def handler(a: Opaque, b: complex): ...

        found = signature_of(handler, "connect").problems
        assert len(found) == 4
        assert {one.target for one in found} == {"Room.handler"}
