"""The public surface is what `__all__` says: sorted, documented, and nothing else."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

import pytest

import nsroute

MODULES = ["nsroute"] + [
    found.name for found in pkgutil.walk_packages(nsroute.__path__, "nsroute.")
]


def _module(name: str) -> ModuleType:
    """Import a module, unless it is for a library that is not there, or is too old."""
    try:
        return importlib.import_module(name)
    except ImportError as missing:
        if missing.name is None or missing.name.startswith("nsroute"):
            raise
        return pytest.skip(f"{missing.name} is not what {name} needs")


@pytest.mark.parametrize("name", MODULES)
def test_a_module_has_what_it_says_it_gives(name: str) -> None:
    """Each name in the `__all__` of a module is there, once."""
    module = _module(name)
    given = list(getattr(module, "__all__", []))
    assert [one for one in given if not hasattr(module, one)] == []
    assert len(given) == len(set(given))


def test_the_public_names_are_sorted() -> None:
    """`nsroute.__all__` is sorted, so that a name is found by looking."""
    assert list(nsroute.__all__) == sorted(nsroute.__all__)


@pytest.mark.parametrize("name", MODULES)
def test_a_module_opens_with_what_it_is_for(name: str) -> None:
    """Each module has a docstring whose first line is one sentence."""
    first, _, _ = (_module(name).__doc__ or "").partition("\n\n")
    assert " ".join(first.split()).endswith((".", ":"))


def test_nothing_else_is_public() -> None:
    """What `nsroute` has without an underscore is in `__all__`, or a module."""
    found = {
        name
        for name, value in vars(nsroute).items()
        if not name.startswith("_") and not inspect.ismodule(value)
    }
    assert found == set(nsroute.__all__)


@pytest.mark.parametrize("name", nsroute.__all__)
def test_what_is_public_is_documented(name: str) -> None:
    """Each public name has a docstring, its public methods and properties too."""
    thing = getattr(nsroute, name)
    assert inspect.getdoc(thing)
    if inspect.isclass(thing):
        silent = [
            attribute
            for attribute, value in vars(thing).items()
            if not attribute.startswith("_")
            and (inspect.isfunction(value) or isinstance(value, property))
            and not inspect.getdoc(value)
        ]
        assert silent == []


def test_types_travel_with_the_package() -> None:
    """The package says that it is typed, and which version it is."""
    assert (Path(nsroute.__file__).parent / "py.typed").exists()
    assert version("nsroute") == "0.1.0"
