"""The most specific route wins, whatever stands beside it and in whatever order."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import pytest
from flask_socketio import Namespace
from hypothesis import example, given
from hypothesis import strategies as st

from nsroute.routing import Pattern, Route, RouteTable
from tests.support.strategies import Spec, anything, names, spec_lists, values_for


class Room(Namespace):
    pass


def table_of(*patterns: str) -> RouteTable:
    return RouteTable([Route(pattern, Room) for pattern in patterns])


def winner(patterns: Sequence[str], name: str) -> str | None:
    """Return the pattern that a name leads to, whatever the order of declaration."""
    winners = set()
    for order in itertools.islice(itertools.permutations(patterns), 24):
        match = table_of(*order).match(name)
        winners.add(None if match is None else match.route.pattern)
    (only,) = winners
    return only


@pytest.mark.parametrize(
    "patterns, name",
    [
        # literal before any before typed before string before path
        (["/1", "/<any('1', '2'):x>", "/<int:x>", "/<x>", "/<path:x>"], "/1"),
        (["/<any('1', '2'):x>", "/<int:x>", "/<x>", "/<path:x>"], "/1"),
        (["/<int:x>", "/<x>", "/<path:x>"], "/1"),
        (["/<x>", "/<path:x>"], "/1"),
        # segment by segment
        (["/a/<path:x>", "/<x>/b"], "/a/b"),
        (["/a/<x>/<y>", "/<x>/b/c"], "/a/b/c"),
        (["/<x>/b", "/<x>/<y>"], "/a/b"),
        (["/<int:x>/<y>", "/<x>/b"], "/1/b"),
        # then more literal text in the segment
        (["/ab<x>", "/a<x>", "/<x>"], "/abc"),
        (["/a<x>c", "/<x>c", "/<x>"], "/abc"),
        (["/v<path:x>", "/<path:x>"], "/v1/2"),
        # then more arguments of the converter; fewer words are narrower
        (["/<int(min=1, max=9):x>", "/<int(min=1):x>", "/<int:x>"], "/5"),
        (["/<string(length=1):x>", "/<x>"], "/5"),
        (["/<any(a):x>", "/<any(a, b):x>", "/<any(a, b, c):x>"], "/a"),
        # of two paths, the one that goes on
        (["/<path:x>/edit", "/<path:x>"], "/a/b/edit"),
        (["/<path:x>/edit", "/<path:x>/<y>", "/<path:x>"], "/a/b/edit"),
        (["/<path:x>/a", "/<path:x>/<y>/<z>"], "/1/2/a"),
        (["/<path:x>/<int:y>/<z>", "/<path:x>/<y>"], "/1/2/3"),
    ],
)
def test_the_first_of_these_wins(patterns: list[str], name: str) -> None:
    """Of the patterns that match a name, the most specific wins in every order."""
    assert all(table_of(pattern).match(name) for pattern in patterns)
    assert winner(patterns, name) == patterns[0]


def test_only_then_the_order_of_declaration_decides() -> None:
    """Of equally specific patterns, the one declared first wins."""
    first, second = "/<int(min=1):x>", "/<int(max=9):y>"
    for patterns in ([first, second], [second, first]):
        match = table_of(*patterns).match("/5")
        assert match is not None
        assert match.route.pattern == patterns[0]
        assert [route.pattern for route in table_of(*patterns)] == patterns


def test_a_later_segment_decides_before_the_order_of_declaration() -> None:
    """Patterns that are equally specific in one segment are compared in the next."""
    patterns = ["/<int(min=1):x>/<y>", "/<int(max=9):x>/b"]
    assert winner(patterns, "/5/b") == "/<int(max=9):x>/b"


@pytest.mark.parametrize(
    "patterns, name, expected",
    [
        (["/a/<int:x>", "/<y>/b"], "/a/b", "/<y>/b"),
        (["/<int:x>/a", "/<y>/b"], "/1/b", "/<y>/b"),
        (["/a/<int:x>/c", "/a/<y>/<z>", "/<path:p>"], "/a/1/d", "/a/<y>/<z>"),
        (["/a/b/c", "/a/<path:p>/d", "/<path:p>"], "/a/b/x", "/<path:p>"),
        (["/<path:p>/a/b", "/<path:p>/b"], "/x/c/b", "/<path:p>/b"),
        (["/<path:p>/a/b", "/<path:p>/b"], "/a/b", "/<path:p>/b"),
        (["/a/<path:p>/b"], "/a/b", None),
        (["/a/<x>"], "/a", None),
        (["/a"], "/a/b", None),
    ],
)
def test_a_refused_segment_is_tried_with_the_next(
    patterns: list[str], name: str, expected: str | None
) -> None:
    """A branch that ends nowhere hides no other route."""
    assert winner(patterns, name) == expected


def test_names_of_parameters_are_those_of_the_route() -> None:
    """Patterns that share a segment keep their own names for its value."""
    table = table_of("/<int:a>/x", "/<int:b>/y", "/<int:c>/<d>")
    found = {name: table.match(name) for name in ("/1/x", "/2/y", "/3/z")}
    params = [dict(match.params) for match in found.values() if match is not None]
    assert params == [{"a": 1}, {"b": 2}, {"c": 3, "d": "z"}]


def test_parameters_are_read_only() -> None:
    """Nobody can change what a name matched."""
    for name in ("/a", "/1", "/1/b"):
        match = table_of("/a", "/<int:x>", "/<int:x>/<y>").match(name)
        assert match is not None
        params: Any = match.params
        with pytest.raises(TypeError, match="does not support item assignment"):
            params["x"] = 2
        whole: Any = match
        with pytest.raises(AttributeError):
            whole.params = {}


def test_names_of_more_than_a_thousand_characters_match_nothing() -> None:
    """The longest name that matches has 1,000 characters."""
    table = table_of("/<path:x>", "/")
    assert table.match("/" + "x" * 999) is not None
    assert table.match("/" + "x" * 1000) is None
    assert table.match("/" + "x/" * 5000) is None


def test_a_pattern_of_hundreds_of_segments_matches() -> None:
    """The depth of a pattern is bounded by the length of a name alone."""
    pattern = "".join(f"/<p{n}>" for n in range(400))
    match = table_of(pattern).match("/x" * 400)
    assert match is not None
    assert len(match.params) == 400


@pytest.mark.parametrize(
    "shape, names",
    [
        ("/a{}-<int:x>", ["/a7-1", "/a77-1"]),
        ("/<int:x>-b{}", ["/1-b7", "/1-b77"]),
        ("/a{}<path:x>/c", ["/a7x/y/c", "/a77x/c"]),
        ("/<int(max={}):x>", ["/7", "/77"]),
    ],
)
def test_many_patterns_in_one_place_are_told_apart(
    shape: str, names: list[str]
) -> None:
    """A crowded segment gives the winner that a lone look at each pattern gives."""
    patterns = [shape.format(n) for n in range(100)]
    table = table_of(*patterns)
    for name in names:
        match = table.match(name)
        assert match is not None
        first = next(p for p in table if table_of(p.pattern).match(name))
        assert match.route is first


class Odd(str):
    """Text that fails at everything that a str can do."""

    __slots__ = ()

    def __hash__(self) -> int:
        raise ZeroDivisionError

    def __eq__(self, other: object) -> bool:
        raise ZeroDivisionError

    def __len__(self) -> int:
        raise ZeroDivisionError

    def split(self, *args: Any, **kwargs: Any) -> Any:
        raise ZeroDivisionError


class Hostile:
    """An object that does not even tell its class."""

    @property
    def __class__(self) -> Any:  # type: ignore[override]
        raise ZeroDivisionError

    def __hash__(self) -> int:
        raise ZeroDivisionError

    def __eq__(self, other: object) -> bool:
        raise ZeroDivisionError


def test_an_object_that_raises_is_no_name() -> None:
    """Neither a hostile object nor a hostile text makes a match raise."""
    table = table_of("/a", "/<int:x>")
    assert table.match(Hostile()) is None
    found = table.match(Odd("/1"))
    assert found is not None
    assert found.params == {"x": 1}


# --- laws -----------------------------------------------------------------------------


def oracle(specs: Sequence[Spec], name: str) -> str | None:
    """Return the winner by brute force, without asking nsroute."""
    if len(name) > 1000:
        return None
    order = sorted(specs, key=lambda spec: spec.ranks)
    return next((spec.text for spec in order if spec.takes(name)), None)


def distinct(specs: Sequence[Spec]) -> list[Spec]:
    """Leave out patterns that are equal but for the names of parameters."""
    return list({Pattern.parse(spec.text).key: spec for spec in specs}.values())


def matched(table: RouteTable, name: str) -> str | None:
    match = table.match(name)
    return None if match is None else match.route.pattern


@given(spec_lists, st.lists(names, min_size=1, max_size=20))
def test_the_matcher_agrees_with_brute_force(
    specs: list[Spec], texts: list[str]
) -> None:
    """The tree finds what trying every pattern in order finds."""
    specs = distinct(specs)
    table = table_of(*(spec.text for spec in specs))
    for text in texts:
        assert matched(table, text) == oracle(specs, text)


@given(st.data(), spec_lists)
def test_a_built_name_leads_where_brute_force_leads(
    data: st.DataObject, specs: list[Spec]
) -> None:
    """The names that the patterns of a table build are found as by brute force."""
    specs = distinct(specs)
    table = table_of(*(spec.text for spec in specs))
    spec = data.draw(st.sampled_from(specs))
    name = Pattern.parse(spec.text).build(data.draw(values_for(spec)))
    assert matched(table, name) == oracle(specs, name) is not None


@given(st.data(), spec_lists, names)
def test_the_winner_is_independent_of_the_order(
    data: st.DataObject, specs: list[Spec], name: str
) -> None:
    """A table declared in another order leads to the same route, ties aside."""
    specs = list({spec.ranks: spec for spec in distinct(specs)}.values())
    texts = [spec.text for spec in specs]
    shuffled = data.draw(st.permutations(texts))
    assert matched(table_of(*texts), name) == matched(table_of(*shuffled), name)


@given(st.data(), spec_lists, names)
def test_other_routes_take_nothing_away(
    data: st.DataObject, specs: list[Spec], name: str
) -> None:
    """Without the routes that lose, the winner is the same."""
    texts = [spec.text for spec in distinct(specs)]
    won = matched(table_of(*texts), name)
    fewer = data.draw(st.lists(st.sampled_from(texts), unique=True))
    kept = [text for text in texts if text == won or text in fewer]
    assert matched(table_of(*kept), name) == won


@given(spec_lists, names)
def test_a_table_is_iterated_as_it_is_tried(specs: list[Spec], name: str) -> None:
    """The winner is the first route of the iteration that matches alone."""
    table = table_of(*(spec.text for spec in distinct(specs)))
    alone = (route for route in table if table_of(route.pattern).match(name))
    match = table.match(name)
    assert (None if match is None else match.route) == next(alone, None)


@given(spec_lists, anything)
@example([], "/")
def test_no_object_makes_a_match_raise(specs: list[Spec], thing: object) -> None:
    """Whatever is looked up, the answer is a match or None."""
    table = table_of(*(spec.text for spec in distinct(specs)))
    match = table.match(thing)
    assert match is None or isinstance(thing, str)
