"""`capture_dispatches`, and assertions on dispatches, answers and emitted events."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import Any, Final, TypedDict, Unpack, cast

from blinker import ANY

from nsroute.arguments import to_wire
from nsroute.errors import nearest
from nsroute.namespace import RoutedNamespace, ServerEvent
from nsroute.router import MetaRouter
from nsroute.signals import Dispatch, Kind, Outcome, dispatched
from nsroute.testing.client import RouterClient
from nsroute.testing.received import ConnectAnswer, Received

_SHOWN: Final = 20
_ANY: Final[Any] = object()


@contextmanager
def capture_dispatches(
    sender: MetaRouter | RoutedNamespace | None = None,
) -> Generator[list[Dispatch], None, None]:
    """Collect the finished dispatches of a router while a block runs.

    The list grows as they finish. A connect is finished once its answer has been sent.
    `sender` is the router, or the object of a namespace that is served without one;
    None collects all dispatches.
    """
    # Whatever else is given would capture nothing, without an error.
    if not isinstance(sender, MetaRouter | RoutedNamespace | None):  # pyright: ignore[reportUnnecessaryIsInstance] - users' tests have no types
        wanted = "a MetaRouter, a RoutedNamespace object that is served without one"
        raise TypeError(f"capture_dispatches takes {wanted}, or None, not {sender!r}")
    captured: list[Dispatch] = []

    def receive(_: object, dispatch: Dispatch) -> None:
        captured.append(dispatch)

    with dispatched.connected_to(receive, ANY if sender is None else sender):
        yield captured


class Expected(TypedDict, total=False):
    """Fields of a finished dispatch that an assertion compares."""

    kind: Kind
    namespace: str
    pattern: str | None
    params: Mapping[str, Any]
    sid: str | None
    args: tuple[Any, ...]
    target: str | None
    instance: Any
    outcome: Outcome
    error: BaseException | type[BaseException] | None
    """An exception, or a class of exceptions."""
    code: str | None


def assert_dispatched(
    dispatches: Iterable[Dispatch],
    event: Any = _ANY,
    *,
    count: int | None = None,
    **expected: Unpack[Expected],
) -> Dispatch:
    """Assert that an event was dispatched, and return the first dispatch that fits.

    Args:
        dispatches: The list of `capture_dispatches`.
        event: The name of the event; without it, any event fits.
        count: How many dispatches must fit; by default at least one.
        **expected: Other fields: `outcome="ok"`, `namespace="/rooms/1"`.
    """
    __tracebackhide__ = True
    if count is not None and count < 1:
        raise ValueError("count must be positive; for none, use assert_not_dispatched")
    found, report = _compare(dispatches, event, expected, count)
    if found and count in (None, len(found)):
        return found[0]
    raise AssertionError(report)


def assert_not_dispatched(
    dispatches: Iterable[Dispatch], event: Any = _ANY, **expected: Unpack[Expected]
) -> None:
    """Assert that no dispatch fits; the arguments are those of `assert_dispatched`."""
    __tracebackhide__ = True
    found, report = _compare(dispatches, event, expected)
    if found:
        raise AssertionError(report)


def assert_accepted(answer: ConnectAnswer) -> str:
    """Assert that `RouterClient.connect` was accepted, and return the session id."""
    __tracebackhide__ = True
    if answer.sid is None:
        raise AssertionError(str(answer))
    return answer.sid


def assert_refused(
    answer: ConnectAnswer,
    message: str | None = None,
    *,
    code: str | None = None,
    data: Any = _ANY,
) -> Any:
    """Assert that `RouterClient.connect` was refused, and return the refusal's data.

    What is given must be that of the refusal; only an `EventError` has a `code`.
    """
    __tracebackhide__ = True
    told = answer.data
    refusal = cast("dict[str, Any]", told) if isinstance(told, dict) else {}
    problems = [
        f"its {name} is not {wanted!r}"
        for name, differs, wanted in (
            ("message", message not in (None, answer.message), message),
            ("code", code not in (None, refusal.get("code")), code),
            ("data", data is not _ANY and data != told, data),
        )
        if differs
    ]
    if answer.accepted or problems:
        raise AssertionError("; ".join([str(answer), *problems]))
    return answer.data


def assert_emitted(
    client: RouterClient,
    event: str | ServerEvent[Any, Any],
    *args: Any,
    namespace: str | None = None,
    within: float = 0.0,
) -> Received:
    """Assert that a client has received an event, and return it.

    The assertion takes the event, so a second assertion needs a second event. Without
    arguments, any arguments fit; without a namespace, any namespace. `within` is how
    many seconds to wait for an event that a background task emits.

    The event is its name, or what `emits` has declared, such as `Room.said`. Then the
    arguments are those of the method: typed objects, defaults left out.
    """
    __tracebackhide__ = True
    event, args = _on_wire(event, args)
    fits, end = _fits(event, args, namespace), monotonic() + within
    while not (found := list(filter(fits, client.inbox))) and monotonic() < end:
        cast("Any", client.socketio).sleep(0.01)
    if not found:
        wanted = f"{event}({', '.join(map(repr, args))})" if args else f"any {event!r}"
        wanted += f" in {namespace}" if namespace else ""
        raise AssertionError(_report_received(f"not received {wanted}", client, event))
    client.inbox.remove(found[0])
    return found[0]


def assert_not_emitted(
    client: RouterClient,
    event: str | ServerEvent[Any, Any],
    *args: Any,
    namespace: str | None = None,
) -> None:
    """Assert that a client has not received an event, except for those already taken.

    The arguments are those of `assert_emitted`.
    """
    __tracebackhide__ = True
    event, args = _on_wire(event, args)
    found = next(filter(_fits(event, args, namespace), client.inbox), None)
    if found is not None:
        raise AssertionError(_report_received(f"received {found}", client, event))


def _compare(
    dispatches: Iterable[Dispatch],
    event: Any,
    expected: Expected,
    count: int | None = None,
) -> tuple[list[Dispatch], str]:
    """Return the dispatches that fit, and a report of all."""
    unknown = expected.keys() - Expected.__annotations__
    if unknown:
        raise TypeError(f"a dispatch has no {', '.join(sorted(unknown))}")
    wanted = {**expected} if event is _ANY else {"event": event, **expected}
    captured = [(one, _differences(one, wanted)) for one in dispatches]
    found = [one for one, differences in captured if not differences]
    fields = ", ".join(f"{name}={value!r}" for name, value in wanted.items()) or "any"
    lines = [f"{_line(one)}  <- {differs or 'fits'}" for one, differs in captured]
    verb = "dispatches fit" if len(found) > 1 else "dispatch fits"
    but = "" if count is None else f", not {count}"
    return found, _listing(f"{len(found) or 'no'} {verb}{but}: {fields}", lines)


def _differences(dispatch: Dispatch, wanted: Mapping[str, Any]) -> str:
    """Return the fields that are not as wanted, as they are."""
    return ", ".join(
        f"{name}={getattr(dispatch, name)!r}"
        for name, value in wanted.items()
        if not _equals(getattr(dispatch, name), value)
    )


def _equals(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, type) and issubclass(wanted, BaseException):
        return isinstance(found, wanted)
    return bool(found == wanted)


def _line(one: Dispatch) -> str:
    code = f" ({one.code})" if one.code not in (None, "refused") else ""
    what = f"{one.kind} {one.event!r} in {one.namespace}"
    return f"{what} -> {one.target or 'no route'}: {one.outcome}{code}"


def _on_wire(
    event: str | ServerEvent[Any, Any], args: tuple[Any, ...]
) -> tuple[str, tuple[Any, ...]]:
    """Return the name of an event, and its arguments as a client receives them."""
    if not isinstance(event, ServerEvent):
        return event, args
    sent = event.signature.wire_args(args, {}) if args else ()
    return event.event, tuple(to_wire(one) for one in sent)


def _fits(
    event: str, args: tuple[Any, ...], namespace: str | None
) -> Callable[[Received], bool]:
    return lambda one: (
        one.event == event
        and namespace in (None, one.namespace)
        and (not args or one.args == args)
    )


def _report_received(text: str, client: RouterClient, event: str) -> str:
    names = {one.event for one in client.inbox}
    hint = None if event in names else nearest(event, names)
    told = f"the client has {text} ({hint})" if hint else f"the client has {text}"
    if not client.namespaces:
        told = "; ".join([told, *map(str, client.refusals)])
    return _listing(told, list(map(str, client.inbox)))


def _listing(text: str, lines: Sequence[str]) -> str:
    shown = [f"{text}; there is{':' if lines else ' nothing'}", *lines[:_SHOWN]]
    more = [f"… and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []
    return "\n  ".join(shown + more)
