"""Assertions on what was dispatched, refused and emitted; they say what there was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TypedDict, Unpack

from nsroute.signals import Dispatch, Kind, Outcome
from nsroute.testing.answers import ConnectAnswer
from nsroute.testing.client import RouterClient
from nsroute.testing.inbox import Received

__all__ = [
    "Expected",
    "assert_accepted",
    "assert_dispatched",
    "assert_emitted",
    "assert_not_dispatched",
    "assert_not_emitted",
    "assert_refused",
]

_SHOWN: Final = 20
_ANY: Final[Any] = object()


class Expected(TypedDict, total=False):
    """Fields of a finished dispatch that an assertion looks at."""

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
    """Assert that an event was dispatched; give the first dispatch that fits.

    Args:
        dispatches: What `capture_dispatches` gave.
        event: The event's name.
        count: How many fit; by default at least one.
        **expected: What other fields must be: `outcome="ok"`, `namespace="/rooms/1"`.

    Raises:
        AssertionError: If none fits, or another number than `count`.
        ValueError: If `count` is not positive.
    """
    __tracebackhide__ = True
    if count is not None and count < 1:
        raise ValueError("that no dispatch fits is for assert_not_dispatched to say")
    captured = list(dispatches)
    wanted = _wanted(event, expected)
    found = [one for one in captured if not _differences(one, wanted)]
    if found and count in (None, len(found)):
        return found[0]
    number = "no dispatch fits" if not found else f"{len(found)} dispatches fit"
    if count is not None:
        number += f", not {count}"
    raise AssertionError(_told(f"{number}: {_spelled(wanted)}", captured, wanted))


def assert_not_dispatched(
    dispatches: Iterable[Dispatch], event: Any = _ANY, **expected: Unpack[Expected]
) -> None:
    """Assert that no event was dispatched that fits.

    Args:
        dispatches: What `capture_dispatches` gave.
        event: The event's name.
        **expected: What other fields must be.

    Raises:
        AssertionError: If one fits.
    """
    __tracebackhide__ = True
    captured = list(dispatches)
    wanted = _wanted(event, expected)
    found = [one for one in captured if not _differences(one, wanted)]
    if found:
        number = (
            "a dispatch fits" if len(found) == 1 else f"{len(found)} dispatches fit"
        )
        raise AssertionError(_told(f"{number}: {_spelled(wanted)}", captured, wanted))


def assert_accepted(answer: ConnectAnswer) -> str:
    """Assert that a namespace took a client in; give the client's session id there.

    Args:
        answer: What `RouterClient.connect` gave.

    Raises:
        AssertionError: If it refused.
    """
    __tracebackhide__ = True
    if answer.sid is None:
        raise AssertionError(f"{answer.namespace} refused the client{_reason(answer)}")
    return answer.sid


def assert_refused(
    answer: ConnectAnswer,
    message: str | None = None,
    *,
    code: str | None = None,
    data: Any = _ANY,
) -> Any:
    """Assert that a namespace refused a client; give the data of the refusal.

    Args:
        answer: What `RouterClient.connect` gave.
        message: What the message must be.
        code: What the code must be, of a refusal by an `EventError`.
        data: What the data must be.

    Raises:
        AssertionError: If it took the client in, or refused it in another way.
    """
    __tracebackhide__ = True
    if answer.accepted:
        raise AssertionError(f"{answer.namespace} took the client in")
    found = _code(answer.data)
    problems = [
        f"{name} is {is_!r}, not {wanted!r}"
        for name, is_, wanted, ask in (
            ("its message", answer.message, message, message is not None),
            ("its code", found, code, code is not None),
            ("its data", answer.data, data, data is not _ANY),
        )
        if ask and is_ != wanted
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
    """Assert that a client has received an event; take it out and give it.

    A second assertion needs a second event. `client.received()` takes all.

    Args:
        client: The client.
        event: The event's name.
        *args: Its arguments; if none are given, they may be any.
        namespace: Where it came from; None for anywhere.
        within: How many seconds to wait for what a background task emits.

    Raises:
        AssertionError: If it has not, or somebody took it out before.
    """
    __tracebackhide__ = True
    found = client.inbox.take(
        lambda one: _is_wanted(one, event, args, namespace), within
    )
    if found is None:
        wanted = _call(event, args) + (f" in {namespace}" if namespace else "")
        raise AssertionError(_heard(f"the client has not received {wanted}", client))
    return found


def assert_not_emitted(
    client: RouterClient, event: str, *args: Any, namespace: str | None = None
) -> None:
    """Assert that a client has not received an event, but for what was taken out.

    Args:
        client: The client.
        event: The event's name.
        *args: Its arguments; if none are given, they may be any.
        namespace: Where it came from; None for anywhere.

    Raises:
        AssertionError: If it has.
    """
    __tracebackhide__ = True
    for one in client.inbox:
        if _is_wanted(one, event, args, namespace):
            wanted = _call(one.event, one.args)
            told = f"the client has received {wanted} in {one.namespace}"
            raise AssertionError(_heard(told, client))


def _wanted(event: Any, expected: Expected) -> dict[str, Any]:
    wanted: dict[str, Any] = {} if event is _ANY else {"event": event}
    unknown = expected.keys() - Expected.__annotations__
    if unknown:
        raise TypeError(f"a dispatch has no {', '.join(sorted(unknown))}")
    return {**wanted, **expected}


def _differences(dispatch: Dispatch, wanted: Mapping[str, Any]) -> list[str]:
    return [
        name
        for name, value in wanted.items()
        if not _equals(getattr(dispatch, name), value)
    ]


def _equals(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, type) and issubclass(wanted, BaseException):
        return isinstance(found, wanted)
    return bool(found == wanted)


def _spelled(wanted: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in wanted.items()) or "any"


def _told(text: str, captured: Sequence[Dispatch], wanted: Mapping[str, Any]) -> str:
    """Add to a text what was dispatched, and how each dispatch differs."""
    if not captured:
        return f"{text}; nothing was dispatched"
    lines = [_line(one, _differences(one, wanted)) for one in captured[:_SHOWN]]
    if len(captured) > _SHOWN:
        lines.append(f"… and {len(captured) - _SHOWN} more")
    return "\n  ".join([f"{text}; of these:", *lines])


def _line(dispatch: Dispatch, differences: Sequence[str]) -> str:
    told = f" ({dispatch.code})" if dispatch.code not in (None, "refused") else ""
    line = (
        f"{dispatch.kind} {dispatch.event!r} in {dispatch.namespace} -> "
        f"{dispatch.target or 'no route'}: {dispatch.outcome}{told}"
    )
    if not differences:
        return f"{line}  <- fits"
    is_not = [f"{name}={getattr(dispatch, name)!r}" for name in differences]
    return f"{line}  <- {', '.join(is_not)}"


def _code(data: Any) -> Any:
    """Give the code that an `EventError` puts into the data of a refusal."""
    try:
        return data["code"]
    except (TypeError, LookupError):
        return None


def _reason(answer: ConnectAnswer) -> str:
    told = f": {answer.message}" if answer.message else ""
    return told if answer.data is None else f"{told} {answer.data!r}"


def _is_wanted(
    one: Received, event: str, args: tuple[Any, ...], namespace: str | None
) -> bool:
    if one.event != event or namespace not in (None, one.namespace):
        return False
    return not args or one.args == args


def _call(event: str, args: Iterable[Any]) -> str:
    return f"{event}({', '.join(map(repr, args))})"


def _heard(text: str, client: RouterClient) -> str:
    """Add to a text what a client has received."""
    waiting = list(client.inbox)
    lines = [
        f"{_call(one.event, one.args)} in {one.namespace}" for one in waiting[:_SHOWN]
    ]
    if not lines:
        return f"{text}; nothing is there"
    if len(waiting) > _SHOWN:
        lines.append(f"… and {len(waiting) - _SHOWN} more")
    return "\n  ".join([f"{text}; there is:", *lines])
