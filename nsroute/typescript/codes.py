"""The codes of errors: nsroute's own, and those that the code of an application names.

They are looked for in the source, where an `EventError` is made: in the modules of the
classes, and in the middleware. What is put together while it runs is not found.
"""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from types import ModuleType
from typing import Any, Final, cast

from nsroute.errors import EventError

OWN: Final = (
    "busy",
    "draining",
    "forbidden",
    "full",
    "internal_error",
    "invalid_answer",
    "invalid_arguments",
    "invalid_event",
    "not_connected",
    "not_found",
    "refused",
    "reserved_event",
    "too_many_namespaces",
    "unauthorized",
    "unhandled_event",
)


def error_codes(classes: Iterable[type], layers: Iterable[Any]) -> list[str]:
    """Return all codes that a client may be told, as far as the source tells."""
    modules = {
        sys.modules.get(one.__module__) for cls in classes for one in cls.__mro__
    }
    application = [one for one in modules if one is not None and _is_own(one)]
    found = {code for one in application for code in _codes(one, vars(one))}
    for layer in layers:
        function = inspect.unwrap(layer)
        if inspect.isfunction(function):
            found.update(_codes(function, _names(function)))
    return sorted(found.union(OWN))


def _is_own(module: ModuleType) -> bool:
    """Return whether a module is an application's, and not of what it stands on."""
    package = module.__name__.partition(".")[0]
    return package not in {"nsroute", "flask_socketio", *sys.stdlib_module_names}


def _names(function: Any) -> Mapping[str, Any]:
    closed = inspect.getclosurevars(function)
    return {**closed.builtins, **closed.globals, **closed.nonlocals}


def _codes(source: Any, names: Mapping[str, Any]) -> Iterator[str]:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(source)))
    except (OSError, TypeError, SyntaxError):
        return  # typed in, or compiled
    for call in _calls(tree, names):
        given = [*call.args, *(k.value for k in call.keywords if k.arg == "code")]
        code = _text(given[0], names) if given else None
        if code is not None:
            yield code


def _calls(tree: ast.AST, names: Mapping[str, Any]) -> Iterator[ast.Call]:
    """Yield what makes an error: calls of a class, and of `__init__` in one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _takes_code(_named(node.func, names)):
            yield node
        elif isinstance(node, ast.ClassDef) and _is_error(names.get(node.name)):
            inside = (one for one in ast.walk(node) if isinstance(one, ast.Call))
            yield from (one for one in inside if _is_init(one.func))


def _named(called: ast.expr, names: Mapping[str, Any]) -> Any:
    """Return what a name, or a name in a module, stands for."""
    if isinstance(called, ast.Attribute):
        module = _named(called.value, names)
        # Other objects may run code to find an attribute: `request`, for one.
        return vars(module).get(called.attr) if type(module) is ModuleType else None
    return names.get(called.id) if isinstance(called, ast.Name) else None


def _is_error(found: object) -> bool:
    return issubclass(type(found), type) and issubclass(cast("type", found), EventError)


def _takes_code(found: Any) -> bool:
    """Return whether the first argument of a class is a code."""
    return _is_error(found) and found.__init__ is EventError.__init__


def _is_init(called: ast.expr) -> bool:
    return isinstance(called, ast.Attribute) and called.attr == "__init__"


def _text(given: ast.expr, names: Mapping[str, Any]) -> str | None:
    found: Any = None
    if isinstance(given, ast.Constant):
        found = given.value
    elif isinstance(given, ast.Name):
        found = names.get(given.id)
    return found if isinstance(found, str) else None
