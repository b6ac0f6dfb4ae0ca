"""The states of a membership, step by step."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsroute.live.membership import Membership
from nsroute.live.states import TRANSITIONS, MembershipState

STEPS = sorted({step for _, step in TRANSITIONS})


def membership() -> Membership:
    """Make a client that is connecting."""
    return Membership("sid", "connection", None, None)  # type: ignore[arg-type]


def test_a_client_that_is_let_in_is_connected_and_leaves_once() -> None:
    """Each step is taken by one of those who try."""
    made = membership()
    assert made.is_connecting
    assert made.step("admit")
    assert made.is_admitted
    assert made.finish()
    assert not made.finish()
    assert made.disconnect("first")
    assert not made.disconnect("second")
    assert not made.is_admitted
    assert made.lost_reason is None


def test_a_client_that_must_leave_before_it_is_in_is_not_connected() -> None:
    """The first reason is the one that counts."""
    for lost in (True, False):
        made = membership()
        if lost:
            assert made.lose("first")
        else:
            assert not made.disconnect("first")
        assert not made.disconnect("second")
        made.step("admit")
        assert not made.finish()
        assert made.lost_reason == "first"
        assert made.disconnect("third")


@pytest.mark.parametrize(
    "state", [MembershipState.CONNECTED, MembershipState.DISCONNECTING]
)
def test_a_client_that_is_in_or_out_does_not_leave_later(
    state: MembershipState,
) -> None:
    """It is disconnected at once."""
    made = membership()
    made.state = state
    assert not made.lose("now")


def test_an_admitted_client_leaves_once_it_has_its_answer() -> None:
    """The answer is under way."""
    made = membership()
    made.step("admit")
    assert made.lose("now")
    assert not made.finish()


@given(st.lists(st.sampled_from(STEPS)))
def test_whatever_the_order_of_steps_a_client_disconnects_at_most_once(
    steps: list[str],
) -> None:
    """And nothing comes after that."""
    made = membership()
    taken = [step for step in steps if made.step(step)]
    assert taken.count("disconnect") <= 1
    assert "disconnect" not in taken[:-1]


def test_what_handlers_keep_is_one_dict() -> None:
    """It is made when it is first looked at."""
    made = membership()
    assert made.data is made.data
    assert made.data == {}
