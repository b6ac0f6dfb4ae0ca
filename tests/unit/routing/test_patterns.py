"""A pattern's text becomes segments; values become a name and a name values."""

from __future__ import annotations

import pytest

from nsroute.errors import BuildError, RouteError
from nsroute.routing import Pattern, parameter_names
from tests.support.problems import problem_of, problems_of

SLASHES = "expected '/' before each segment, and no empty segment"


def test_a_pattern_tells_its_parameters_in_order() -> None:
    """The parameters stand in the order of the pattern, with what spells them."""
    pattern = Pattern.parse("/<org>/<int(min=1):room>/<any(a, 'b c'):side>")
    assert [param.name for param in pattern.params] == ["org", "room", "side"]
    converters = [param.converter for param in pattern.params]
    assert [one.name for one in converters] == ["string", "int", "any"]
    arguments = [dict(one.arguments) for one in converters]
    assert arguments == [{}, {"min": 1}, {"items": ("a", "b c")}]
    assert pattern.names == {"org", "room", "side"}


@pytest.mark.parametrize(
    "pattern, name, values",
    [
        ("/", "/", {}),
        ("/chat", "/chat", {}),
        ("/a b/é", "/a b/é", {}),
        ("/rooms/<room>", "/rooms/lobby", {"room": "lobby"}),
        ("/v<int:major>.x", "/v3.x", {"major": 3}),
        ("/<path:page>", "/a", {"page": "a"}),
        ("/<path:page>/edit", "/a/b/edit", {"page": "a/b"}),
        ("/w/v<path:page>.txt/<int:n>", "/w/va/b.txt/7", {"page": "a/b", "n": 7}),
    ],
)
def test_values_and_name_give_each_other(
    pattern: str, name: str, values: dict[str, object]
) -> None:
    """A name gives the values that build it."""
    compiled = Pattern.parse(pattern)
    assert compiled.match(name) == values
    assert compiled.build(values) == name


@pytest.mark.parametrize(
    "pattern, name",
    [
        ("/", ""),
        ("/", "//"),
        ("/a", "/b"),
        ("/a", "a"),
        ("/a", "/a/"),
        ("/a", "/a/b"),
        ("/a/b", "/a"),
        ("/rooms/<room>", "/rooms"),
        ("/rooms/<room>", "/rooms/"),
        ("/rooms/<room>", "/rooms/a/b"),
        ("/rooms/<room>", "/rooms/a\n"),
        ("/rooms/<room>", "/rooms/a,b"),
        ("/rooms/<room>", "/rooms/a?b"),
        ("/rooms/<room>", "/rooms/\ud800"),
        ("/rooms/<room>", "/rooms/" + "x" * 994),
        ("/ab<room>ba", "/aba"),
        ("/ab<room>", "/ac1"),
        ("/<path:page>", "/"),
        ("/<path:page>", "/a/"),
        ("/<path:page>", "/a//b"),
        ("/<path:page>/edit", "/edit"),
    ],
)
def test_other_texts_match_nothing(pattern: str, name: str) -> None:
    """A text that is no name of the pattern matches nothing."""
    assert Pattern.parse(pattern).match(name) is None


