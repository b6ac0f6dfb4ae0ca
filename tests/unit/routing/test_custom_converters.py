"""Converter classes of Werkzeug's kind work in patterns, canonical names only."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from werkzeug import routing
from werkzeug.routing import BaseConverter

from nsroute.errors import BuildError
from nsroute.routing import Pattern
from tests.support.problems import problem_of, problems_of


class Slug(BaseConverter):
    regex = "[a-z]+(?:-[a-z]+)*"

    def __init__(
        self, map: routing.Map, limit: int = 99, *, deep: bool = False
    ) -> None:
        super().__init__(map)
        self.limit = limit
        self.part_isolating = not deep
        if deep:
            self.regex = "[a-z/]+"

    def to_python(self, value: str) -> list[str]:
        if len(value) > self.limit:
            raise routing.ValidationError
        return value.split("-")

    def to_url(self, value: list[str]) -> str:
        return "-".join(value)


class Caps(BaseConverter):
    """Two texts have one value; the lower-case one is what is written."""

    regex = "[A-Za-z]+|[0-9]+"

    def to_python(self, value: str) -> str:
        return value.lower()


class Quirk(BaseConverter):
    """Raises what no converter should raise."""

    def to_python(self, value: str) -> str:
        if value == "bad":
            raise ZeroDivisionError
        return value

    def to_url(self, value: str) -> str:
        if value == "worse":
            raise KeyError(value)
        return 5 if value == "five" else super().to_url(value)  # type: ignore[return-value]


class Octal(routing.IntegerConverter):
    """Werkzeug's own, told apart by its class."""

    def to_python(self, value: str) -> int:
        return int(value, 8)

    def to_url(self, value: int) -> str:
        return f"{value:o}"


CUSTOM = {"slug": Slug, "caps": Caps, "quirk": Quirk, "octal": Octal}


def custom(pattern: str) -> Pattern:
    return Pattern.parse(pattern, CUSTOM)


def test_a_custom_converter_reads_and_writes() -> None:
    """A class of Werkzeug's kind works in a pattern, with its arguments."""
    pattern = custom("/<slug(limit=9):x>")
    assert pattern.match("/live-chat") == {"x": ["live", "chat"]}
    assert pattern.build({"x": ["live", "chat"]}) == "/live-chat"
    assert pattern.match("/live-chats") is None
    assert pattern.match("/Live") is None
    (param,) = pattern.params
    assert param.converter.name == "slug"
    assert param.converter.arguments == {"limit": 9}


def test_a_custom_converter_takes_only_what_it_writes() -> None:
    """A text that the class would write differently matches nothing."""
    pattern = custom("/<caps:x>")
    assert pattern.match("/abc") == {"x": "abc"}
    assert pattern.match("/Abc") is None
    assert pattern.match("/abc\n") is None
    assert pattern.match("/12a") is None


def test_names_of_a_custom_converter_are_raw_text() -> None:
    """What a class percent-encodes for URLs is not encoded in a namespace."""
    pattern = custom("/<quirk:x>")
    assert pattern.match("/é 100%") == {"x": "é 100%"}
    assert pattern.build({"x": "é 100%"}) == "/é 100%"
    assert pattern.match("/%C3%A9") == {"x": "%C3%A9"}


@pytest.mark.parametrize("text", ["bad", "worse", "five", "a,b", "a\x00"])
def test_an_exception_in_a_custom_converter_is_no_match(text: str) -> None:
    """Whatever the class raises or returns, the text matches nothing."""
    assert custom("/<quirk:x>").match(f"/{text}") is None
    with pytest.raises(BuildError, match="is not what Quirk takes"):
        custom("/<quirk:x>").build({"x": text})


def test_a_custom_converter_may_span_segments() -> None:
    """A class that is not kept to one segment counts as a path."""
    pattern = custom("/<slug(deep=True):x>/edit")
    assert pattern.match("/a/b/edit") == {"x": ["a/b"]}
    assert pattern.match("/a//edit") is None
    problem = problem_of(lambda: custom("/<slug(deep=True):x>/<path:y>"))
    assert (
        problem.problem == "it has more than one path: a name could match in many ways"
    )


def test_a_subclass_of_werkzeugs_converter_is_its_own() -> None:
    """A class derived from Werkzeug's built-in ones keeps what it does."""
    pattern = custom("/<octal(max=8):x>")
    assert pattern.match("/17") == {"x": 15}
    assert pattern.match("/017") is None
    assert pattern.build({"x": 15}) == "/17"


