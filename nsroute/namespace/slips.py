"""What the body of a class says and would silently not do, found when it is defined."""

from __future__ import annotations

import difflib
import inspect
import warnings
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from types import FunctionType
from typing import Any, Final

from nsroute.arguments import passes_on, takes, unawaited
from nsroute.errors import RouteError, RouteWarning, name_of, place_of
from nsroute.namespace.marks import function_of, lost_marks

HOOKS: Final = ("opened", "accepted", "closed")
"""Methods that are called without arguments."""

_SET_BY_UPSTREAM: Final = frozenset({"namespace", "socketio", "server"})
_METHODS = (FunctionType, classmethod, staticmethod)
_ENDINGS: Final = ("", "s", "ing")
_ALIKE: Final = 0.8
_LIKELY: Final[Mapping[str, str]] = {
    "connect": "connect",
    "connected": "connect",
    "connection": "connect",
    "disconnect": "disconnect",
    "disconnected": "disconnect",
    "disconnection": "disconnect",
}
"""Events that look like one of the lifecycle, and which one is likely meant."""


def body_problems(cls: type, bases: Collection[type]) -> Iterator[RouteError]:
    """Find what would go unheeded; `bases` are nsroute's and upstream's classes."""
    name = name_of(cls)
    pattern = vars(cls).get("namespace")
    if isinstance(pattern, str):
        yield RouteError(
            "`namespace` in the body of a class is no pattern",
            target=name,
            hint=f"write class {cls.__name__}(RoutedNamespace, namespace={pattern!r})",
        )
    own = [base for base in cls.__mro__ if base not in bases]
    for hook in HOOKS:
        if any(hook in vars(base) for base in own):
            yield from _hook_problems(cls, hook)


def lost_problems(cls: type, bases: Collection[type]) -> Iterator[RouteError]:
    """Find the marks of a class, and of mixins, that nothing would be routed by."""
    for base in cls.__mro__:
        if base not in bases:
            for mark, function in lost_marks(base):
                yield _lost(base, mark, function)


def _lost(base: type, mark: object, function: Any) -> RouteError:
    method: str = getattr(function, "__name__", "")
    there = function_of(vars(base).get(method))
    same = getattr(there, "__qualname__", None) == getattr(function, "__qualname__", "")
    if same:
        text = f"the method is defined twice, and the second has no {mark}"
        hint = "give each method a name of its own"
    else:
        text = f"a decorator hides {mark}: nothing would be routed"
        hint = f"put {mark} outermost, and use functools.wraps in the decorator"
    target = ".".join(filter(None, (name_of(base), method)))
    return RouteError(text, target=target, hint=hint, place=place_of(function))


def _hook_problems(cls: type, hook: str) -> Iterator[RouteError]:
    value = inspect.getattr_static(cls, hook)
    function, bound = function_of(value), 0 if isinstance(value, staticmethod) else 1
    target, place = f"{name_of(cls)}.{hook}", place_of(function)
    if not takes(function, bound):
        yield RouteError(
            "a hook is called without arguments",
            target=target,
            hint=f"write def {hook}({'self' * bound}); self.sid is the client's sid",
            place=place,
        )
        return
    for problem in unawaited(function, target):
        problem.place = place
        yield problem


def reserved_problems(
    cls: type, methods: Mapping[str, object], bases: Iterable[type]
) -> Iterator[RouteError]:
    """Find handlers that take the name of a method that every namespace has.

    Args:
        cls: The class.
        methods: The names of methods, each with what makes it a handler.
        bases: The classes whose methods count.
    """
    taken = set(_SET_BY_UPSTREAM)
    for base in bases:
        taken |= {one for one, v in vars(base).items() if isinstance(v, _METHODS)}
    for method, mark in methods.items():
        if method in taken:
            yield RouteError(
                f"a method for {mark} takes the name of what every namespace has",
                target=f"{name_of(cls)}.{method}",
                hint="give the method another name; the event keeps its own",
                place=place_of(function_of(inspect.getattr_static(cls, method))),
            )


def hidden_problems(function: Any, owner: str) -> Iterator[RouteError]:
    """Find the method whose parameters a wrapper hides that does not name it."""
    hidden = _hidden(function, owner.rpartition(".")[2])
    if hidden is None or not (
        passes_on(inspect.signature(function), 1) and _has_checks(hidden)
    ):
        return
    yield RouteError(
        "a decorator without functools.wraps hides its parameters, which would not "
        "be checked",
        target=owner,
        hint="write @functools.wraps(function) above the wrapper",
        place=place_of(hidden),
    )


def _hidden(wrapper: object, method: str) -> FunctionType | None:
    """Return the function of a name that a wrapper keeps to call it, if any."""
    waiting, seen = [wrapper], set[int]()
    while waiting:
        one = waiting.pop()
        if isinstance(one, FunctionType) and one.__name__ == method:
            return None if one is wrapper else one
        if id(one) not in seen and not hasattr(one, "__wrapped__"):
            seen.add(id(one))
            waiting.extend(_kept(one))
    return None


def _kept(wrapper: object) -> Iterator[object]:
    """Yield what a function has in its closure, or a callable object on itself."""
    if isinstance(wrapper, FunctionType):
        for cell in wrapper.__closure__ or ():
            with suppress(ValueError):  # an empty cell
                yield cell.cell_contents
    elif callable(wrapper) and not isinstance(wrapper, type):
        yield from getattr(wrapper, "__dict__", {}).values()


def _has_checks(function: FunctionType) -> bool:
    parameters = inspect.signature(function).parameters.values()
    return any(
        p.kind is p.KEYWORD_ONLY or p.annotation is not p.empty for p in parameters
    )


def warn_of_slips(
    cls: type, events: Mapping[str, str], bases: Collection[type]
) -> None:
    """Warn of what is likely a slip in the body of a class, though it may be meant.

    Args:
        cls: The class.
        events: Its events, each with its method.
        bases: The classes that are nsroute's and upstream's.
    """
    own = vars(cls)
    for event, method in events.items():
        if method in own and event != event.strip():
            _warn(cls, method, f"the event {event!r} begins or ends with a space")
        meant = _LIKELY.get(event.lower())
        if method in own and meant and event != meant:
            _warn(
                cls, method, f"{event!r} is an event that clients send, not {meant!r}"
            )
    for method, function in own.items():
        if isinstance(function, FunctionType) and method not in events.values():
            if method == "connect":
                _warn(cls, method, "nothing calls it; write @on('connect') above it")
            hook = _near_hook(method)
            missing = not any(hook in vars(b) for b in cls.__mro__ if b not in bases)
            if hook and missing and takes(function, 1):
                _warn(cls, method, f"nothing calls it; the hook is {hook!r}")


def _near_hook(method: str) -> str | None:
    """Return the hook that a method is likely meant to be."""
    for hook in HOOKS:
        stem = hook.removesuffix("ed")
        near = {f"{stem}{e}{ending}" for e in ("", "e") for ending in _ENDINGS}
        alike = difflib.SequenceMatcher(None, method, hook).ratio() > _ALIKE
        if method in near or (alike and method[0] == hook[0] and method != hook):
            return hook
    return None


def _warn(cls: type, method: str, text: str) -> None:
    code = getattr(inspect.unwrap(function_of(vars(cls)[method])), "__code__", None)
    file, line = getattr(code, "co_filename", "?"), getattr(code, "co_firstlineno", 1)
    told = f"{name_of(cls)}.{method}: {text}"
    warnings.warn_explicit(told, RouteWarning, file, line)
