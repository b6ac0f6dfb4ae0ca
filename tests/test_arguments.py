"""What a handler is called with: numbers of arguments, defaults, the lifecycle."""

import functools
import inspect
from typing import Any

import attrs
import pytest

from nsroute.arguments import read
from nsroute.errors import InvalidArguments
from tests.reading import bound, signature_of, told


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
        assert signature_of(handler).params == frozenset()


class TestLeading:
    def test_event_name_comes_first_and_is_not_converted(self) -> None:
        """A handler of several events gets the event's name before the arguments."""

        def handler(event: int, x: float): ...

        assert bound(handler, "cursor:move", 1, leading=1) == ("cursor:move", 1.0)

    def test_paths_count_the_clients_arguments(self) -> None:
        """`arguments[0]` is the first that the client sent."""

        def handler(event, x: float, *more: int): ...

        assert told(handler, "e", "a", 1, "b", leading=1) == [
            ("arguments[0]", "Expected `float`, got `str`"),
            ("arguments[2]", "Expected `int`, got `str`"),
        ]

    @pytest.mark.parametrize(
        "handler, args, message",
        [
            (lambda event: None, ("e", 1), "Expected 0 arguments, got 1"),
            (lambda event, a: None, ("e",), "Expected 1 argument, got 0"),
            (lambda event, a, *b: None, ("e",), "Expected at least 1 argument, got 0"),
        ],
    )
    def test_numbers_count_the_clients_arguments(self, handler, args, message) -> None:
        """The event's name is not counted."""
        assert told(handler, *args, leading=1) == [("arguments", message)]

    def test_event_name_may_be_one_of_many(self) -> None:
        """`*args` may take in the event's name; it stays text."""

        def handler(*args: float): ...

        assert bound(handler, "e", 1, leading=1) == ("e", 1.0)
        assert bound(lambda *args: None, "e", 1, leading=1) == ("e", 1)


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


class TestParams:
    def test_keyword_only_parameters_are_for_the_pattern(self) -> None:
        """Keyword-only parameters are those of the pattern, and are not counted."""

        def handler(text: str, *, room_id: int, lang="en"): ...

        signature = signature_of(handler)
        assert signature.params == {"room_id", "lang"}
        assert bound(handler, "a") == ("a",)

    def test_required_ones_must_be_in_the_pattern(self) -> None:
        """One without default that the pattern does not supply is a problem."""

        def handler(*, rom_id, other, lang="en"): ...

        found = signature_of(handler).check({"room_id"}, "/rooms/<int:room_id>")
        first, second = map(str, found)
        assert first == (
            "Room.handler at '/rooms/<int:room_id>': nothing supplies the keyword-only "
            "parameter 'other' (the pattern has no such parameter)"
        )
        assert second.endswith("'rom_id' (did you mean 'room_id'?)")

    def test_supplied_ones_are_fine(self) -> None:
        """Nothing is wrong where the pattern supplies what has no default."""

        def handler(*, room_id, lang="en"): ...

        assert signature_of(handler).check({"room_id", "unused"}) == []


