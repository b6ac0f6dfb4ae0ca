"""Annotations become schemas that AsyncAPI knows."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
import pydantic
import pytest

from nsroute.arguments import read
from nsroute.asyncapi.schemas import event_payload, new_schemas, reply_payload
from nsroute.schemas import described


class Circle(msgspec.Struct, tag="circle"):
    radius: Annotated[float, msgspec.Meta(gt=0)]


class Box(msgspec.Struct, tag="box"):
    sides: tuple[int, int]
    discriminator: bytes = b""
    inside: Box | None = None


class Leaf(pydantic.BaseModel):
    """Something green."""

    size: int = pydantic.Field(ge=1)


class Tree(pydantic.BaseModel):
    leaves: list[Leaf]
    pair: tuple[int, str] = (1, "x")


class Opaque:
    pass


def schema_of(annotation: Any, **beside: Any) -> tuple[Any, dict[str, Any]]:
    schemas = new_schemas()
    schema = schemas.of(annotation, **beside)
    return schema, schemas.components()


@pytest.mark.parametrize(
    "annotation, schema",
    [
        (int, {"type": "integer"}),
        (Any, {}),
        (object, {}),
        (Literal["a", "b"], {"enum": ["a", "b"]}),
        (bytes, {"type": "string", "format": "binary"}),
        (
            tuple[int, str],
            {
                "type": "array",
                "items": [{"type": "integer"}, {"type": "string"}],
                "additionalItems": False,
                "minItems": 2,
                "maxItems": 2,
            },
        ),
        (Opaque, {"description": "Declared as Opaque."}),
        ("Missing", {"description": "Declared as Missing."}),
        (list[Opaque], {"description": f"Declared as {list[Opaque]}."}),
    ],
)
def test_an_annotation_is_a_schema_of_draft_7(annotation: Any, schema: Any) -> None:
    """Types are written as JSON Schema draft 7; what cannot be is anything."""
    assert schema_of(annotation) == (schema, {})


def test_what_stands_beside_a_schema_is_kept() -> None:
    """A title stays beside a schema, and beside a reference, which hides nothing."""
    assert schema_of(int, title="x") == ({"title": "x", "type": "integer"}, {})
    schema, _ = schema_of(Circle, title="x")
    assert schema == {"title": "x", "allOf": [{"$ref": "#/components/schemas/Circle"}]}


def test_a_union_of_tagged_classes_is_their_alternatives() -> None:
    """Tagged classes are told apart by constants; a field may be named as a keyword."""
    schema, components = schema_of(Circle | Box)
    assert schema == {
        "anyOf": [
            {"$ref": "#/components/schemas/Circle"},
            {"$ref": "#/components/schemas/Box"},
        ]
    }
    assert list(components) == ["Box", "Circle"]
    properties = components["Box"]["properties"]
    assert properties["type"] == {"enum": ["box"]}
    assert properties["sides"]["items"] == [{"type": "integer"}] * 2
    assert properties["discriminator"] == {
        "type": "string",
        "format": "binary",
        "default": "",
    }


def test_a_pydantic_model_brings_its_parts() -> None:
    """A model and those in it are written by pydantic, under names of their own."""
    schema, components = schema_of(list[Tree])
    name = "tests.unit.asyncapi.test_schemas.Tree"
    where = f"#/components/schemas/{name}"
    assert schema == {"type": "array", "items": {"$ref": where}}
    assert list(components) == [name, f"{name}.Leaf"]
    tree, leaf = components.values()
    assert tree["properties"]["leaves"]["items"] == {"$ref": f"{where}.Leaf"}
    assert tree["properties"]["pair"]["items"] == [
        {"type": "integer"},
        {"type": "string"},
    ]
    assert tree["properties"]["pair"]["default"] == [1, "x"]
    assert leaf["description"] == "Something green."
    assert leaf["properties"]["size"]["minimum"] == 1


def payloads(function: Any) -> tuple[Any, Any]:
    schemas = new_schemas()
    signature = read(function, kind="event", owner="Room.on")
    found = (
        event_payload(signature, schemas),
        reply_payload(signature, schemas),
    )
    schemas.components()
    return found


def test_a_handler_without_annotations_takes_and_gives_anything() -> None:
    """Only the number of arguments is known without annotations."""

    def handler(self, a, b=5, c=None): ...  # type: ignore[no-untyped-def]

    assert payloads(handler) == (
        {
            "type": "array",
            "items": [{"title": "a"}, {"title": "b", "default": 5}, {"title": "c"}],
            "additionalItems": False,
            "minItems": 1,
            "maxItems": 3,
        },
        {"type": "array"},
    )


def test_further_arguments_have_a_type_of_their_own() -> None:
    """`*rest` takes any number of arguments of its type behind the others."""

    def handler(self, a: int, *rest: str) -> tuple[int, ...]: ...  # type: ignore[no-untyped-def, empty-body]

    assert payloads(handler) == (
        {
            "type": "array",
            "items": [{"title": "a", "type": "integer"}],
            "additionalItems": {"type": "string"},
            "minItems": 1,
        },
        {"type": "array", "items": {"type": "integer"}},
    )


def test_a_handler_may_take_and_give_nothing() -> None:
    """No arguments and no values are empty arrays."""

    def handler(self) -> None: ...  # type: ignore[no-untyped-def]

    nothing = {"type": "array", "maxItems": 0}
    assert payloads(handler) == (nothing, nothing)


def test_a_result_that_cannot_be_resolved_is_anything() -> None:
    """An annotation that names what is not there is quoted."""

    def handler(self) -> Missing: ...  # type: ignore[no-untyped-def, name-defined] # noqa: F821

    _, reply = payloads(handler)
    assert reply["items"] == [{"description": "Declared as Missing."}]


def test_a_docstring_is_a_summary_and_a_description() -> None:
    """The first paragraph is the summary, the rest the description, without indent."""

    def handler() -> None:
        """Do this.

        And so on:

            as here
        """

    assert described(handler) == {
        "summary": "Do this.",
        "description": "And so on:\n\n    as here",
    }
    assert described(lambda: None) == {}
    assert described(None) == {}
