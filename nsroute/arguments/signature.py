"""A function -> its `Signature`: what it takes, and what is wrong with it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping
from inspect import Parameter
from typing import Any, get_origin

import attrs

from nsroute.arguments.annotations import name_of
from nsroute.arguments.binding import ArgumentSpec, Bind
from nsroute.arguments.callables import unawaited
from nsroute.arguments.conversion import INVALID
from nsroute.arguments.parameters import (
    REASONS,
    WIRE_NAMES,
    Parameters,
    evaluate,
    read_parameters,
    unfit,
)
from nsroute.arguments.tree import TypeTree
from nsroute.errors import RouteError, nearest, raise_together
from nsroute.signals import Kind

_IMPORT_IT = (
    "import or define it in the module of the class, not for type checkers only"
)
_CHANGE_IT = "annotate what the wire can carry, or leave the annotation out"
_FORWARD_IT = "let the wrapper take **kwargs and pass them on"


@attrs.define(eq=False)
class Signature:
    """What a function takes; made by `read`."""

    owner: str
    """The class and the method, such as `Room.message`."""
    kind: Kind
    """What it handles."""
    parameters: Parameters = attrs.field(repr=False)
    """What the wire and the pattern are to supply."""
    typed: bool = True
    """Whether its annotations are enforced."""
    names: Mapping[str, Any] = attrs.field(factory=dict[str, Any], repr=False)
    """Names that its annotations may use besides those of its module."""
    problems: tuple[RouteError, ...] = ()
    """All that was found wrong so far."""
    bind: Bind | None = attrs.field(default=None, repr=False)
    """The client's arguments in, as they came; out, as the function declares them.

    Of a connect they are `(auth,)`, of a disconnect `(reason,)`. None where they pass
    as they are, in any number.

    Raises `InvalidArguments`, and whatever a bug in the annotated classes raises.
    """
    is_pending: bool = False
    """Whether an annotation named what was not there when the class was defined."""

    def __attrs_post_init__(self) -> None:
        problems, _ = self._compile()
        self.problems = (*self.problems, *problems)

    @property
    def params(self) -> frozenset[str]:
        """The keyword-only parameters: they get the parameters of the pattern."""
        return self.parameters.required_names | self.parameters.optional_names

    def check(
        self,
        names: Collection[str],
        pattern: str | None = None,
        cure: str = "the pattern has no such parameter",
    ) -> list[RouteError]:
        """Find keyword-only parameters that the pattern's parameters do not supply.

        Args:
            names: Those of the pattern's parameters.
            pattern: The pattern, for the error.
            cure: What to do where no name is near.
        """
        missing = self.parameters.required_names.difference(names)
        blocked = self.parameters.blocked_names.intersection(names)
        nothing = "nothing supplies the keyword-only parameter"
        wrapper = "its wrapper does not pass on the keyword-only parameter"
        found = [(nothing, one, nearest(one, names) or cure) for one in sorted(missing)]
        found += [(wrapper, one, _FORWARD_IT) for one in sorted(blocked)]
        return [
            RouteError(f"{text} {one!r}", pattern=pattern, target=self.owner, hint=hint)
            for text, one, hint in found
        ]

    def resolve(self) -> list[RouteError]:
        """Read the annotations that were pending; return what still cannot be."""
        if not self.is_pending:
            return []
        problems, unresolved = self._compile()
        self.problems = (*problems, *unresolved)
        return list(self.problems)

    def evaluate(self, annotation: Any) -> Any:
        """Resolve the forward references in an annotation of the function.

        Raises:
            NameError: If a name is not there (yet).
        """
        return evaluate(annotation, self.parameters.globals, self.names)

    def _compile(self) -> tuple[list[RouteError], list[RouteError]]:
        """Make `bind`; return what is wrong, and what may be right later."""
        problems: list[RouteError] = []
        unresolved: list[RouteError] = []
        taken = self.parameters
        spec = ArgumentSpec(
            trees=tuple(self._tree(p, problems, unresolved) for p in taken.positional),
            least=taken.required_count,
            is_open=taken.rest is not None,
            rest=self._tree(taken.rest, problems, unresolved),
            path=WIRE_NAMES.get(self.kind, "arguments"),
        )
        self.is_pending = bool(unresolved)
        if unresolved:
            self.bind = self._bind_late
        elif self.kind != "event":
            default = taken.positional[0].default if taken.positional else None
            self.bind = spec.bind_lifecycle(default)
        else:
            self.bind = None if taken.is_uncounted else spec.bind_event()
        return problems, unresolved

    def _bind_late(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """Resolve at the first call, for a class that no route table holds."""
        raise_together(f"{self.owner} cannot be called", self.resolve())
        return self.bind(args) if self.bind is not None else args

    def _tree(
        self,
        parameter: Parameter | None,
        problems: list[RouteError],
        unresolved: list[RouteError],
    ) -> TypeTree | None:
        """Read one annotation; None where there is nothing to convert."""
        if parameter is None or not self.typed:
            return None
        try:
            annotation = self.evaluate(parameter.annotation)
            if annotation in (Any, object, Parameter.empty):
                return None
            tree = TypeTree(annotation)
        except (NameError, AttributeError) as error:
            text = f"cannot be resolved: {error}"
            unresolved.append(self._problem(parameter, text, _IMPORT_IT))
            return None
        except Exception as error:  # noqa: BLE001 - an annotation is any expression
            text = f"cannot be converted: {error}"
            problems.append(self._problem(parameter, text, _CHANGE_IT))
            return None
        # A disconnect whose reason was not admitted would not reach its handler.
        reasons = REASONS if self.kind == "disconnect" else ()
        refused = ", ".join(repr(one) for one in reasons if not _admits(tree, one))
        if refused:
            text = f"does not admit {refused}"
            problems.append(self._problem(parameter, text, "annotate `str`"))
        return tree

    def _problem(self, parameter: Parameter, text: str, hint: str) -> RouteError:
        shown = _shown(parameter.annotation)
        what = f"the annotation `{shown}` of {parameter.name!r} {text}"
        return RouteError(what, target=self.owner, hint=hint)


def read(
    function: Callable[..., Any],
    *,
    owner: str,
    kind: Kind = "event",
    leading: int = 0,
    bound: int = 1,
    typed: bool = True,
    names: Mapping[str, Any] | None = None,
) -> Signature:
    """Read the signature of a function; what is wrong with it is in `problems`.

    Args:
        function: The plain function from the class body.
        owner: The class and the method, qualified.
        kind: What it handles.
        leading: How many arguments it gets before those of the client.
        bound: How many parameters Python fills in: `self`.
        typed: Whether its annotations are enforced.
        names: Names that its annotations may use besides those of its module, such as
            those of the class body.
    """
    parameters = None
    try:
        parameters = read_parameters(function, bound).without(bound + leading)
    except ValueError as error:
        problems = [RouteError(f"its signature cannot be read: {error}")]
    else:
        problems = [*unawaited(function), *unfit(parameters, kind, bound + leading)]
    for problem in problems:
        problem.target = owner
    taken = parameters or Parameters()
    return Signature(owner, kind, taken, typed, names or {}, tuple(problems))


def _admits(tree: TypeTree, value: Any) -> bool:
    try:
        tree.convert(value)
    except INVALID:
        return False
    return True


def _shown(annotation: Any) -> str:
    if isinstance(annotation, str):
        return annotation
    if isinstance(annotation, type) and get_origin(annotation) is None:
        return name_of(annotation)
    return inspect.formatannotation(annotation)
