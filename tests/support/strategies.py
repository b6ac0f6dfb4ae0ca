"""Hypothesis strategies: patterns, the values they take, and names near them.

Everything is drawn from a few words, so that patterns compete for the same names.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

import attrs
from hypothesis import strategies as st

WORDS = ("a", "b", "red", "1", "42", "é", "v1")
_ID = uuid.UUID("6f1c2a3e-0b6e-4a6b-9c39-d0a9d3c9a111")
_CHARACTER = r"[^/,?\x00-\x1f\x7f-\x9f\ud800-\udfff]"

texts = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters=",?/"),
    min_size=1,
    max_size=8,
)
anything = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.binary(),
    st.lists(st.integers()),
    st.dictionaries(st.text(), st.text()),
    st.just(object()),
)


@attrs.frozen
class Kind:
    """A converter as a pattern spells it, and what the laws know about it."""

    spelled: str
    rank: int
    precision: int
    values: st.SearchStrategy[Any]
    regex: str
    canonical: Callable[[str], bool] = lambda text: True


KINDS = (
    Kind("any(red, b)", 1, -2, st.sampled_from(["red", "b"]), "red|b"),
    Kind("any(red)", 1, -1, st.just("red"), "red"),
    Kind("int", 2, 0, st.integers(0, 10**20), "0|[1-9][0-9]*"),
    Kind("int(signed=True)", 2, 1, st.integers(), "0|-?[1-9][0-9]*"),
    Kind("int(min=1, max=42)", 2, 2, st.integers(1, 42), "[1-9]|[123][0-9]|4[012]"),
    Kind(
        "float",
        2,
        0,
        st.integers(0, 10**6).map(lambda n: n / 8),
        "[0-9]+[.][0-9]+",
        lambda text: repr(float(text)) == text,
    ),
    Kind("uuid", 2, 0, st.uuids(), "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    Kind(
        "string(length=2)", 3, 1, texts.map(lambda t: (t * 2)[:2]), f"{_CHARACTER}{{2}}"
    ),
    Kind("string", 3, 0, texts, f"{_CHARACTER}+"),
    Kind(
        "path",
        4,
        0,
        st.lists(texts, min_size=1, max_size=3).map("/".join),
        f"{_CHARACTER}+(/{_CHARACTER}+)*",
    ),
)


@attrs.frozen
class Piece:
    """A segment of a pattern: a literal, or a kind with literal text around it."""

    before: str
    kind: Kind | None = None
    after: str = ""

    def spelled(self, name: str) -> str:
        """Write it as a pattern does."""
        if self.kind is None:
            return self.before
        return f"{self.before}<{self.kind.spelled}:{name}>{self.after}"

    def regex(self, name: str) -> str:
        """Write it as a regular expression does."""
        before, after = re.escape(self.before), re.escape(self.after)
        if self.kind is None:
            return before
        return f"{before}(?P<{name}>{self.kind.regex}){after}"

    def rank(self) -> tuple[int, int, int]:
        """Return how specific it is; lower is more."""
        if self.kind is None:
            return (0, 0, 0)
        literal = len(self.before + self.after)
        return (self.kind.rank, -literal, -self.kind.precision)


@attrs.frozen
class Spec:
    """A pattern, and what the laws know about it without asking nsroute."""

    pieces: tuple[Piece, ...]
    prefix: str = "p"

    @property
    def text(self) -> str:
        """The pattern."""
        spelled = [
            one.spelled(f"{self.prefix}{n}") for n, one in enumerate(self.pieces)
        ]
        return "/" + "/".join(spelled)

    @property
    def kinds(self) -> dict[str, Kind]:
        """The kinds of its parameters by name."""
        named = {f"{self.prefix}{n}": one.kind for n, one in enumerate(self.pieces)}
        return {name: kind for name, kind in named.items() if kind is not None}

    @property
    def ranks(self) -> tuple[tuple[int, int, int], ...]:
        """How specific it is; lower is more, and the longer is more at last."""
        return *(one.rank() for one in self.pieces), (9, 0, 0)

    def takes(self, name: str) -> bool:
        """Return whether a name matches."""
        named = enumerate(self.pieces)
        regex = "/" + "/".join(one.regex(f"{self.prefix}{n}") for n, one in named)
        found = re.fullmatch(regex, name)
        return found is not None and all(
            self.kinds[name].canonical(text) for name, text in found.groupdict().items()
        )


def _has_one_path(spec: Spec) -> bool:
    return sum(kind.rank == 4 for kind in spec.kinds.values()) <= 1


pieces = st.one_of(
    st.sampled_from(WORDS).map(Piece),
    st.builds(
        Piece,
        st.sampled_from(["", "", "v", "a-"]),
        st.sampled_from(KINDS),
        st.sampled_from(["", "", "-b"]),
    ),
)
specs = (
    st.lists(pieces, min_size=1, max_size=4).map(tuple).map(Spec).filter(_has_one_path)
)
spec_lists = st.lists(specs, min_size=1, max_size=12, unique_by=lambda spec: spec.text)
_PARTS = (
    *WORDS,
    "v42",
    "a-1",
    "a-red-b",
    "1.5",
    "042",
    "-7",
    "v1-b",
    str(_ID),
    "",
    "x y",
)
names = st.one_of(
    st.lists(st.sampled_from(_PARTS), max_size=5).map(
        lambda parts: "/" + "/".join(parts)
    ),
    st.text(max_size=20).map(lambda text: "/" + text),
    st.text(max_size=20),
)


@st.composite
def values_for(draw: st.DrawFn, spec: Spec) -> dict[str, Any]:
    """Draw the values of a pattern's parameters."""
    return {name: draw(kind.values) for name, kind in spec.kinds.items()}