@pytest.mark.parametrize(
    "text, expected",
    [
        ("", f"'': {SLASHES} (write '/')"),
        ("rooms", f"'rooms': {SLASHES} (write '/rooms')"),
        ("/a/", f"'/a/': {SLASHES} (write '/a')"),
        ("//", f"'//': {SLASHES} (write '/')"),
        ("/a//b", f"'/a//b': {SLASHES} (write '/a/b')"),
        ("/a,b", "'/a,b': ',' cannot travel in a namespace"),
        ("/a?", "'/a?': '?' cannot travel in a namespace"),
        ("/<a>\t", "'/<a>\\t': '\\t' cannot travel in a namespace"),
        ("/<itn:x>", "unknown converter 'itn' (did you mean 'int'?)"),
        ("/<zz:x>", "unknown converter 'zz' (known are any, float, int, path,"),
        ("/<int:x", "'<int:x' is no parameter: expected <name>, <converter:name> or"),
        ("/<:x>", "'<:x>' is no parameter"),
        ("/<int(:x>", "'<int(:x>' is no parameter"),
        ("/x>", "'x>' is no parameter: expected <name>"),
        ("/<>", "the name '' is no identifier: expected <name>"),
        ("/<1a>", "the name '1a' is no identifier"),
        ("/<a>-<b>", "'<a>-<b>' has more than one parameter"),
        ("/<a>/<int:a>", "the parameter 'a' stands in it more than once"),
        ("/<path:a>/<path:b>", "it has more than one path: a name could match in"),
        ("/" + "x" * 1000, "names have at most 1000 characters"),
        (
            "/<int(0, fixed_digits=2):x>",
            "'int': TypeError: multiple values for argument 'fixed_digits'",
        ),
        ("/<int(min=):x>", "cannot read the argument 'min='"),
        ("/<int(mni=1):x>", "got an unexpected keyword argument 'mni'"),
        ("/<uuid(zz=1):x>", "'uuid': ValueError: 'kwargs' cannot be {'zz': 1}"),
        ("/<path(1):x>", "'path': ValueError: 'args' cannot be (1,)"),
        ("/<int(min='1'):x>", "'int': ValueError: 'min' cannot be '1'"),
        ("/<int(min=True):x>", "'min' cannot be True"),
        ("/<int(min=1.5):x>", "'min' cannot be 1.5"),
        ("/<float(max=a):x>", "'max' cannot be 'a'"),
        ("/<int(signed=1):x>", "'signed' cannot be 1"),
        ("/<string(3, 2):x>", "cannot make the converter 'string': "),
        ("/<any:x>", "expected words of one segment, got ()"),
        ("/<any(1):x>", "expected words of one segment, got (1,)"),
        ("/<any(a, 'a/b'):x>", "expected words of one segment, got ('a', 'a/b')"),
        ("/<any(a, b=c):x>", "got an unexpected keyword argument 'b'"),
    ],
)
def test_a_wrong_pattern_says_what_was_expected(text: str, expected: str) -> None:
    """Each mistake in a pattern is one problem that names the pattern."""
    problem = problem_of(lambda: Pattern.parse(text))
    assert problem.pattern == text
    assert expected in str(problem)


def test_all_mistakes_of_a_pattern_are_told_together() -> None:
    """One parse reports every mistake."""
    problems = problems_of(lambda: Pattern.parse("<itn:x>//<x>/"))
    assert [problem.problem for problem in problems] == [
        SLASHES,
        "unknown converter 'itn'",
        "the parameter 'x' stands in it more than once",
    ]


def test_a_pattern_is_text() -> None:
    """Whatever is no text is refused as a pattern."""
    problem = problem_of(lambda: Pattern.parse(5))  # type: ignore[arg-type]
    assert str(problem) == "'5': a pattern is text"


def test_a_long_pattern_may_have_short_names() -> None:
    """A pattern may be longer than any name, if its names are not."""
    words = ", ".join(f"word{n}" for n in range(300))
    assert Pattern.parse(f"/<any({words}):x>").match("/word7") == {"x": "word7"}


def test_a_slash_in_an_argument_ends_no_segment() -> None:
    """Quotes hold what would end a parameter or a segment outside of them."""
    problem = problem_of(lambda: Pattern.parse("""/<any("a/b>", 'c'):x>/d"""))
    assert problem.problem.endswith("words of one segment, got ('a/b>', 'c')")


