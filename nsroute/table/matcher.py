"""The matcher: all patterns of a table as one tree of segments; pure look-up.

Patterns are planted in the order of their rank, the most specific first. The search
keeps the lowest rank found so far and passes over every branch that holds none lower,
so the winner does not depend on what else stands in the tree. A text that one branch
refuses is tried with the next, and no branch is entered twice for one name.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable, Iterable, Mapping
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Final, Generic, TypeAlias, TypeVar

from nsroute.patterns import Pattern
from nsroute.patterns.converters import MAX_NAME_LENGTH, MISS
from nsroute.patterns.segments import Param, Segment

__all__ = ["Matcher"]

T = TypeVar("T")
Values: TypeAlias = tuple[Any, ...]
Found: TypeAlias = tuple[int, "Leaf[T] | None", Values]

_EMPTY: Final[Mapping[str, Any]] = MappingProxyType({})
_NOTHING_YET: Final[Found[Any]] = (sys.maxsize, None, ())
# Most nodes have only the one or the other: these stand for none.
_NO_LITERALS: Final[dict[str, Any]] = {}
_NO_BRANCHES: Final[list[Any]] = []
# A node with more branches than this finds them by their literal text.
_FEW: Final = 8


class Leaf(Generic[T]):
    """Where a pattern ends."""

    __slots__ = ("item", "names", "rank")

    def __init__(self, rank: int, item: T, names: tuple[str, ...]) -> None:
        self.rank: int = rank
        self.item: T = item
        self.names: tuple[str, ...] = names

    def params(self, values: Values) -> Mapping[str, Any]:
        """Give the values under the names that this pattern has for them."""
        if len(values) == 1:  # the usual case, in a quarter of the time
            return MappingProxyType({self.names[0]: values[0]})
        return MappingProxyType(dict(zip(self.names, values, strict=True)))


class Node(Generic[T]):
    """What may follow behind some segments."""

    __slots__ = ("branches", "first", "index", "leaf", "literals")

    def __init__(self, first: int) -> None:
        self.first: int = first
        self.leaf: Leaf[T] | None = None
        self.literals: dict[str, Node[T]] = _NO_LITERALS
        # By their first ranks, because that is the order in which they are planted.
        self.branches: list[Branch[T]] = _NO_BRANCHES
        self.index: Index[T] | None = None

    def literal(self, text: str, rank: int) -> Node[T]:
        """Give the node behind a literal segment."""
        node = self.literals.get(text)
        if node is None:
            if self.literals is _NO_LITERALS:
                self.literals = {}
            node = self.literals[text] = Node(rank)
        return node

    def add(self, branch: Branch[T]) -> None:
        """Add a branch, whose first rank is above those of the others."""
        if self.branches is _NO_BRANCHES:
            self.branches = []
        self.branches.append(branch)
        if self.index is not None:
            self.index.add(branch)
        elif len(self.branches) > _FEW:
            self.index = Index(self.branches)


class Branch(Generic[T]):
    """A parameter with the text around it, and what follows."""

    __slots__ = ("first", "node", "read", "segment", "spans", "tail")

    def __init__(self, segment: Segment, param: Param, tail: int, first: int) -> None:
        self.segment: Segment = segment
        self.spans: bool = segment.spans
        self.tail: int = tail
        self.first: int = first
        self.node: Node[T] = Node(first)
        # Gives the value of a text, or `MISS`.
        self.read: Callable[[str], Any] = segment.read
        if not (segment.before or segment.after):
            self.read = param.converter.to_python


class Index(Generic[T]):
    """The branches of a crowded node by the literal text around their parameters."""

    __slots__ = ("_shapes",)

    def __init__(self, branches: Iterable[Branch[T]]) -> None:
        self._shapes: dict[tuple[int, int], dict[str, list[Branch[T]]]] = {}
        for branch in branches:
            self.add(branch)

    def add(self, branch: Branch[T]) -> None:
        """Add a branch."""
        before = branch.segment.before
        # What follows a path stands in another segment of the name.
        after = "" if branch.spans else branch.segment.after
        shape = self._shapes.setdefault((len(before), len(after)), {})
        shape.setdefault(before + after, []).append(branch)

    def find(self, text: str) -> list[Branch[T]]:
        """Give the branches whose literal text a segment has, by their first ranks."""
        found: list[Branch[T]] = []
        for (before, after), shape in self._shapes.items():
            edges = text[:before] + text[-after:] if after else text[:before]
            if edges in shape:
                found += shape[edges]
        if len(found) > 1:
            found.sort(key=attrgetter("first"))
        return found


class Matcher(Generic[T]):
    """Finds the item whose pattern a name matches.

    Args:
        planted: Patterns with their items, the most specific first, no two of them
            with the same key.
    """

    def __init__(self, planted: Iterable[tuple[Pattern, T]]) -> None:
        self._exact: dict[str, T] = {}
        self._root: Node[T] = Node(0)
        known: dict[Hashable, Branch[T]] = {}
        for rank, (pattern, item) in enumerate(planted):
            if pattern.params:
                leaf = Leaf(rank, item, tuple(param.name for param in pattern.params))
                self._grow(pattern, rank, known).leaf = leaf
            else:
                # Literal in every segment: nothing can be more specific.
                self._exact[pattern.text] = item

    def _grow(
        self, pattern: Pattern, rank: int, known: dict[Hashable, Branch[T]]
    ) -> Node[T]:
        node: Node[T] = self._root
        tail = len(pattern.segments)
        for segment in pattern.segments:
            tail -= 1
            if segment.param is None:
                node = node.literal(segment.before, rank)
                continue
            # A path takes what its tail leaves: a branch for each length of the tail.
            key = id(node), segment.key, tail if segment.spans else None
            branch = known.get(key)
            if branch is None:
                branch = known[key] = Branch(segment, segment.param, tail, rank)
                node.add(branch)
            node = branch.node
        return node

    def find(self, text: str) -> tuple[T, Mapping[str, Any]] | None:
        """Give the item and the read-only values of a name, None if none matches."""
        item = self._exact.get(text)
        if item is not None:
            return item, _EMPTY
        if len(text) > MAX_NAME_LENGTH:
            return None
        parts = text.split("/")
        if parts[0]:
            return None
        best: Found[T] = _NOTHING_YET
        _, leaf, values = _search(self._root, parts, 1, (), best)
        return None if leaf is None else (leaf.item, leaf.params(values))


def _search(
    node: Node[T], parts: list[str], at: int, values: Values, best: Found[T]
) -> Found[T]:
    """Give the better of what is behind a node and of the best so far."""
    if at == len(parts):
        leaf = node.leaf
        if leaf is None or leaf.rank > best[0]:
            return best
        return leaf.rank, leaf, values
    text = parts[at]
    literal = node.literals.get(text)
    if literal is not None and literal.first < best[0]:
        best = _search(literal, parts, at + 1, values, best)
    branches = node.branches if node.index is None else node.index.find(text)
    for branch in branches:
        if branch.first > best[0]:
            break
        if branch.spans:
            best = _search_span(branch, parts, at, values, best)
            continue
        value = branch.read(text)
        if value is not MISS:
            best = _search(branch.node, parts, at + 1, (*values, value), best)
    return best


def _search_span(
    branch: Branch[T], parts: list[str], at: int, values: Values, best: Found[T]
) -> Found[T]:
    end = len(parts) - branch.tail
    if end <= at:
        return best
    value = branch.read("/".join(parts[at:end]))
    if value is MISS:
        return best
    return _search(branch.node, parts, end, (*values, value), best)
