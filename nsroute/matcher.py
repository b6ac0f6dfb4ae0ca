"""The matcher: all patterns of a table as one tree of segments; pure look-up.

Patterns are planted in the order of their rank, the most specific first. The search
keeps the lowest rank found so far and passes over every branch that holds none lower,
so the winner does not depend on what else stands in the tree. A text that one branch
refuses is tried with the next, and no branch is entered twice for one name.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final, Generic, TypeAlias, TypeVar

from nsroute.converters import MAX_NAME_LENGTH, MISS
from nsroute.patterns import Pattern
from nsroute.segments import Param, Segment

__all__ = ["Matcher"]

T = TypeVar("T")
# Where a node has more branches than this, they are found by their literal text.
_FEW: Final = 8


class Leaf(Generic[T]):
    """Where a pattern ends."""

    __slots__ = ("item", "names", "rank")

    def __init__(self, rank: int, item: T, names: tuple[str, ...]) -> None:
        self.rank = rank
        self.item = item
        self.names = names


class Node(Generic[T]):
    """What may follow behind some segments."""

    __slots__ = ("branches", "first", "index", "leaf", "literals")

    def __init__(self, first: int) -> None:
        self.first = first
        self.leaf: Leaf[T] | None = None
        self.literals: dict[str, Node[T]] = {}
        # In the order of their first ranks, because that is how they are planted.
        self.branches: list[Branch[T]] = []
        self.index: Index[T] | None = None

    def candidates(self, text: str) -> Iterable[Branch[T]]:
        """Give the branches that may take a segment, lowest first rank first."""
        return self.branches if self.index is None else self.index.find(text)


class Branch(Generic[T]):
    """A parameter, with the text around it, and what follows."""

    __slots__ = ("after", "before", "cut", "first", "node", "spans", "tail", "take")

    def __init__(self, segment: Segment, param: Param, tail: int, first: int) -> None:
        self.before = segment.before
        self.after = segment.after
        self.cut = len(segment.before) + len(segment.after)
        self.take: Callable[[str], Any] = param.converter.to_python
        self.spans = segment.spans
        self.tail = tail
        self.first = first
        self.node: Node[T] = Node(first)

    def value(self, text: str) -> Any:
        """Give the value of a segment, or `MISS`."""
        if not self.cut:
            return self.take(text)
        if text.startswith(self.before) and text.endswith(self.after):
            return self.take(text[len(self.before) : len(text) - len(self.after)])
        return MISS


class Index(Generic[T]):
    """The branches of a crowded node by the literal text around their parameters."""

    __slots__ = ("_shapes",)

    def __init__(self, branches: Iterable[Branch[T]]) -> None:
        self._shapes: dict[tuple[int, int], dict[tuple[str, str], list[Branch[T]]]] = {}
        for branch in branches:
            self.add(branch)

    def add(self, branch: Branch[T]) -> None:
        """Add a branch."""
        # What follows a path stands in a later segment of the name.
        after = "" if branch.spans else branch.after
        shape = self._shapes.setdefault((len(branch.before), len(after)), {})
        shape.setdefault((branch.before, after), []).append(branch)

    def find(self, text: str) -> list[Branch[T]]:
        """Give the branches whose literal text a segment has, lowest rank first."""
        size = len(text)
        found: list[Branch[T]] = []
        for (before, after), shape in self._shapes.items():
            found += shape.get((text[:before], text[max(size - after, 0) :]), ())
        found.sort(key=_first)
        return found


def _first(branch: Branch[Any]) -> int:
    return branch.first


Found: TypeAlias = tuple[Leaf[T], tuple[Any, ...]]


class Matcher(Generic[T]):
    """Finds the item whose pattern a name matches.

    Args:
        planted: Patterns with their items, the most specific first, no two of them
            with the same key.
    """

    def __init__(self, planted: Iterable[tuple[Pattern, T]]) -> None:
        self._exact: dict[str, T] = {}
        self._root: Node[T] = Node(0)
        self._known: dict[Hashable, Branch[T]] = {}
        for rank, (pattern, item) in enumerate(planted):
            if pattern.params:
                self._plant(pattern, rank, item)
            else:
                self._exact[pattern.text] = item
        self._known.clear()

    def _plant(self, pattern: Pattern, rank: int, item: T) -> None:
        node: Node[T] = self._root
        tail = len(pattern.segments)
        for segment in pattern.segments:
            tail -= 1
            if segment.param is not None:
                node = self._branch(node, segment, segment.param, tail, rank).node
            elif segment.before in node.literals:
                node = node.literals[segment.before]
            else:
                grown: Node[T] = Node(rank)
                node.literals[segment.before] = grown
                node = grown
        node.leaf = Leaf(rank, item, tuple(param.name for param in pattern.params))

    def _branch(
        self, node: Node[T], segment: Segment, param: Param, tail: int, rank: int
    ) -> Branch[T]:
        # A path takes what its tail leaves, so each length of a tail is a branch.
        key = id(node), segment.key, tail if segment.spans else None
        branch = self._known.get(key)
        if branch is None:
            branch = self._known[key] = Branch(segment, param, tail, rank)
            node.branches.append(branch)
            if node.index is not None:
                node.index.add(branch)
            elif len(node.branches) > _FEW:
                node.index = Index(node.branches)
        return branch

    def find(self, text: str) -> tuple[T, Mapping[str, Any]] | None:
        """Give the item and the read-only values of a name, None if none matches."""
        if len(text) > MAX_NAME_LENGTH:
            return None
        item = self._exact.get(text)
        if item is not None:
            return item, _EMPTY
        parts = text.split("/")
        if parts[0]:
            return None
        found = _search(self._root, parts, 1, (), None)
        if found is None:
            return None
        leaf, values = found
        return leaf.item, MappingProxyType(dict(zip(leaf.names, values, strict=True)))


_EMPTY: Final[Mapping[str, Any]] = MappingProxyType({})


def _search(
    node: Node[T],
    parts: list[str],
    at: int,
    values: tuple[Any, ...],
    best: Found[T] | None,
) -> Found[T] | None:
    """Give the better of what is behind a node and the best so far."""
    if at == len(parts):
        leaf = node.leaf
        return best if leaf is None or _is_better(best, leaf.rank) else (leaf, values)
    text = parts[at]
    literal = node.literals.get(text)
    if literal is not None and not _is_better(best, literal.first):
        best = _search(literal, parts, at + 1, values, best)
    for branch in node.candidates(text):
        if _is_better(best, branch.first):
            break
        end = len(parts) - branch.tail if branch.spans else at + 1
        if end <= at:
            continue
        value = branch.value(text if end == at + 1 else "/".join(parts[at:end]))
        if value is not MISS:
            best = _search(branch.node, parts, end, (*values, value), best)
    return best


def _is_better(best: Found[Any] | None, first: int) -> bool:
    return best is not None and best[0].rank < first
