"""The signature of an event that the server sends: what it carries, what answers it.

It is read as a handler's is. A call of the method becomes wire arguments, with the
defaults filled in; a client's answer becomes what the return annotation declares.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from inspect import Parameter
from types import NoneType
from typing import Any, Final, cast

import attrs

from nsroute.arguments.annotations import bare, origin_of
from nsroute.arguments.binding import ArgumentSpec, Bind
from nsroute.arguments.signature import Signature, read
from nsroute.errors import InvalidAnswer, InvalidArguments, RouteError

_IMPORT_IT: Final = "import it in the module of the class, not for type checkers only"
_POSITIONAL: Final = "an event carries positional arguments alone"


@attrs.define(eq=False)
class EmittedSignature(Signature):
    """What a declared event carries, and what answers it; made by `read_emitted`."""

    has_answer: bool | None = attrs.field(init=False, default=None)
    """Whether a client answers it; None where no annotation says."""
    _is_several: bool = attrs.field(init=False, default=False, repr=False)
    _answer: Bind | None = attrs.field(init=False, default=None, repr=False)

    def wire_args(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Return what a call of the method sends, defaults included.

        Raises:
            TypeError: If it cannot be called so.
        """
        taken = self.parameters
        if not kwargs and taken.rest is None and len(args) == len(taken.positional):
            return args
        rest = () if taken.rest is None else (taken.rest,)
        signature = inspect.Signature([*taken.positional, *rest])
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{self.owner}{signature}: {error}") from None
        bound.apply_defaults()
        return bound.args

    def checked_answer(self, answer: Any) -> Any:
        """Return a client's answer as the annotation declares it.

        A tuple is several values, as upstream returns them.

        Raises:
            InvalidAnswer: If it is something else.
        """
        if self._answer is None:
            return answer
        several = isinstance(answer, tuple)
        values = cast("tuple[Any, ...]", answer if several else (answer,))
        if self._is_several:
            values = ([] if answer is None else [*values],)
        elif len(values) != 1:
            text = f"Expected 1 value, got {len(values)}"
            raise InvalidAnswer(self.owner, [("answer", text)], f"answer: {text}")
        try:
            return self._answer(values)[0]
        except InvalidArguments as error:
            problems = [(one["path"], one["message"]) for one in error.details]
            raise InvalidAnswer(self.owner, problems, error.summary) from error

    def _compile(self) -> list[RouteError]:
        """Read the annotations; return what is wrong, but for what may be right later.

        What is sent need not be what a client could send: its classes are not checked.
        """
        problems: list[RouteError] = []
        self.unresolved: list[RouteError] = []
        taken = self.parameters
        for one in (*taken.positional, *([taken.rest] if taken.rest else ())):
            self._read(one, problems)
        self._compile_answer(problems)
        return problems

    def _compile_answer(self, problems: list[RouteError]) -> None:
        returns = self.parameters.returns
        if returns is Parameter.empty:
            return
        shown = Parameter("return", Parameter.POSITIONAL_ONLY, annotation=returns)
        result = bare(self._read(shown, problems))
        self.has_answer = result not in (None, NoneType)
        origin = origin_of(result)
        self._is_several = isinstance(origin, type) and issubclass(origin, tuple)
        tree = None if self.unresolved or problems else self._tree(shown, problems)
        if tree is not None:
            spec = ArgumentSpec((tree,), None, 1, is_open=False, path="answer")
            self._answer = spec.bind_event()

    def _read(self, parameter: Parameter, problems: list[RouteError]) -> Any:
        """Evaluate an annotation; return it as written where that fails."""
        if not self.typed:
            return parameter.annotation
        try:
            return self.evaluate(parameter.annotation)
        except (NameError, AttributeError) as error:
            text = f"cannot be resolved: {error}"
            self.unresolved.append(self._problem(parameter, text, _IMPORT_IT))
        except Exception as error:  # noqa: BLE001 - an annotation is any expression
            text = f"cannot be read: {error}"
            problems.append(self._problem(parameter, text, "annotate a type"))
        return parameter.annotation


def read_emitted(
    function: Callable[..., Any],
    *,
    owner: str,
    typed: bool = True,
    names: Mapping[str, Any] | None = None,
) -> EmittedSignature:
    """Read the signature of an event's method; what is wrong is in `problems`."""
    found = read(function, owner=owner, typed=typed, names=names, made=EmittedSignature)
    found.problems += tuple(_unsendable(function, owner))
    return cast("EmittedSignature", found)


def _unsendable(function: Callable[..., Any], owner: str) -> Iterator[RouteError]:
    """Find parameters that no argument on the wire stands for."""
    for one in inspect.signature(function).parameters.values():
        if one.kind is Parameter.KEYWORD_ONLY:
            text = f"{_POSITIONAL}, and {one.name!r} is keyword-only"
            hint = "a parameter of the pattern is in the namespace's name already"
            yield RouteError(text, target=owner, hint=hint)
        elif one.kind is Parameter.VAR_KEYWORD:
            yield RouteError(f"{_POSITIONAL}, and it takes **{one.name}", target=owner)
