"""Assertions on dispatches, answers and emitted events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypedDict, Unpack

from nsroute.errors import nearest
from nsroute.signals import Dispatch, Kind, Outcome
from nsroute.testing.client import RouterClient
from nsroute.testing.received import ConnectAnswer, Received, describe_refusal

_SHOWN: Final = 20
_ANY: Final[Any] = object()


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
        event: The name of the event.
        count: How many dispatches must fit; by default at least one.
        **expected: Other fields: `outcome="ok"`, `namespace="/rooms/1"`.

    Raises:
        ValueError: If `count` is not positive.
    """
    __tracebackhide__ = True
    if count is not None and count < 1:
        raise ValueError("count must be positive; for none, use assert_not_dispatched")
    captured, wanted = list(dispatches), _wanted(event, expected)
    found = [one for one in captured if not _differences(one, wanted)]
    if found and count in (None, len(found)):
        return found[0]
    but = "" if count is None else f", not {count}"
    raise AssertionError(_report_dispatches(len(found), but, captured, wanted))


def assert_not_dispatched(
    dispatches: Iterable[Dispatch], event: Any = _ANY, **expected: Unpack[Expected]
) -> None:
    """Assert that no dispatch fits; the arguments are those of `assert_dispatched`."""
    __tracebackhide__ = True
    captured, wanted = list(dispatches), _wanted(event, expected)
    found = [one for one in captured if not _differences(one, wanted)]
    if found:
        raise AssertionError(_report_dispatches(len(found), "", captured, wanted))


def assert_accepted(answer: ConnectAnswer) -> str:
    """Assert that `RouterClient.connect` was accepted, and return the session id."""
    __tracebackhide__ = True
    if answer.sid is None:
        raise AssertionError(describe_refusal(answer))
    return answer.sid


def assert_refused(
    answer: ConnectAnswer,
    message: str | None = None,
    *,
    code: str | None = None,
    data: Any = _ANY,
) -> Any:
    """Assert that `RouterClient.connect` was refused, and return the refusal's data.

    Args:
        answer: The answer of `connect`.
        message: The message that is expected.
        code: The code that is expected, of a refusal by an `EventError`.
        data: The data that is expected.
    """
    __tracebackhide__ = True
    if answer.accepted:
        raise AssertionError(f"{answer.namespace} accepted the client")
    problems = [
        f"{name} is {found!r}, not {wanted!r}"
        for name, found, wanted, any_ in (
            ("its message", answer.message, message, None),
            ("its code", _code(answer.data), code, None),
            ("its data", answer.data, data, _ANY),
        )
        if wanted is not any_ and found != wanted
    ]
    if problems:
        raise AssertionError(
            f"{answer.namespace} refused the client, but {' and '.join(problems)}"
        )
    return answer.data


def assert_emitted(
    client: RouterClient,
    event: str,
    *args: Any,
    namespace: str | None = None,
    within: float = 0.0,
) -> Received:
    """Assert that a client has received an event, and return it.

    The assertion takes the event, so a second assertion needs a second event.
    `client.received()` takes all events.

    Args:
        client: The client.
        event: The name of the event.
        *args: Its arguments; without them, any arguments fit.
        namespace: The namespace that it came from; None for any.
        within: Seconds to wait for an event that a background task emits.
    """
    __tracebackhide__ = True
    found = client.inbox.wait(_fits(event, args, namespace), within)
    if found is None:
        wanted = f"{event}({', '.join(map(repr, args))})"
        wanted += f" in {namespace}" if namespace else ""
        raise AssertionError(_report_received(f"not received {wanted}", client, event))
    return found


def assert_not_emitted(
    client: RouterClient, event: str, *args: Any, namespace: str | None = None
) -> None:
    """Assert that a client has not received an event, except for those already taken.

    The arguments are those of `assert_emitted`.
    """
    __tracebackhide__ = True
    found = next(filter(_fits(event, args, namespace), client.inbox), None)
    if found is not None:
        raise AssertionError(_report_received(f"received {found}", client, event))


def _wanted(event: Any, expected: Expected) -> dict[str, Any]:
    unknown = expected.keys() - Expected.__annotations__
    if unknown:
        raise TypeError(f"a dispatch has no {', '.join(sorted(unknown))}")
    return {**expected} if event is _ANY else {"event": event, **expected}


def _differences(dispatch: Dispatch, wanted: Mapping[str, Any]) -> list[str]:
    """Return the fields that are not as wanted, as they are."""
    return [
        f"{name}={getattr(dispatch, name)!r}"
        for name, value in wanted.items()
        if not _equals(getattr(dispatch, name), value)
    ]


def _equals(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, type) and issubclass(wanted, BaseException):
        return isinstance(found, wanted)
    return bool(found == wanted)


def _report_dispatches(
    number: int, but: str, captured: Sequence[Dispatch], wanted: Mapping[str, Any]
) -> str:
    verb = "dispatches fit" if number > 1 else "dispatch fits"
    fields = ", ".join(f"{name}={value!r}" for name, value in wanted.items()) or "any"
    text = f"{number or 'no'} {verb}{but}: {fields}"
    if not captured:
        return f"{text}; nothing was dispatched"
    verdicts = [", ".join(_differences(one, wanted)) or "fits" for one in captured]
    lines = [_line(*pair) for pair in zip(captured, verdicts, strict=True)]
    return _listing(f"{text}; of these:", lines)


def _line(one: Dispatch, verdict: str) -> str:
    target = one.target or "no route"
    code = f" ({one.code})" if one.code not in (None, "refused") else ""
    what = f"{one.kind} {one.event!r} in {one.namespace} -> {target}"
    return f"{what}: {one.outcome}{code}  <- {verdict}"


def _code(data: Any) -> Any:
    """Return the code that an `EventError` puts into the data of a refusal."""
    try:
        return data["code"]
    except (TypeError, LookupError):
        return None


def _fits(
    event: str, args: tuple[Any, ...], namespace: str | None
) -> Callable[[Received], bool]:
    return lambda one: (
        one.event == event
        and namespace in (None, one.namespace)
        and (not args or one.args == args)
    )


def _report_received(text: str, client: RouterClient, event: str) -> str:
    events = list(client.inbox)
    if not events:
        return f"the client has {text}; nothing is there"
    names = {one.event for one in events}
    hint = None if event in names else nearest(event, names)
    there = f"; {hint} There is:" if hint else "; there is:"
    return _listing(f"the client has {text}{there}", list(map(str, events)))


def _listing(text: str, lines: Sequence[str]) -> str:
    more = [f"… and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []
    return "\n  ".join([text, *lines[:_SHOWN], *more])