def transparent(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper


class TestWrapped:
    def test_transparent_wrapper_keeps_the_signature(self) -> None:
        """A wrapper that passes everything on is looked through."""

        @transparent
        @transparent
        def handler(self, x: float, *, room_id): ...

        signature = read(handler, kind="event", owner="Room.handler")
        assert signature.bind is not None
        assert signature.bind((1,)) == (1.0,)
        assert signature.params == {"room_id"}
        assert signature.problems == ()

    def test_wrapper_with_parameters_is_taken_at_its_word(self) -> None:
        """A wrapper that spells out its parameters says how it is called."""

        def inner(text: str, user: Any): ...

        @functools.wraps(inner)
        def handler(text): ...

        assert bound(handler, "a") == ("a",)
        assert told(handler, 1) == [("arguments[0]", "Expected `str`, got `int`")]

    def test_explicit_signature_is_believed(self) -> None:
        """`__signature__` is what a decorator that changes parameters may set."""

        @transparent
        def handler(user, x: float): ...

        parameter = inspect.Parameter(
            "x", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=float
        )
        handler.__signature__ = inspect.Signature([parameter])
        assert bound(handler, 1) == (1.0,)

    def test_blocked_params_are_a_problem(self) -> None:
        """A wrapper that lets no keywords through cannot pass the params on."""

        def inner(x, *, room_id): ...

        @functools.wraps(inner)
        def handler(*args): ...

        (problem,) = signature_of(handler).problems
        assert str(problem) == (
            "Room.handler: its wrapper does not pass on the keyword-only parameter "
            "'room_id' (let the wrapper take **kwargs and pass them on)"
        )

    def test_wrapper_may_name_the_params(self) -> None:
        """A wrapper may take a pattern parameter by its name."""

        def inner(x, *, room_id): ...

        @functools.wraps(inner)
        def handler(*args, room_id): ...

        assert signature_of(handler).problems == ()


class TestPending:
    def test_forward_reference_is_resolved_later(self) -> None:
        """A name that is not there yet leaves the signature pending."""
        module: dict[str, Any] = {}
        exec("def handler(it: 'Later'): ...", module)
        signature = signature_of(module["handler"])
        assert signature.is_pending
        assert signature.problems == ()

        module["Later"] = Token
        assert signature.resolve() == []
        assert not signature.is_pending
        assert signature.bind is not None
        assert signature.bind(({"user": "ann"},)) == (Token("ann"),)
        assert signature.resolve() == []

    def test_what_cannot_be_resolved_is_a_problem(self) -> None:
        """A name that is still not there when the table is built is a problem."""

        def handler(it: "list[Nowhere]"): ...  # noqa: F821

        signature = signature_of(handler)
        (problem,) = signature.resolve()
        assert str(problem) == (
            "Room.handler: the annotation `list[Nowhere]` of 'it' cannot be resolved: "
            "name 'Nowhere' is not defined (import or define it in the module of the "
            "class, not for type checkers only)"
        )
        assert signature.is_pending

    def test_missing_attribute_of_a_module_is_pending(self) -> None:
        """So is an attribute that a half-imported module does not have yet."""

        def handler(it: "attrs.Nowhere"): ...

        assert signature_of(handler).is_pending

    def test_names_of_the_class_body_may_be_used(self) -> None:
        """A class may define in its body what its handlers take."""

        def handler(it: "Inner", other: "Token"): ...  # noqa: F821

        signature = signature_of(handler, names={"Inner": float, "Token": int})
        assert not signature.is_pending
        assert signature.bind is not None
        assert signature.bind((1, {"user": "a"})) == (1.0, Token("a"))

    def test_missing_from_the_class_body_too(self) -> None:
        """Names of the class body do not hide that one is missing."""

        def handler(it: "Nowhere"): ...  # noqa: F821

        assert signature_of(handler, names={"Inner": float}).is_pending

    def test_first_call_resolves_where_no_table_did(self) -> None:
        """A class that no table holds is complete when its first client comes."""
        module: dict[str, Any] = {}
        exec("def handler(it: 'Later'): ...", module)
        bind = signature_of(module["handler"]).bind
        assert bind is not None

        module["Later"] = float
        assert bind((1,)) == (1.0,)
        assert bind((2,)) == (2.0,)

    def test_first_call_may_find_nothing_to_convert(self) -> None:
        """What turns out to be `Any` passes as it came."""
        module: dict[str, Any] = {}
        exec("def handler(*it: 'Later'): ...", module)
        bind = signature_of(module["handler"]).bind
        assert bind is not None

        module["Later"] = Any
        assert bind(("x",)) == ("x",)

    def test_first_call_says_what_is_missing(self) -> None:
        """A name that is missing at the first call is the error of that call."""

        def handler(it: "Nowhere"): ...  # noqa: F821

        bind = signature_of(handler).bind
        assert bind is not None
        with pytest.raises(Exception, match="name 'Nowhere' is not defined") as caught:
            bind((1,))
        assert not isinstance(caught.value, InvalidArguments)
