"""Classes that arguments become, made by msgspec or by their `__init__` alone."""

import attrs


@attrs.frozen
class Point:
    x: float
    y: float


@attrs.define
class Lowered:
    """Made by its `__init__` alone: it has a converter and a hidden attribute."""

    name: str = attrs.field(converter=str.lower, validator=attrs.validators.max_len(10))
    secret: str = attrs.field(init=False, default="hidden")


@attrs.define
class Node:
    name: str = attrs.field(converter=str.lower)
    children: "list[Node]" = attrs.field(factory=list)
