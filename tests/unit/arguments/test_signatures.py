"""How a signature is read: keyword-only parameters, wrappers, names that come later."""

import functools
import inspect
from typing import Any

import attrs
import pytest

from nsroute.arguments import read, takes
from nsroute.errors import InvalidArguments
from tests.support.reading import bound, signature_of, told


@attrs.frozen
class Token:
    user: str
    admin: bool = False


class TestParams:
    def test_keyword_only_parameters_are_for_the_pattern(self) -> None:
        """Keyword-only parameters are those of the pattern, and are not counted."""

        def handler(text: str, *, room_id: int, lang="en"): ...

        signature = signature_of(handler)
        assert signature.parameters.names == {"room_id", "lang"}
        assert bound(handler, "a") == ("a",)

    def test_required_ones_must_be_in_the_pattern(self) -> None:
        """One without default that the pattern does not supply is a problem."""

        def handler(*, rom_id, other, lang="en"): ...

        found = signature_of(handler).check({"room_id"})
        first, second = map(str, found)
        assert first == (
            "Room.handler: nothing supplies the keyword-only parameter 'other' "
            "(the pattern has no such parameter)"
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
        assert signature.parameters.names == {"room_id"}
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

    def test_wrapper_with_parameters_before_the_others_is_taken_at_its_word(
        self,
    ) -> None:
        """A wrapper that takes a token off is read by its own signature."""

        def inner(self, number: float, *, room_id): ...

        @functools.wraps(inner)
        def handler(self, token: str, *args, **kwargs): ...

        signature = read(handler, owner="Room.handler")
        assert signature.bind is not None
        assert signature.bind(("secret", "any")) == ("secret", "any")
        assert signature.parameters.names == {"room_id"}
        assert signature.problems == ()

    def test_self_before_the_others_is_looked_through(self) -> None:
        """`(self, *args)` passes on whatever the client sends."""

        def inner(self, number: float): ...

        @functools.wraps(inner)
        def handler(self, *args): ...

        bind = read(handler, owner="Room.handler").bind
        assert bind is not None
        assert bind((1,)) == (1.0,)

    def test_arguments_pass_uncounted_where_a_wrapper_may_add_some(self) -> None:
        """Without annotations nothing says what the client is to send."""

        @transparent
        def handler(user, text): ...

        assert signature_of(handler).bind is None

        @transparent
        def typed(text: str): ...

        assert told(typed, "a", "b") == [("arguments", "Expected 1 argument, got 2")]

    def test_wrapper_may_supply_what_no_pattern_does(self) -> None:
        """A keyword-only parameter of what is wrapped may be the wrapper's to give."""

        def inner(x, *, user): ...

        @functools.wraps(inner)
        def handler(*args, **kwargs): ...

        signature = signature_of(handler)
        assert signature.parameters.names == {"user"}
        assert signature.check({"room_id"}) == []

    def test_wrapper_may_name_the_params(self) -> None:
        """A wrapper may take a pattern parameter by its name."""

        def inner(x, *, room_id): ...

        @functools.wraps(inner)
        def handler(*args, room_id): ...

        signature = signature_of(handler)
        assert signature.check({"room_id"}) == []
        assert len(signature.check({"name"})) == 1


class TestTakes:
    @pytest.mark.parametrize(
        "function, count, answer",
        [
            (lambda a: None, 1, True),
            (lambda a: None, 2, False),
            (lambda *a: None, 2, True),
            (lambda *, a: None, 0, False),
            (dict.update, 5, True),  # its signature cannot be known
            ("nothing that can be called", 0, False),
        ],
    )
    def test_a_function_takes_so_many_arguments(self, function, count, answer) -> None:
        """A function is asked without being called."""
        assert takes(function, count) is answer


class TestPending:
    def test_forward_reference_is_resolved_later(self) -> None:
        """A name that is not there yet leaves the signature pending."""
        module: dict[str, Any] = {}
        exec("def handler(it: 'Later'): ...", module)
        signature = signature_of(module["handler"])
        assert signature.unresolved
        assert signature.problems == ()

        module["Later"] = Token
        assert signature.resolve() == []
        assert not signature.unresolved
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
            "name 'Nowhere' is not defined (import it in the module of the class, not "
            "for type checkers only)"
        )
        assert signature.unresolved

    def test_missing_attribute_of_a_module_is_pending(self) -> None:
        """So is an attribute that a half-imported module does not have yet."""

        def handler(it: "attrs.Nowhere"): ...

        assert signature_of(handler).unresolved

    def test_names_of_the_class_body_may_be_used(self) -> None:
        """A class may define in its body what its handlers take."""

        def handler(it: "Inner", other: "Token"): ...  # noqa: F821

        signature = signature_of(handler, names={"Inner": float, "Token": int})
        assert not signature.unresolved
        assert signature.bind is not None
        assert signature.bind((1, {"user": "a"})) == (1.0, Token("a"))

    def test_missing_from_the_class_body_too(self) -> None:
        """Names of the class body do not hide that one is missing."""

        def handler(it: "Nowhere"): ...  # noqa: F821

        assert signature_of(handler, names={"Inner": float}).unresolved

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
