"""What a handler is called with: numbers of arguments, defaults, the lifecycle."""

from typing import Any

import attrs
import pytest

from nsroute.arguments import read
from tests.support.reading import bound, signature_of, told


@attrs.frozen
class Token:
    user: str
    admin: bool = False


class TestUnannotated:
    def test_arguments_pass_as_they_came(self) -> None:
        """What is not annotated passes as it came, the same object."""

        def handler(it, other): ...

        value, other = {"a": [1]}, b"x"
        got = bound(handler, value, other)
        assert got == (value, other)
        assert got[0] is value

    def test_unannotated_beside_annotated_stays_the_same_object(self) -> None:
        """An unannotated argument passes untouched beside one that is converted."""

        def handler(it, number: float): ...

        value = {"a": [1]}
        got, number = bound(handler, value, 1)
        assert got is value
        assert type(number) is float

    @pytest.mark.parametrize("annotation", [Any, object])
    def test_any_is_no_annotation(self, annotation: Any) -> None:
        """`Any` and `object` let everything pass."""

        def handler(*args): ...

        handler.__annotations__["args"] = annotation
        assert signature_of(handler).bind is None

    def test_any_number_of_anything_needs_no_binding(self) -> None:
        """`*args` alone has nothing to check, and costs nothing."""

        def handler(self, *args): ...

        assert read(handler, kind="event", owner="Room.handler").bind is None

    def test_annotations_of_plain_classes_are_not_enforced(self) -> None:
        """Where annotations are not enforced, only the number of arguments is."""

        def handler(it: int): ...

        assert bound(handler, "text", typed=False) == ("text",)
        assert told(handler, typed=False) == [
            ("arguments", "Expected 1 argument, got 0")
        ]


class TestNumberOfArguments:
    @pytest.mark.parametrize(
        "handler, args, message",
        [
            (lambda: None, (1,), "Expected 0 arguments, got 1"),
            (lambda a: None, (), "Expected 1 argument, got 0"),
            (lambda a: None, (1, 2), "Expected 1 argument, got 2"),
            (lambda a, b: None, (1,), "Expected 2 arguments, got 1"),
            (lambda a=0: None, (1, 2), "Expected 0 to 1 argument, got 2"),
            (lambda a, b=0, c=0: None, (), "Expected 1 to 3 arguments, got 0"),
            (lambda a, *b: None, (), "Expected at least 1 argument, got 0"),
            (lambda a, b, *c: None, (1,), "Expected at least 2 arguments, got 1"),
        ],
    )
    def test_wrong_number_says_how_many(self, handler, args, message) -> None:
        """A wrong number of arguments is answered with the right one."""
        assert told(handler, *args) == [("arguments", message)]

    @pytest.mark.parametrize("args", [(), (1, 2, 3)])
    def test_wrong_number_for_annotated_parameters(self, args) -> None:
        """The number is checked before anything is converted."""

        def handler(a: int, b: int = 0): ...

        message = f"Expected 1 to 2 arguments, got {len(args)}"
        assert told(handler, *args) == [("arguments", message)]

    def test_too_few_for_annotated_open_end(self) -> None:
        """Typed `*args` do not make up for a missing argument."""

        def handler(a: int, *rest: int): ...

        message = "Expected at least 1 argument, got 0"
        assert told(handler) == [("arguments", message)]

    def test_defaults_apply_by_leaving_out(self) -> None:
        """An argument that was not sent is left out, so that its default applies."""

        def handler(a: int, b: int = 2): ...

        assert bound(handler, 1) == (1,)
        assert bound(handler, 1, 3) == (1, 3)

    def test_each_of_many_is_converted(self) -> None:
        """`*args: float` converts each argument."""

        def handler(first: str, *rest: float): ...

        got = bound(handler, "a", 1, 2)
        assert got == ("a", 1.0, 2.0)
        assert [type(one) for one in got] == [str, float, float]
        assert bound(handler, "a") == ("a",)

    def test_open_end_may_be_unannotated(self) -> None:
        """Typed parameters may be followed by anything."""

        def handler(first: float, *rest): ...

        assert bound(handler, 1, "a", None) == (1.0, "a", None)

    def test_parameters_may_be_positional_only(self) -> None:
        """Positional-only parameters are parameters like others."""

        def handler(a: float, /, b: float): ...

        assert bound(handler, 1, 2) == (1.0, 2.0)

    def test_surplus_keywords_get_nothing(self) -> None:
        """`**kwargs` is allowed and gets nothing."""

        def handler(a: float, **more: int): ...

        assert bound(handler, 1) == (1.0,)
        assert signature_of(handler).parameters.names == frozenset()


