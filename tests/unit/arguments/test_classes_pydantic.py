"""Arguments become pydantic's models and dataclasses as these validate them."""

from typing import Annotated

import attrs
import pydantic
import pytest

from tests.support.reading import made, told_of


class Profile(pydantic.BaseModel):
    name: str
    picture: bytes = b""

    @pydantic.field_validator("name")
    @classmethod
    def is_lower(cls, name: str) -> str:
        if name != name.lower():
            raise ValueError("not in lower case")
        return name


class Account(pydantic.BaseModel):
    number: int


@pydantic.dataclasses.dataclass
class Price:
    amount: int = pydantic.Field(gt=0)


class TestPydantic:
    def test_models_validate_themselves(self) -> None:
        """A pydantic model is made by its own validation, with its own strictness."""
        assert made(Account, {"number": "5"}) == Account(number=5)
        assert made(Profile, {"name": "ann", "picture": b"\xff"}).picture == b"\xff"

    def test_every_problem_of_a_model_is_told(self) -> None:
        """Each of pydantic's problems has its path and pydantic's message."""
        assert told_of(dict[str, Profile], {"a": {"name": "Ann", "picture": 5}}) == [
            ("arguments[0]['a'].name", "Value error, not in lower case"),
            ("arguments[0]['a'].picture", "Input should be a valid bytes"),
        ]

    @pytest.mark.parametrize(
        "annotation, value, expected",
        [
            (Profile | None, None, None),
            (Profile | str, "text", "text"),
            (Profile | str, {"name": "a"}, Profile(name="a")),
            (Profile | Account, {"number": 5}, Account(number=5)),
            (Profile | Account | None, None, None),
            (list[Profile | int], [{"name": "a"}, 5], [Profile(name="a"), 5]),
            (Price, {"amount": "5"}, Price(5)),
            (list[Price], [{"amount": 5}], [Price(5)]),
            (
                Annotated[Profile | Account, pydantic.Field(description="either")],
                {"name": "a"},
                Profile(name="a"),
            ),
        ],
    )
    def test_models_in_other_annotations(self, annotation, value, expected) -> None:
        """Models may be members of unions and items of containers."""
        assert made(annotation, value) == expected

    def test_models_in_other_classes(self) -> None:
        """Models may be fields of other classes."""

        @attrs.define
        class Team:
            leader: Profile
            members: list[Profile] = attrs.field(factory=list)

        wire = {"leader": {"name": "a"}, "members": [{"name": "b"}]}
        assert made(Team, wire) == Team(Profile(name="a"), [Profile(name="b")])

    def test_paths_in_unions_name_the_model(self) -> None:
        """Of several models pydantic says which one it tried."""
        told = told_of(Profile | Account, {"name": 5})
        assert ("arguments[0].Profile.name", "Input should be a valid string") in told

    def test_dataclasses_of_pydantic_are_validated(self) -> None:
        """A dataclass of pydantic's is validated as a model is."""
        assert told_of(Price, {"amount": 0}) == [
            ("arguments[0].amount", "Input should be greater than 0")
        ]

    def test_scalar_in_place_of_a_model(self) -> None:
        """What is neither an object nor binary is told to be none of the rest."""
        assert told_of(Profile | str | bytes, 5) == [
            ("arguments[0]", "Expected `str`, got `int`")
        ]
