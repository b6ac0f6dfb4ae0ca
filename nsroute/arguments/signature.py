"""A function -> its `Signature`: what it takes, and what is wrong with it."""

from __future__ import annotations

import builtins
import inspect
import types
import typing
from collections.abc import Callable, Collection, Mapping
from inspect import Parameter
from typing import Any, Final

import attrs

from nsroute.arguments.binding import ArgumentSpec, Bind
from nsroute.arguments.callables import (
    WIRE_NAMES,
    Parameters,
    read_parameters,
    unawaited,
    unfit,
)
from nsroute.arguments.conversion import INVALID, TypeTree
from nsroute.errors import RouteError, nearest, place_of, raise_together
from nsroute.signals import Kind

REASONS: Final = (
    "client disconnect",
    "server disconnect",
    "transport close",
    "transport error",
    "ping timeout",
)
"""The reasons of a disconnect: those of python-engineio's `BaseServer.reason`."""

_IMPORT_IT = "import it in the module of the class, not for type checkers only"
_ELSEWHERE: Final[Mapping[str, str]] = {
    "sid": "self.sid",
    "environ": "flask.request.environ",
    "namespace": "self.namespace",
}
"""What upstream's own handlers get, and where it is to be had."""
_CHANGE_IT = "annotate what the wire can carry, or leave the annotation out"


@attrs.define(eq=False)
class Signature:
    """What a function takes; made by `read`."""

    owner: str
    kind: Kind
    parameters: Parameters = attrs.field(repr=False)
    typed: bool
    """Whether its annotations are enforced."""
    names: Mapping[str, Any] = attrs.field(repr=False)
    problems: tuple[RouteError, ...]
    """What is wrong with it, but for annotations that are pending."""
    place: str | None = attrs.field(default=None, repr=False)
    """The file and the line of the function."""
    bind: Bind | None = attrs.field(default=None, repr=False)
    """Wire arguments -> call arguments; None where any pass as they are.

    Of a connect they are `(auth,)`, of a disconnect `(reason,)`.
    """
    unresolved: list[RouteError] = attrs.field(init=False, factory=list[RouteError])
    """Annotations that name what is not there (yet)."""

    def __attrs_post_init__(self) -> None:
        self.problems += tuple(self._compile())

    def check(self, names: Collection[str]) -> list[RouteError]:
        """Find keyword-only parameters that the pattern's names do not supply."""
        return [
            self._wrong(
                f"nothing supplies the keyword-only parameter {one!r}",
                nearest(one, names) or "the pattern has no such parameter",
            )
            for one in sorted(self.parameters.required_names.difference(names))
        ]

    def check_positional(
        self, names: Collection[str], pattern: str | None = None
    ) -> list[RouteError]:
        """Find parameters that a client would fill in though the pattern has them."""
        return [
            self._wrong(
                f"the client would fill in {one.name!r}, a parameter of the pattern",
                "write it after `*` to get the pattern's, or rename it",
                pattern,
            )
            for one in self.parameters.positional
            if one.name in names
        ]

    def check_lifecycle(self) -> list[RouteError]:
        """Find parameters that are not what their name says, but auth or the reason."""
        positional = () if self.kind == "event" else self.parameters.positional
        return [
            self._wrong(
                f"{one.name!r} would be the {WIRE_NAMES[self.kind]} of the client",
                f"take {_ELSEWHERE[one.name]} instead",
            )
            for one in positional
            if one.name in _ELSEWHERE
        ]

    def resolve(self) -> list[RouteError]:
        """Read the annotations that were pending; return what is wrong by now."""
        problems = self._compile() if self.unresolved else []
        return [*problems, *self.unresolved]

    def evaluate(self, annotation: Any) -> Any:
        """Resolve the forward references in an annotation of the function."""
        known = {**self.names, **vars(builtins), **self.parameters.globals}
        holder = types.SimpleNamespace(__annotations__={"it": annotation})
        return typing.get_type_hints(holder, known, include_extras=True)["it"]

    def _compile(self) -> list[RouteError]:
        """Make `bind`; return what is wrong, but for what may be right later."""
        problems: list[RouteError] = []
        self.unresolved = []
        taken = self.parameters
        spec = ArgumentSpec(
            trees=tuple(self._tree(one, problems) for one in taken.positional),
            rest=self._tree(taken.rest, problems) if taken.rest else None,
            least=taken.required_count,
            is_open=taken.rest is not None,
            path=WIRE_NAMES.get(self.kind, "arguments"),
        )
        if self.unresolved:
            self.bind = self._bind_late
        elif self.kind == "event":
            self.bind = None if taken.is_uncounted else spec.bind_event()
        else:
            default = taken.positional[0].default if taken.positional else None
            self.bind = spec.bind_lifecycle(default)
        return problems

    def _bind_late(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """Resolve at the first call, for a class that no route table holds."""
        raise_together(f"{self.owner} cannot be called", self.resolve())
        return self.bind(args) if self.bind is not None else args

    def _tree(self, taken: Parameter, problems: list[RouteError]) -> TypeTree | None:
        """Read one annotation; None where there is nothing to convert."""
        tree = None
        try:
            annotation = self.evaluate(taken.annotation) if self.typed else Any
            if annotation not in (Any, object, Parameter.empty):
                tree = TypeTree(annotation)
        except (NameError, AttributeError) as error:
            text = f"cannot be resolved: {error}"
            self.unresolved.append(self._problem(taken, text, _IMPORT_IT))
        except Exception as error:  # noqa: BLE001 - an annotation is any expression
            text = f"cannot be converted: {error}"
            problems.append(self._problem(taken, text, _CHANGE_IT))
        if tree is not None and self.kind == "disconnect":
            # A disconnect whose reason was not admitted would not reach its handler.
            refused = ", ".join(repr(one) for one in REASONS if not _admits(tree, one))
            if refused:
                text = f"does not admit {refused}"
                problems.append(self._problem(taken, text, "annotate `str`"))
        return tree

    def _wrong(self, text: str, hint: str, pattern: str | None = None) -> RouteError:
        return RouteError(text, pattern, self.owner, hint, place=self.place)

    def _problem(self, parameter: Parameter, text: str, hint: str) -> RouteError:
        shown = parameter.annotation
        if not isinstance(shown, str):
            shown = inspect.formatannotation(shown)
        what = f"the annotation `{shown}` of {parameter.name!r} {text}"
        return self._wrong(what, hint)


def read(
    function: Callable[..., Any],
    *,
    owner: str,
    kind: Kind = "event",
    leading: int = 0,
    bound: int = 1,
    typed: bool = True,
    names: Mapping[str, Any] | None = None,
    made: type[Signature] = Signature,
) -> Signature:
    """Read the signature of a function; what is wrong with it is in `problems`.

    It gets the `bound` arguments that Python fills in, then the `leading` ones, then
    the client's. Its annotations may use `names` besides those of its module.
    """
    taken, problems = Parameters(), [*unawaited(function)]
    try:
        taken = read_parameters(function, bound)
    except ValueError as error:
        problems.append(RouteError(f"its signature cannot be read: {error}"))
    else:
        problems += unfit(taken, kind, bound, leading)
    place = place_of(function)
    for problem in problems:
        problem.target, problem.place = owner, place
    taken = attrs.evolve(taken, positional=taken.positional[bound + leading :])
    return made(owner, kind, taken, typed, names or {}, tuple(problems), place)


def _admits(tree: TypeTree, value: Any) -> bool:
    try:
        tree.convert(tree.annotation, value)
    except INVALID:
        return False
    return True
