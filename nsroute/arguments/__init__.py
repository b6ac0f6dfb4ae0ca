"""Arguments: a signature, read once -> wire arguments to call arguments, and back.

`read` finds what is wrong with a signature when its class is defined. What is right is
compiled to `Signature.bind`, which checks the number of a client's arguments and makes
of them the objects that the handler declared. `to_wire` makes of what a handler gives
what a packet can carry.

- `parameters`: a function to its parameters, through its wrappers;
- `fitness`: whether it can be called as it will be;
- `shapes`: what an annotation is made of;
- `preparation`: an annotation to a type that msgspec converts as it should;
- `conversion`: that type to the function that converts;
- `explanation`: why a value was refused, problem by problem;
- `binding`: all of a handler's parameters to one function;
- `results`: the way back.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping
from inspect import Parameter
from typing import Any, get_origin

import attrs

from nsroute.arguments.binding import Bind, Slots, bind_event, bind_lifecycle
from nsroute.arguments.explanation import Outline
from nsroute.arguments.fitness import (
    REASONS,
    WIRE_NAMES,
    takes,
    unawaited,
    unfit,
)
from nsroute.arguments.parameters import Parameters, evaluate, read_parameters
from nsroute.arguments.preparation import Unconvertible
from nsroute.arguments.results import to_wire
from nsroute.arguments.shapes import name_of
from nsroute.errors import RouteError, nearest, raise_together
from nsroute.signals import Kind

__all__ = ["Bind", "Signature", "read", "takes", "to_wire", "unawaited"]

_NOTHING = Parameters((), None, frozenset(), frozenset(), {}, ())


@attrs.define(eq=False)
class Signature:
    """What a handler takes; made by `read`."""

    owner: str
    """The class and the method, such as `Room.message`."""
    kind: Kind
    """What it handles."""
    parameters: Parameters = attrs.field(repr=False)
    """What the wire and the pattern are to supply."""
    problems: tuple[RouteError, ...] = ()
    """All that was found wrong so far."""
    bind: Bind | None = attrs.field(default=None, repr=False)
    """Positional arguments in, as they came; out, as the handler declared them.

    They begin with those that the client did not send: the event's name, where
    `leading` says so. Of a connect they are `(auth,)`, of a disconnect `(reason,)`.
    None where they pass as they are, in any number.

    Raises `InvalidArguments`, and whatever a bug in the annotated classes raises.
    """
    is_pending: bool = False
    """Whether an annotation named what was not there when the class was defined."""
    leading: int = 0
    """How many arguments come before those of the client."""
    typed: bool = True
    """Whether its annotations are enforced."""
    names: Mapping[str, Any] = attrs.field(factory=dict[str, Any], repr=False)
    """Names that its annotations may use besides those of its module."""

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
        return [
            RouteError(
                f"nothing supplies the keyword-only parameter {name!r}",
                pattern=pattern,
                target=self.owner,
                hint=nearest(name, names) or cure,
            )
            for name in sorted(self.parameters.required_names.difference(names))
        ]

    def resolve(self) -> list[RouteError]:
        """Read the annotations that were pending; list what still cannot be."""
        if not self.is_pending:
            return []
        reading = _Reading(self)
        found = [*reading.problems, *reading.unresolved]
        if not found:
            self.is_pending = False
            self.bind = reading.compile()
        self.problems = tuple(found)
        return found


def read(
    function: Callable[..., Any],
    *,
    kind: Kind,
    owner: str,
    leading: int = 0,
    bound: int = 1,
    typed: bool = True,
    names: Mapping[str, Any] | None = None,
) -> Signature:
    """Read the signature of a handler.

    Args:
        function: The plain function from the class body.
        kind: What it handles.
        owner: The class and the method, qualified.
        leading: How many arguments it gets before those of the client.
        bound: How many parameters Python fills in: `self`.
        typed: Whether its annotations are enforced.
        names: Names that its annotations may use besides those of its module, such as
            those of the class body.
    """
    problems: list[RouteError] = []
    parameters = _NOTHING
    try:
        everything = read_parameters(function)
    except ValueError as error:
        problems.append(RouteError(f"its signature cannot be read: {error}"))
    else:
        problems.extend(unfit(function, everything, kind, bound + leading))
        parameters = everything.without(bound + leading) or _NOTHING
    for problem in problems:
        problem.target = owner
    signature = Signature(
        owner,
        kind,
        parameters,
        leading=leading,
        typed=typed,
        names=names or {},
    )
    reading = _Reading(signature)
    signature.problems = (*problems, *reading.problems)
    signature.is_pending = bool(reading.unresolved)
    signature.bind = _late(signature) if reading.unresolved else reading.compile()
    return signature


def _late(signature: Signature) -> Bind:
    """Resolve at the first call, for a class that no route table holds."""

    def bind(args: tuple[Any, ...]) -> tuple[Any, ...]:
        raise_together(f"{signature.owner} cannot be called", signature.resolve())
        return signature.bind(args) if signature.bind is not None else args

    return bind


class _Reading:
    """The annotations of a signature, read as far as they can be now."""

    def __init__(self, signature: Signature) -> None:
        self.signature = signature
        self.problems: list[RouteError] = []
        self.unresolved: list[RouteError] = []
        parameters = signature.parameters
        rest = parameters.rest
        wire_name = WIRE_NAMES.get(signature.kind)
        self.slots = Slots(
            outlines=(None,) * signature.leading
            + tuple(self.outline(one) for one in parameters.positional),
            least=signature.leading + parameters.required_count,
            is_open=rest is not None,
            rest=self.outline(rest) if rest is not None else None,
            leading=signature.leading,
            path=wire_name or "arguments[{}]",
        )

    def compile(self) -> Bind | None:
        """Make of what was read the function that binds."""
        if self.signature.kind == "event":
            return bind_event(self.slots)
        positional = self.signature.parameters.positional
        return bind_lifecycle(self.slots, positional[0].default if positional else None)

    def outline(self, parameter: Parameter) -> Outline | None:
        """Read one annotation; None where there is nothing to convert."""
        signature = self.signature
        if not signature.typed or parameter.annotation is Parameter.empty:
            return None
        namespace = signature.parameters.namespace
        try:
            annotation = evaluate(parameter.annotation, namespace, signature.names)
            if annotation in (Any, object):
                return None
            outline = Outline(annotation)
        except (NameError, AttributeError) as error:
            self.unresolved.append(
                self.problem(parameter, f"cannot be resolved: {error}", _IMPORT_IT)
            )
        except Unconvertible as error:
            self.problems.append(
                self.problem(parameter, f"cannot be converted: {error}", _CHANGE_IT)
            )
        except Exception as error:  # noqa: BLE001 - an annotation is any expression
            self.problems.append(
                self.problem(parameter, f"cannot be read: {error}", _CHANGE_IT)
            )
        else:
            self.check_reasons(parameter, outline)
            return outline
        return None

    def check_reasons(self, parameter: Parameter, outline: Outline) -> None:
        """Find the reasons of a disconnect that would not reach its handler."""
        if self.signature.kind != "disconnect":
            return
        refused = [one for one in REASONS if not outline.admits(one)]
        if refused:
            listed = ", ".join(map(repr, refused))
            self.problems.append(
                self.problem(parameter, f"does not admit {listed}", "annotate `str`")
            )

    def problem(self, parameter: Parameter, text: str, hint: str) -> RouteError:
        annotation = parameter.annotation
        what = f"the annotation `{_shown(annotation)}` of {parameter.name!r} {text}"
        return RouteError(what, target=self.signature.owner, hint=hint)


def _shown(annotation: Any) -> str:
    if isinstance(annotation, str):
        return annotation
    if isinstance(annotation, type) and get_origin(annotation) is None:
        return name_of(annotation)
    return inspect.formatannotation(annotation)


_IMPORT_IT = (
    "import or define it in the module of the class, not for type checkers only"
)
_CHANGE_IT = "annotate what the wire can carry, or leave the annotation out"
