"""Routes with annotations of every kind, whose TypeScript the tests compile."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, NamedTuple, TypedDict, TypeVar
from uuid import UUID

import attrs
import msgspec
import pydantic
from flask_socketio import Namespace
from werkzeug.routing import BaseConverter

from nsroute import EventError, MetaRouter, Route, RoutedNamespace, emits, on
from nsroute.middleware import rate_limit, require
from tests.support.apps import new_site
from tests.support.sites import Site

T = TypeVar("T")


class Colour(enum.Enum):
    """A colour of the palette."""

    RED = "red"
    BLUE = "blue"


class Size(enum.IntEnum):
    SMALL = 1
    LARGE = 2


@attrs.frozen
class Said:
    """What somebody said.

    In so many words */ as that.
    """

    text: str
    colour: Colour = Colour.RED
    inside: Deep = attrs.field(factory=lambda: Deep(["a"]))


@dataclass
class Deep:
    tags: list[str] = field(default_factory=list)


@attrs.frozen
class Quote:
    said: Said


@dataclass
class Point:
    x: float
    y: float = 0.0


class Other:
    @dataclass
    class Point:
        lat: float
        long: float


class Auth(TypedDict):
    user: str


class Partial(TypedDict, total=False):
    some_key: int
    odd_key: bytes


class Pair(NamedTuple):
    first: int
    second: str = "x"


class Circle(msgspec.Struct, tag="circle", rename="camel"):
    how_wide: float


class Box(msgspec.Struct, tag="box"):
    sides: tuple[int, int]
    inside: Box | None = None


class Packed(msgspec.Struct, array_like=True):
    a: int
    b: str = "b"


class Page(msgspec.Struct, Generic[T]):
    items: list[T]
    next: int | None = None


class Sparse(msgspec.Struct, omit_defaults=True):
    always: int
    sometimes: int = 0


class Leaf(pydantic.BaseModel):
    size: int = pydantic.Field(1, ge=1, description="How big it is.")


class Tree(pydantic.BaseModel):
    leaves: list[Leaf]
    picture: bytes = b""
    kind: Literal["oak", "fir"] = "oak"


class Opaque:
    pass


is_member = require(lambda d: True, code="members_only")


class Room(
    RoutedNamespace, namespace="/rooms/<int:room_id>", middleware=[rate_limit(1000, 1)]
):
    """A room where people talk."""

    @on("connect")
    def join(self, auth: Auth) -> None:
        if auth["user"] == "eve":
            raise EventError("banned", "Go away.", {"until": 2030})
        self.client["user"] = auth["user"]

    @on("say", middleware=[is_member])
    def say(self, said: Said, to: str | None = None, *, room_id: int) -> int:
        """Say something, to all or to one."""
        if said.text == "nothing":
            raise EventError(code="said_nothing", message="Say something.")
        self.said(said, self.client["user"])
        return len(said.text) + room_id

    @on("reverse")
    def reverse(self, picture: bytes) -> bytes:
        return picture[::-1]

    @on("ask me")
    def ask_me(self, question: str) -> tuple[bool, str]:
        return self.confirm.call(self.sid, timeout=20)(question)

    @on("picture")
    def picture(self) -> bytes:
        return self.draw.call(self.sid, timeout=20)(b"\x01\x02")

    @on("point")
    def point(self, x: int, y: int = 0, *more: int) -> int:
        return x + y + sum(more)

    @on("leave early")
    def leave_early(self) -> None: ...

    @on("cursor:*")
    def cursor(self, event: str, x: float) -> None: ...

    @on("nick")
    def nick(self, name: str | None) -> str | None:
        return name

    @emits
    def said(self, said: Said, by_whom: str = "somebody") -> None:
        """Somebody said something."""

    @emits("are you sure?")
    def confirm(self, question: str) -> tuple[bool, str]:
        raise NotImplementedError

    @emits
    def draw(self, seed: bytes) -> bytes:
        raise NotImplementedError


class Kinds(RoutedNamespace, namespace="/kinds/<uuid:id>"):
    """Every kind of annotation, in both directions."""

    @on("all")
    def all(
        self,
        page: Page[int],
        words: Page[str],
        shape: Circle | Box,
        colour: Colour,
        size: Size,
        when: datetime,
        some_id: UUID,
        price: Decimal,
        pair: Pair,
        packed: Packed,
        partial: Partial,
        tree: Tree,
        counts: dict[str, int],
        unique: set[int],
        mixed: Annotated[int, msgspec.Meta(ge=1)] | str | None,
        literal: Literal["a", "b"] | None,
        point: Point,
        other: Other.Point,
        anything: Any,
        plain: dict,  # type: ignore[type-arg]
        many: tuple[int, ...],
        none: None,
        nothing: tuple[()],
        binary: bytes | str,
        sparse: Sparse,
        quote: Quote,
    ) -> tuple[Page[int], Tree, Packed, Pair, Sparse, Partial, Point]:
        raise NotImplementedError

    @on("opaque")
    def opaque(self, thing):  # type: ignore[no-untyped-def]
        ...

    @on("maybe")
    def maybe(self) -> Literal["x"] | None: ...

    @on("numbers")
    def numbers(self) -> tuple[int, ...]: ...

    @on("void")
    def void(self) -> tuple[()]: ...

    @on("in")
    def reserved(
        self, function: int, class_: str, answer: str, some_name: int
    ) -> None: ...

    @emits
    def everything(
        self,
        page: Page[int],
        tree: Tree,
        packed: Packed,
        pair: Pair,
        sparse: Sparse,
        partial: Partial,
        point: Point,
        quote: Quote,
        thing: Opaque,
        *rest: float,
    ) -> list[Colour] | None:
        raise NotImplementedError

    @emits
    def loose(self, anything): ...  # type: ignore[no-untyped-def]

    @emits
    def looser(self, *anything): ...  # type: ignore[no-untyped-def]

    @emits
    def numbered(self) -> tuple[int, ...]:
        raise NotImplementedError


class Several(
    RoutedNamespace,
    namespace=["/several/t<team>.x/<any(de, en):language>", "/several/<path:rest>/end"],
):
    @on("*")
    def rest(self, event: str, *args: Any) -> None: ...

    @on("cursor:*")
    def cursor(self, event: str) -> None: ...

    @on("exact", namespace="/several")
    def exact(self) -> int:
        return 1


class Plain(Namespace):
    def on_hello(self, name: str) -> int | None: ...


class Hex(BaseConverter):
    regex = "[0-9a-f]+"


class First:
    class Hall(RoutedNamespace, namespace="/halls/<float(min=-1, signed=True):at>"):
        pass


class Second:
    class Hall(RoutedNamespace, namespace="/halls/second"):
        pass


def typescript_site(mode: str) -> Site:
    """Make the site."""
    routes: list[Any] = [
        Room,
        Kinds,
        Several,
        First.Hall,
        Second.Hall,
        Route("/plain/<string(minlength=2, maxlength=3):some_name>/<hex:id>", Plain),
        Route(
            "/plain/<int(fixed_digits=3, signed=True):number>", Plain, name="numbered"
        ),
        Route("/lobby", Plain),
    ]
    site = new_site(mode)
    router = MetaRouter(routes, converters={"hex": Hex})
    site.router = router.mount(site.socketio)
    return site
