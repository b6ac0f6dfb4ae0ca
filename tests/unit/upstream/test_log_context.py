"""What a handler's own log lines carry."""

from __future__ import annotations

from contextvars import copy_context
from typing import Any

import structlog
from structlog.contextvars import bind_contextvars, get_contextvars

from nsroute.upstream.log_context import bind_log_context


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


def test_what_is_bound_can_be_bound_anew_and_reset() -> None:
    """The variables are structlog's own, for all of its functions."""

    def handler() -> Any:
        bind_log_context("/rooms/1", "abc", "say")
        with structlog.contextvars.bound_contextvars(sid="other"):
            inner = get_contextvars()["sid"]
        return [inner, get_contextvars()["sid"]]

    assert copy_context().run(handler) == ["other", "abc"]
