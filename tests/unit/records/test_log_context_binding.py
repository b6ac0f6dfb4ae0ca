"""What a handler's own log lines carry."""

from __future__ import annotations

from contextvars import copy_context
from typing import Any

import pytest
import structlog
from structlog.contextvars import bind_contextvars, get_contextvars

from nsroute.records import bind_log_context, unbind_log_context


def test_log_lines_carry_the_client_and_the_event() -> None:
    """What is bound is what structlog gives, beside what was bound before."""

    def handler() -> dict[str, Any]:
        bind_contextvars(user="ada")
        bind_log_context("/rooms/1", "abc", "say")
        return get_contextvars()

    expected = {
        "user": "ada",
        "namespace": "/rooms/1",
        "sid": "abc",
        "sio_event": "say",
    }
    assert copy_context().run(handler) == expected


def test_what_is_bound_ends_with_its_context() -> None:
    """Nothing stays bound where the context that it was bound in was a copy."""
    copy_context().run(bind_log_context, "/rooms/1", "abc", "say")
    assert "sid" not in get_contextvars()


@pytest.mark.parametrize("sid", ["abc", None])
def test_what_was_bound_before_is_bound_again_afterwards(sid: str | None) -> None:
    """The same names included; without a sid there is none meanwhile."""

    def handler() -> Any:
        bind_contextvars(sid="somebody", sio_event="before")
        before = get_contextvars()
        bound = bind_log_context("/rooms/1", sid, "say")
        meanwhile = get_contextvars()
        unbind_log_context(bound)
        return get_contextvars() == before, meanwhile.get("sid")

    assert copy_context().run(handler) == (True, sid)


def test_what_is_bound_can_be_bound_anew_and_reset() -> None:
    """The variables are structlog's own, for all of its functions."""

    def handler() -> Any:
        bind_log_context("/rooms/1", "abc", "say")
        with structlog.contextvars.bound_contextvars(sid="other"):
            inner = get_contextvars()["sid"]
        return [inner, get_contextvars()["sid"]]

    assert copy_context().run(handler) == ["other", "abc"]


@pytest.mark.parametrize(
    "namespace, bound",
    [
        ("/" + "x" * 5000, "/" + "x" * 198 + "…"),
        ("/a\x1b[31m\u202e", r"/a\x1b[31m\u202e"),
    ],
)
def test_a_namespace_that_a_stranger_made_up_is_escaped_and_cut(
    namespace: str, bound: str
) -> None:
    """The namespace of a log line is as safe as that of the record."""

    def handler() -> Any:
        bind_log_context(namespace, "abc", "say")
        return get_contextvars()["namespace"]

    assert copy_context().run(handler) == bound
