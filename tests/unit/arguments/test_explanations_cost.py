"""Explaining a refused payload costs about as much as checking it once more."""

import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import attrs
import pydantic
import pytest

from nsroute.errors import InvalidArguments
from tests.support.reading import signature_of, taking, told_of

MANY = 100_000
NUMBERED = {str(i): i for i in range(MANY)}


class Numbers(pydantic.BaseModel):
    items: list[int]


@attrs.define
class Counted:
    """Counts how often an object is checked."""

    it: int
    checks = 0

    def __attrs_post_init__(self) -> None:
        Counted.checks += 1


def many(*args: int) -> None: ...


def refusal(handler: Callable[..., Any], args: tuple[Any, ...]) -> Callable[[], None]:
    """Return what binds arguments that are refused."""
    bind = signature_of(handler).bind
    assert bind is not None

    def refuse() -> None:
        with pytest.raises(InvalidArguments):
            bind(args)

    refuse()  # what is made at the first refusal stays
    return refuse


def seconds(run: Callable[[], object]) -> float:
    """Return the shortest time of several runs."""
    times: list[float] = []
    for _ in range(5):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)


class TestCost:
    @pytest.mark.parametrize(
        "handler, good, bad",
        [
            (taking(list[int]), ([1] * MANY,), (["x"] + [1] * MANY,)),
            (taking(list[int]), ([1] * MANY,), ([1] * MANY + ["x"],)),
            (many, (1,) * MANY, (*(1,) * MANY, "x")),
            (many, (1,) * MANY, ("x",) * MANY),
            (
                taking(dict[str, list[int]]),
                ({"a": [1] * MANY},),
                ({"a": [1] * MANY + ["x"]},),
            ),
            (taking(dict[str, int]), (NUMBERED,), (NUMBERED | {"x": "x"},)),
        ],
        ids=["first", "last", "last argument", "all arguments", "in a dict", "dict"],
    )
    def test_time(
        self, handler: Callable[..., Any], good: Any, bad: tuple[Any, ...]
    ) -> None:
        """A refusal takes no more than a few times as long as accepting."""
        bind = signature_of(handler).bind
        assert bind is not None
        refuse = refusal(handler, bad)
        # What is told takes its time, however little was sent.
        assert seconds(refuse) < 10 * seconds(lambda: bind(good)) + 0.01

    @pytest.mark.parametrize(
        "annotation, value",
        [
            (Numbers, {"items": [""] * MANY}),
            (Numbers | str, {"items": [""] * MANY}),
            (list[Numbers], [{"items": [""] * MANY}]),
        ],
        ids=["model", "union", "list"],
    )
    def test_memory_for_the_problems_of_pydantic(
        self, annotation: Any, value: Any
    ) -> None:
        """Problems are counted before they are listed, and then they are too many."""
        refuse = refusal(taking(annotation), (value,))
        tracemalloc.start()
        try:
            refuse()
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 1_000_000
        ((path, message),) = told_of(annotation, value)
        assert path.startswith("arguments[0]")
        assert message == f"Too many problems to tell: {MANY}"

    def test_ten_of_several_problems_of_pydantic_are_told(self) -> None:
        """As long as there are not very many, the first are told."""
        found = told_of(Numbers, {"items": [""] * 1_000})
        assert [path for path, _ in found] == [
            f"arguments[0].items[{i}]" for i in range(10)
        ]

    def test_what_was_right_is_not_checked_again(self) -> None:
        """Before the first problem in an array all is known to be right."""
        Counted.checks = 0
        value = [{"it": 1}] * 500 + [{"it": "x"}]
        assert told_of(list[Counted], value) == [
            ("arguments[0][500].it", "Expected `int`, got `str`")
        ]
        assert Counted.checks == 500

    def test_a_problem_far_down_is_not_checked_level_by_level(self) -> None:
        """The way to the first problem is known."""
        Counted.checks = 0
        value = [[[[{"it": 1}] * 100 + [{"it": "x"}]]]]
        assert len(told_of(list[list[list[list[Counted]]]], value)) == 1
        assert Counted.checks == 100

    def test_problems_that_are_far_apart_are_all_found(self) -> None:
        """What stands between two problems is checked in one go."""
        found = told_of(list[int], (["x"] + [1] * MANY) * 3)
        assert [path for path, _ in found] == [
            f"arguments[0][{i * (MANY + 1)}]" for i in range(3)
        ]

    def test_a_problem_in_a_proxy_in_a_list(self) -> None:
        """A proxy has a path like any other object."""

        @attrs.define
        class Lowered:
            name: str = attrs.field(converter=str.lower)
            numbers: list[int] = attrs.field(factory=list)

        value = [{"name": "A"}] * 5_000 + [{"name": 1, "numbers": [1, "x", 3, "y"]}]
        assert told_of(list[Lowered], value) == [
            ("arguments[0][5000].name", "Expected `str`, got `int`"),
            ("arguments[0][5000].numbers[1]", "Expected `int`, got `str`"),
            ("arguments[0][5000].numbers[3]", "Expected `int`, got `str`"),
        ]
