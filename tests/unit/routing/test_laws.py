"""What holds for every pattern, every value and every text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nsroute.errors import BuildError, RouteError
from nsroute.routing import Pattern
from tests.support.strategies import Spec, names, specs, values_for


@given(st.data(), specs)
def test_a_built_name_gives_its_values_back(data: st.DataObject, spec: Spec) -> None:
    """What is built from values matches, with these values."""
    pattern = Pattern.parse(spec.text)
    values = data.draw(values_for(spec))
    name = pattern.build(values)
    assert pattern.match(name) == values
    assert spec.takes(name)


@given(specs, names)
def test_a_name_that_matches_is_what_its_values_build(spec: Spec, name: str) -> None:
    """No value has two names: a text that matches is the one that its values build."""
    pattern = Pattern.parse(spec.text)
    values = pattern.match(name)
    assert (values is not None) == spec.takes(name)
    if values is not None:
        assert pattern.build(values) == name


@given(st.data(), specs)
def test_a_text_stands_for_its_value(data: st.DataObject, spec: Spec) -> None:
    """The canonical texts of values build the name that the values build."""
    pattern = Pattern.parse(spec.text)
    values = data.draw(values_for(spec))
    assert pattern.build({k: str(v) for k, v in values.items()}) == pattern.build(
        values
    )


@given(st.text(alphabet="/<>ab:(),=?\"' \x00ü", max_size=30))
def test_any_text_is_a_pattern_or_a_problem(text: str) -> None:
    """Whatever is parsed is a pattern, or is refused as a declaration."""
    refused: tuple[BaseException, ...] = ()
    try:
        assert Pattern.parse(text).text == text
    except* RouteError as error:
        refused = error.exceptions
    assert all(getattr(problem, "pattern", None) == text for problem in refused)


@given(specs, st.dictionaries(st.sampled_from(["p0", "p1", "p2", "p3"]), st.text()))
def test_any_values_build_a_name_or_are_refused(
    spec: Spec, values: dict[str, str]
) -> None:
    """A name is built only from values that it gives back."""
    pattern = Pattern.parse(spec.text)
    try:
        name = pattern.build(values)
    except BuildError:
        return
    found = pattern.match(name)
    assert found is not None
    assert {key: str(value) for key, value in found.items()} == values
