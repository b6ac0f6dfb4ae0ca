"""The TypeScript that nsroute writes: compiled, misused, and run against a server."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from nsroute import BuildError
from nsroute.typescript import typescript_module
from tests.conftest import Serve
from tests.support.servers import ROOT, Server
from tests.support.sites import Site
from tests.support.typescript import Workbench, changed
from tests.support.typescript_app import (
    First,
    Kinds,
    Plain,
    Room,
    Several,
    typescript_site,
)

pytestmark = pytest.mark.sockets


@pytest.fixture(scope="module")
def site() -> Site:
    return typescript_site("threading")


@pytest.fixture(scope="module")
def bench(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    module = typescript_module(site.router)
    return Workbench(tmp_path_factory.mktemp("typescript"), module)


def test_the_strict_compiler_takes_every_kind_of_annotation(bench: Workbench) -> None:
    """Nothing in the module is refused, by options beyond `strict` neither."""
    more = ("noUnusedParameters", "noImplicitOverride", "exactOptionalPropertyTypes")
    options = dict.fromkeys(more, True)
    assert bench.compile("api.ts", noUncheckedIndexedAccess=True, **options) == []


def test_the_compiler_refuses_misuse(bench: Workbench) -> None:
    """Each marked line is refused, and no other is."""
    bench.take("misused_client.ts")
    assert bench.compile("misused_client.ts") == []


def test_a_compiled_client_talks_to_a_server(
    bench: Workbench, serve: Serve, mode: str, transport: str
) -> None:
    """Emits, acknowledgements, answers, failures, refusals and binary."""
    bench.take("typed_client.ts")
    assert bench.compile("typed_client.ts") == []
    server: Server = serve("tests.support.typescript_app:typescript_site", mode)
    told = bench.run("typed_client.js", server.url, transport)
    hello = {"text": "hello", "colour": "red", "inside": {"tags": ["a"]}}
    again = {"text": "hello", "colour": "blue", "inside": {"tags": []}}
    assert told == {
        "length": 48,
        "heard": [[hello, "ann"], [again, "ann"]],
        "colour": "RED",
        "tags": [1],
        "to_one": 47,
        "own_code": "said_nothing",
        "invalid": [
            {"path": "arguments[0].text", "message": "Expected `str`, got `int`"}
        ],
        "sum": 10,
        "one": 1,
        "reversed": [3, 2, 1],
        "drawn": [2, 3],
        "asked": [True, "quite"],
        "left": True,
        "nick": True,
        "cursor": "none",
        "after": 5,
        "refused": ["Go away.", "banned", {"until": 2030}],
    }


def test_a_change_of_a_field_breaks_the_build(tmp_path: Path) -> None:
    """A client that uses what has changed in Python does not compile any more."""
    source = ROOT / "tests" / "support" / "typescript_app.py"
    before, after = "colour: Colour = Colour.RED", "color: Colour = Colour.RED"
    app = changed(source, before, after, tmp_path)
    module = typescript_module(app.typescript_site("threading").router)
    bench = Workbench(tmp_path, module)
    bench.take("typed_client.ts")
    told = bench.compile("typed_client.ts")
    assert len(told) == 2
    assert "Property 'colour' does not exist on type 'Said'" in told[0]
    assert "colour: string" in told[1]


NAMES: list[tuple[type, str, str, list[Any]]] = [
    (
        Room,
        "roomNamespace",
        "room_id",
        [0, 7, 42, -1, 1.5, 2**53 - 1, 10**15, float("nan"), -0.0],
    ),
    (
        First.Hall,
        "testsSupportTypescriptAppFirstHallNamespace",
        "at",
        [0.0, -0.0, 1.0, 0.1, -1.0, -1.5, 1e15, 1e16, 1e22, 0.0001, 1e-5, 123456.789],
    ),
    (
        Kinds,
        "kindsNamespace",
        "id",
        ["6f9619ff-8b86-d011-b42d-00c04fc964ff", "42", "", "6F9619FF"],
    ),
    (
        Several,
        "several2Namespace",
        "rest",
        ["a", "a/b", "a//b", "", "/a", "a/", "a,b", "a?b", "ü/😀", "a\n", "x" * 985],
    ),
    (Plain, "plainNamespace", "number", [0, 5, 999, 1000, -5, -99, -100]),
]


def _expected(site: Site, target: type, name: str, value: Any) -> str | None:
    try:
        return site.router.namespace_for(target, **{name: value})  # type: ignore[arg-type]
    except BuildError:
        return None


def test_names_are_built_as_python_builds_them(site: Site, bench: Workbench) -> None:
    """A function gives the name that the router gives, or throws where that raises."""
    chance = random.Random(5)
    numbers = [chance.uniform(-1, 10 ** chance.randint(-6, 17)) for _ in range(500)]
    cases = [
        (target, function, name, value)
        for target, function, name, values in NAMES
        for value in (*values, *(numbers if name == "at" else ()))
    ]
    keys = {"room_id": "roomId"}
    bench.write(
        "names.ts",
        "import * as api from './api.js';\n"
        "const cases: [string, string, string][] = "
        f"{json.dumps([(f, keys.get(n, n), _literal(v)) for _, f, n, v in cases])};\n"
        "const build = api as unknown as Record<string, (params: any) => string>;\n"
        "console.log(JSON.stringify(cases.map(([name, key, value]) => {\n"
        "  const given = { [key]: (0, eval)(value) };\n"
        "  try { return build[name](given); } catch (error) {\n"
        "    if (error instanceof RangeError) return null; throw error; }\n"
        "})));\n",
    )
    assert bench.compile("names.ts") == []
    built = bench.run("names.js")
    expected = [_expected(site, t, n, v) for t, _, n, v in cases]
    wrong = [
        (case[1:], one, two)
        for case, one, two in zip(cases, built, expected, strict=True)
        if one != two
    ]
    assert wrong == []
    assert None in built
    assert len(set(built)) > 400


def _literal(value: Any) -> str:
    return "NaN" if value != value else json.dumps(value)


def test_a_uuid_has_one_name(site: Site, bench: Workbench) -> None:
    """A UUID in capital letters is written as Python writes it."""
    text = "6F9619FF-8B86-D011-B42D-00C04FC964FF"
    bench.write(
        "uuid.ts",
        "import { kindsNamespace } from './api.js';\n"
        f"console.log(JSON.stringify(kindsNamespace({{ id: '{text}' }})));\n",
    )
    assert bench.compile("uuid.ts") == []
    assert bench.run("uuid.js") == site.router.namespace_for(Kinds, id=UUID(text))