def test_an_apps_own_converters_fit() -> None:
    """Of `app.url_map.converters`, Werkzeug's own stand for the canonical ones."""
    app = Flask(__name__)
    app.url_map.converters["slug"] = Slug
    app.url_map.converters["number"] = routing.IntegerConverter
    converters = app.url_map.converters
    for spelled in ("int", "number"):
        pattern = Pattern.parse(f"/<{spelled}:x>", converters)
        assert pattern.match("/42") == {"x": 42}
        assert pattern.match("/042") is None
    assert Pattern.parse("/<slug:x>", converters).match("/a-b") == {"x": ["a", "b"]}
    assert Pattern.parse("/<x>", converters).match("/a-b") == {"x": "a-b"}


def test_a_built_in_name_can_be_taken_by_a_custom_class() -> None:
    """A class given under the name of a built-in converter replaces it."""
    assert Pattern.parse("/<int:x>", {"int": Octal}).match("/17") == {"x": 15}
    assert Pattern.parse("/<x>", {"default": Caps}).match("/A") is None


def test_what_is_no_converter_is_refused() -> None:
    """A converter that is no class of Werkzeug's kind is a problem, used or not."""
    wrong: Any = {"a": int, "b": "x"}
    problems = problems_of(lambda: Pattern.parse("/", wrong))
    wanted = "expected a class derived from werkzeug.routing.BaseConverter"
    assert [problem.problem for problem in problems] == [
        f"the converter 'a' is <class 'int'>: {wanted}",
        f"the converter 'b' is 'x': {wanted}",
    ]
    wrong = [Slug]
    problem = problem_of(lambda: Pattern.parse("/", wrong))
    assert problem.problem.startswith("converters are [")


@pytest.mark.parametrize(
    "converter, expected",
    [
        (
            "slug(zz=1)",
            "'slug': TypeError: got an unexpected keyword argument 'zz'",
        ),
        ("raising", "cannot make the converter 'raising': KeyError: 'map'"),
        ("broken", "cannot make the converter 'broken': "),
    ],
)
def test_a_custom_converter_that_cannot_be_made_says_why(
    converter: str, expected: str
) -> None:
    """What a class raises while it is made is a problem of the pattern."""

    class Broken(BaseConverter):
        regex = "("

    class Raising(BaseConverter):
        def __init__(self, map: routing.Map) -> None:
            raise KeyError("map")

    known = {**CUSTOM, "broken": Broken, "raising": Raising}
    problem = problem_of(lambda: Pattern.parse(f"/<{converter}:x>", known))
    assert expected in problem.problem
    assert problem.pattern == f"/<{converter}:x>"


def test_custom_converters_are_told_apart_by_class_and_arguments() -> None:
    """Patterns with other arguments, or another class, are other patterns."""
    keys = {
        custom(text).key
        for text in ("/<slug:x>", "/<slug(1):x>", "/<slug(True):x>", "/<caps:x>")
    }
    assert len(keys) == 4
    assert custom("/<slug(1):x>").key == custom("/<slug(1):y>").key


@pytest.mark.parametrize(
    "arguments, args, kwargs",
    [
        ("", (), {}),
        (" ", (), {}),
        ("1, -2, 1.5, 2.", (1, -2, 1.5, 2.0), {}),
        ("True, False, None", (True, False, None), {}),
        ("a.b, c-d, 'e, f', \"g)\"", ("a.b", "c-d", "e, f", "g)"), {}),
        ("1, deep = True ,", (1,), {"deep": True}),
        ("deep=False, 1, deep=True", (1,), {"deep": True}),
        ("'1', 'True', 1e3, +1", ("1", "True", 1000.0, 1), {}),
    ],
)
def test_arguments_are_read_as_flask_reads_them(
    arguments: str, args: tuple[object, ...], kwargs: dict[str, object]
) -> None:
    """Numbers, constants, words and quoted text, positional or by name."""
    given: list[object] = []

    class Open(BaseConverter):
        def __init__(self, map: routing.Map, *args: Any, **kwargs: Any) -> None:
            super().__init__(map)
            given.extend([args, kwargs])

    Pattern.parse(f"/<open({arguments}):x>", {"open": Open})
    assert given == [args, kwargs]