class TestLeading:
    def test_event_name_comes_first_and_is_not_converted(self) -> None:
        """The event's name, which is no argument of the client's, is not bound."""

        def handler(event: int, x: float): ...

        assert bound(handler, 1, leading=1) == (1.0,)

    def test_paths_count_the_clients_arguments(self) -> None:
        """`arguments[0]` is the first that the client sent."""

        def handler(event, x: float, *more: int): ...

        assert told(handler, "a", 1, "b", leading=1) == [
            ("arguments[0]", "Expected `float`, got `str`"),
            ("arguments[2]", "Expected `int`, got `str`"),
        ]

    @pytest.mark.parametrize(
        "handler, args, message",
        [
            (lambda event: None, (1,), "Expected 0 arguments, got 1"),
            (lambda event, a: None, (), "Expected 1 argument, got 0"),
            (lambda event, a, *b: None, (), "Expected at least 1 argument, got 0"),
        ],
    )
    def test_numbers_count_the_clients_arguments(self, handler, args, message) -> None:
        """The event's name is not counted."""
        assert told(handler, *args, leading=1) == [("arguments", message)]

    def test_event_name_may_be_one_of_many(self) -> None:
        """`*args` may take in the event's name beside the arguments."""

        def handler(*args: float): ...

        assert bound(handler, 1, leading=1) == (1.0,)
        assert signature_of(lambda *args: None, leading=1).bind is None


class TestLifecycle:
    @pytest.mark.parametrize("kind", ["connect", "disconnect"])
    def test_handler_without_parameters_gets_nothing(self, kind) -> None:
        """A lifecycle handler may take nothing."""
        assert bound(lambda: None, "anything", kind=kind) == ()

    @pytest.mark.parametrize("kind", ["connect", "disconnect"])
    def test_handler_with_one_parameter_gets_it(self, kind) -> None:
        """A lifecycle handler may take `auth`, or `reason`."""
        assert bound(lambda it: None, "anything", kind=kind) == ("anything",)
        assert bound(lambda *all_: None, "anything", kind=kind) == ("anything",)

    def test_auth_is_converted(self) -> None:
        """`auth` is what its annotation says."""

        def join(auth: Token): ...

        assert bound(join, {"user": "ann"}, kind="connect") == (Token("ann"),)

    def test_problems_of_auth_are_told_by_its_name(self) -> None:
        """The path of a problem begins with `auth`."""

        def join(auth: Token): ...

        assert told(join, {"user": 5}, kind="connect") == [
            ("auth.user", "Expected `str`, got `int`")
        ]
        assert told(join, None, kind="connect") == [
            ("auth", "Expected `object`, got `null`")
        ]

    def test_default_applies_where_no_auth_was_sent(self) -> None:
        """Without `auth` from the client the default of the parameter applies."""

        def join(auth: Token = Token("nobody")): ...

        assert bound(join, None, kind="connect") == ()
        assert bound(join, {"user": "ann"}, kind="connect") == (Token("ann"),)

    def test_default_applies_to_unannotated_auth(self) -> None:
        """The same holds where nothing is annotated."""

        def join(auth="nobody"): ...

        assert bound(join, None, kind="connect") == ()
        assert bound(join, "ann", kind="connect") == ("ann",)

    def test_default_none_needs_no_binding(self) -> None:
        """`auth=None`, the usual way to write it, costs nothing."""
        assert signature_of(lambda auth=None: None, "connect").bind is None

    def test_many_typed_auths(self) -> None:
        """`*args` of a connect handler converts `auth`."""

        def join(*auth: float): ...

        assert bound(join, 1, kind="connect") == (1.0,)
        assert told(join, "a", kind="connect") == [
            ("auth", "Expected `float`, got `str`")
        ]
