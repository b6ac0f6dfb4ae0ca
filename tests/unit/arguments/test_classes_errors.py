"""What the code of a class raises: a problem of the client's, or a bug."""

import dataclasses

import attrs
import pytest

from tests.support.reading import made, told_of


class TestBugs:
    def test_bug_in_a_class_is_no_fault_of_the_client(self) -> None:
        """What else the code of a class raises is a bug, and passes on."""

        @dataclasses.dataclass
        class Buggy:
            it: int

            def __post_init__(self) -> None:
                raise KeyError("a bug")

        with pytest.raises(KeyError, match="a bug"):
            made(Buggy, {"it": 1})

    def test_validator_without_message(self) -> None:
        """An exception without text tells no more than that."""

        @attrs.define
        class Silent:
            it: int

            def __attrs_post_init__(self) -> None:
                raise ValueError

        assert told_of(Silent, {"it": 1}) == [("arguments[0]", "Not valid")]

    def test_validator_with_something_else_than_text(self) -> None:
        """An exception of other things than text is told as Python shows it."""

        @attrs.define
        class Odd:
            it: int

            def __attrs_post_init__(self) -> None:
                raise ValueError(5, "x")

        assert told_of(Odd, {"it": 1}) == [("arguments[0]", "(5, 'x')")]

    def test_validator_that_refuses_at_its_first_call_only(self) -> None:
        """A value that was refused is not given to its validator again."""
        calls = []

        @attrs.define
        class Fickle:
            it: int

            def __attrs_post_init__(self) -> None:
                calls.append(self.it)
                if len(calls) == 1:
                    raise ValueError("not now")

        assert told_of(Fickle, {"it": 1}) == [("arguments[0]", "not now")]
        assert calls == [1]
