"""The matcher: all patterns of a table as one tree of segments.

Patterns are inserted in the order of their rank, the most specific first. The search
keeps the lowest rank found so far and skips every branch that holds none lower, so the
winner does not depend on what else stands in the tree. A text that one branch refuses
is tried with the next, and no branch is entered twice for one name.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, Generic, TypeAlias, TypeVar

from nsroute.routing.converters import NO_MATCH
from nsroute.routing.segments import Segment

MAX_NAME_LENGTH: Final = 1000
"""Characters of the longest name that can match anything."""

T = TypeVar("T")
Values: TypeAlias = tuple[Any, ...]
# The end of a pattern: its item and the names of its parameters.
End: TypeAlias = tuple[T, tuple[str, ...]]
# A rank, the end of the pattern that has it, and the values of its parameters.
Found: TypeAlias = tuple[int, "End[T] | None", Values]

_NO_PARAMS: Final[Mapping[str, Any]] = MappingProxyType({})
_NOTHING_YET: Final[Found[Any]] = (sys.maxsize, None, ())


class Node(Generic[T]):
    """What may follow after some segments: literals, and branches by first rank."""

    __slots__ = ("branches", "end", "first", "literals", "rank")

    def __init__(self, first: int) -> None:
        self.first: int = first  # the lowest rank of the patterns that lead here
        self.rank: int = sys.maxsize  # that of the pattern that ends here
        self.end: End[T] | None = None
        self.literals: dict[str, Node[T]] = {}
        self.branches: list[Branch[T]] = []


class Branch(Node[T]):
    """What may follow after a parameter with literal text around it."""

    __slots__ = ("is_path", "read", "tail")

    def __init__(self, segment: Segment, tail: int, first: int) -> None:
        super().__init__(first)
        self.is_path: bool = segment.is_path
        self.tail: int = tail
        self.read: Callable[[str], Any] = segment.read
        if segment.param is not None and not (segment.before or segment.after):
            self.read = segment.param.converter.to_python


class Matcher(Generic[T]):
    """Finds the item whose pattern a name matches.

    The patterns are given with the most specific first, no two of them with one key.
    """

    def __init__(self, items: Iterable[tuple[Sequence[Segment], T]]) -> None:
        self._exact: dict[str, T] = {}
        self._root: Node[T] = Node(0)
        known: dict[Hashable, Branch[T]] = {}
        for rank, (segments, item) in enumerate(items):
            names = tuple([one.param.name for one in segments if one.param is not None])
            if names:
                node = self._insert(segments, rank, known)
                node.rank, node.end = rank, (item, names)
            else:
                # Literal in every segment: nothing can be more specific.
                self._exact["/" + "/".join([one.before for one in segments])] = item

    def _insert(
        self, segments: Sequence[Segment], rank: int, known: dict[Hashable, Branch[T]]
    ) -> Node[T]:
        node = self._root
        for tail, segment in zip(reversed(range(len(segments))), segments, strict=True):
            if segment.param is None:
                node = node.literals.setdefault(segment.before, Node(rank))
                continue
            # A path takes what its tail leaves: a branch for each length of the tail.
            key = id(node), segment.key, tail if segment.is_path else None
            branch = known.get(key)
            if branch is None:
                branch = known[key] = Branch(segment, tail, rank)
                node.branches.append(branch)
            node = branch
        return node

    def find(self, text: str) -> tuple[T, Mapping[str, Any]] | None:
        """Return the item and the read-only values of a name, None if none matches."""
        item = self._exact.get(text)
        if item is not None:
            return item, _NO_PARAMS
        if len(text) > MAX_NAME_LENGTH:
            return None
        parts = text.split("/")
        if parts[0]:
            return None
        _, end, values = _search(self._root, parts, 1, (), _NOTHING_YET)
        if end is None:
            return None
        item, names = end
        if len(names) == 1:  # the usual case, in a quarter of the time
            return item, MappingProxyType({names[0]: values[0]})
        return item, MappingProxyType(dict(zip(names, values, strict=True)))


def _search(
    node: Node[T], parts: list[str], at: int, values: Values, best: Found[T]
) -> Found[T]:
    """Return the better of what a node leads to and of the best so far."""
    if at == len(parts):
        return (node.rank, node.end, values) if node.rank < best[0] else best
    text = parts[at]
    literal = node.literals.get(text)
    if literal is not None and literal.first < best[0]:
        best = _search(literal, parts, at + 1, values, best)
    for branch in node.branches:
        if branch.first > best[0]:
            break
        part, after = text, at + 1
        if branch.is_path:
            after = max(len(parts) - branch.tail, at)
            part = "/".join(parts[at:after])
        value = branch.read(part)
        if value is not NO_MATCH:
            best = _search(branch, parts, after, (*values, value), best)
    return best