@pytest.mark.parametrize(
    "values, expected",
    [
        ({}, "expected the parameters org, room, got none"),
        (
            {"org": "x"},
            "cannot build '/<org>/<int:room>': expected the parameters",
        ),
        ({"org": "x", "rom": 1}, "expected the parameters org, room, got org, rom"),
        ({"org": ",", "rom": 1}, "got org, rom; 'org' is ',', which is not text"),
        ({"org": "x", "room": -1}, "'room' is -1, which is not a whole number from 0"),
        ({"org": "a,b", "room": 1}, "'org' is 'a,b', which is not text of one segment"),
        ({"org": "", "room": 1}, "'org' is ''"),
        ({"org": "a/b", "room": 1}, "'org' is 'a/b'"),
        ({"org": "\x00", "room": "x"}, "'org' is '\\x00'"),
        ({"org": "x" * 999, "room": 1}, "the name has more than 1000 characters"),
    ],
)
def test_a_name_that_cannot_be_built_says_why(
    values: dict[str, object], expected: str
) -> None:
    """Parameters that are not those of the pattern, and unfit values, are named."""
    with pytest.raises(BuildError) as caught:
        Pattern.parse("/<org>/<int:room>").build(values)
    assert expected in str(caught.value)


def test_a_value_is_cut_in_the_message() -> None:
    """A message quotes no more than the beginning of a value."""
    with pytest.raises(BuildError, match="is not text of one segment") as caught:
        Pattern.parse("/<org>").build({"org": "," * 10_000})
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    "text, names",
    [
        ("/", set()),
        ("/a<x>b/<int(min=1):y>/<unknown:z>", {"x", "y", "z"}),
        ("/<x", None),
        ("/x>", None),
        ("/<1>", None),
        ("/a,b", None),
    ],
)
def test_the_names_of_parameters_need_no_converters(
    text: str, names: set[str] | None
) -> None:
    """The parameters of a pattern are read before its converters are known."""
    assert parameter_names(text) == names


@pytest.mark.parametrize(
    "first, second",
    [
        ("/a/<x>", "/a/<y>"),
        ("/<x>", "/<string():y>"),
        ("/<int(0, 1):x>", "/<int(min=1, fixed_digits=0):y>"),
        ("/<any(a, b):x>", "/<any(b, a):x>"),
        ("/v<path:x>.y", "/v<path:y>.y"),
    ],
)
def test_patterns_that_differ_in_names_alone_have_one_key(
    first: str, second: str
) -> None:
    """The names of parameters and the way to give arguments make no other pattern."""
    assert Pattern.parse(first).key == Pattern.parse(second).key


@pytest.mark.parametrize(
    "first, second",
    [
        ("/a", "/b"),
        ("/<int:x>", "/<float:x>"),
        ("/<int:x>", "/<int(min=1):x>"),
        ("/<float(min=1):x>", "/<float(min=1.0):x>"),
        ("/<any(a, b):x>", "/<any(a):x>"),
        ("/v<x>", "/<x>v"),
    ],
)
def test_other_patterns_have_other_keys(first: str, second: str) -> None:
    """Patterns that differ in more than names have different keys."""
    assert Pattern.parse(first).key != Pattern.parse(second).key


@pytest.mark.parametrize(
    "pattern, segment, cure",
    [
        ("/a/{id}", "{id}", "<id>"),
        ("/a/room-{id}.txt", "room-{id}.txt", "room-<id>.txt"),
        ("/a/:id/b", ":id", "<id>"),
    ],
)
def test_parameters_of_other_routers_are_told_how_to_be_written(
    pattern: str, segment: str, cure: str
) -> None:
    """As literal text they would match nothing that a client asks for."""
    with pytest.raises(RouteError) as caught:
        Pattern.parse(pattern)
    assert str(caught.value) == (
        f"{pattern!r}: {segment!r} is no parameter here: expected <name>, "
        f"<converter:name> or <converter(arguments):name> (write {cure!r})"
    )
    assert Pattern.parse("/a:b/x:{/}y/12:30").match("/a:b/x:{/}y/12:30") == {}
