"""What a handler returns or emits is refused where no packet can carry it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import engineio
import pytest

from nsroute.arguments import to_wire
from tests.support.returned_objects import Point, Profile


def numbers() -> Iterator[int]:
    yield 1


class TestRefused:
    @pytest.mark.parametrize(
        "value, name",
        [
            (object(), "object"),
            (1j, "complex"),
            (numbers(), "generator"),
            (ValueError("secret"), "ValueError"),
            (int, "type"),
            (Profile, "ModelMetaclass"),
            ([{"a": object()}], "object"),
            (Point(1, object()), "object"),
            ((1, object()), "object"),
        ],
    )
    def test_other_objects(self, value, name) -> None:
        """An object that nothing can be made of is refused by the name of its type."""
        message = f"an object of type '{name}' cannot be sent"
        with pytest.raises(TypeError, match=f"^{message}$"):
            to_wire(value)

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
    @pytest.mark.parametrize(
        "wrap",
        [lambda it: it, lambda it: [it], Point, lambda it: ({"a": it},)],
        ids=["alone", "in a list", "in an object", "in a tuple"],
    )
    def test_numbers_that_json_has_no_name_for(self, value, wrap) -> None:
        """NaN and infinities would end the connection of a browser."""
        with pytest.raises(ValueError, match="a number that is not finite"):
            to_wire(wrap(value))

    def test_endless_integers(self) -> None:
        """An integer that python-engineio refuses to read cannot be sent."""
        for longest, step in (10**100 - 1, 1), (-(10**99) + 1, -1):
            assert engineio.json.loads(json.dumps(to_wire(longest))) == longest
            with pytest.raises(ValueError, match="more than 100 characters"):
                to_wire([longest + step])
            with pytest.raises(ValueError, match="too large"):
                engineio.json.loads(json.dumps(longest + step))

    def test_structures_that_hold_themselves(self) -> None:
        """A structure without end is refused, plain or not."""
        plain: list[Any] = []
        plain.append(plain)
        with pytest.raises(ValueError, match="too deep, or holds itself"):
            to_wire(plain)

        point = Point(1, [])
        point.y.append(point)
        with pytest.raises(ValueError, match="too deep, or holds itself"):
            to_wire(point)
