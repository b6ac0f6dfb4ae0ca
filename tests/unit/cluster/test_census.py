"""A question to all processes and its answers."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from nsroute.cluster.census import Census, Inquiry, count
from nsroute.cluster.messages import Answer, in_parts

rows = st.dictionaries(
    st.sampled_from([f"/rooms/{number}" for number in range(5)]), st.integers(0, 9)
)
answers = st.dictionaries(st.sampled_from("abcd"), rows)


@given(answers, st.sets(st.sampled_from("abcd")), st.randoms())
def test_no_client_is_counted_twice(
    answers: dict[str, dict[str, int]], known: set[str], random: Any
) -> None:
    """Whatever the order of the answers, and however often each of them comes."""
    coming = [
        Answer("1", attempt, host, 0, 1, [[name, n] for name, n in found.items()])
        for host, found in answers.items()
        for attempt in (0, 1, 1)
    ]
    random.shuffle(coming)
    inquiry = Inquiry(known, is_sure=True)
    answered: set[str] = set()
    for answer in coming:
        assert inquiry.is_complete is (known <= answered)
        inquiry.add(answer)
        answered.add(answer.host)
    census = count(inquiry.rows(), inquiry.silent)
    assert census.clients == sum(sum(found.values()) for found in answers.values())
    assert set(census.silent) == known - answers.keys()
    for name, number in census.namespaces.items():
        assert number == sum(found.get(name, 0) for found in answers.values())


def test_a_process_that_has_answered_in_part_is_silent() -> None:
    """What it has told counts; it is named, and it is waited for."""
    parts = in_parts([[f"/rooms/{number}", 1] for number in range(1200)])
    inquiry = Inquiry([], is_sure=True)
    for number in (2, 0):
        inquiry.add(Answer("1", 0, "a", number, len(parts), parts[number]))
    assert not inquiry.is_complete
    assert count(inquiry.rows(), inquiry.silent).clients == 700
    assert inquiry.silent == ("a",)
    inquiry.add(Answer("1", 0, "a", 1, len(parts), parts[1]))
    assert inquiry.is_complete


def test_parts_of_two_attempts_are_not_put_together() -> None:
    """In between somebody may have moved from one part to the other."""
    inquiry = Inquiry(["a"], is_sure=True)
    inquiry.add(Answer("1", 0, "a", 0, 2, [["/rooms/1", 1], ["/rooms/2", 1]]))
    inquiry.add(Answer("1", 1, "a", 1, 2, [["/rooms/1", 1]]))
    assert not inquiry.is_complete
    assert count(inquiry.rows(), inquiry.silent).clients == 2
    inquiry.add(Answer("1", 1, "a", 0, 2, [["/rooms/2", 1]]))
    assert inquiry.is_complete
    assert count(inquiry.rows(), inquiry.silent).namespaces == {
        "/rooms/1": 1,
        "/rooms/2": 1,
    }


def test_who_is_not_sure_of_the_others_waits_to_the_end() -> None:
    """There may be processes that nobody has heard of yet."""
    inquiry = Inquiry(["a"], is_sure=False)
    inquiry.add(Answer("1", 0, "a", 0, 1, []))
    assert not inquiry.is_complete
    assert count([], ()) == Census({}, 0, ())
