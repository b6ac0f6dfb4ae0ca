"""Event names find their handlers: exact, then the longest prefix, then the rest."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nsroute.dispatch.routes import EventTable, is_prefix

names = st.text(alphabet="ab:*", max_size=4)
declared = st.dictionaries(names, st.integers(), max_size=6)


def brute_force(handlers: dict[str, int], event: str) -> int | None:
    """Try every declared name, the most specific first."""
    if not is_prefix(event) and event in handlers:
        return handlers[event]
    fitting = [n for n in handlers if is_prefix(n) and event.startswith(n[:-1])]
    return handlers[max(fitting, key=len)] if fitting else None


def test_an_exact_name_beats_every_prefix() -> None:
    """An event goes to the handler of just its name, whatever prefixes there are."""
    table = EventTable({"*": 1, "cursor:*": 2, "cursor:move": 3})
    assert table.find("cursor:move") == 3


def test_the_longer_prefix_beats_the_shorter() -> None:
    """Of several prefixes that fit, the longest takes the event."""
    table = EventTable({"*": 1, "cursor:*": 2, "cursor:m*": 3})
    assert [table.find(e) for e in ("cursor:move", "cursor:", "x")] == [3, 2, 1]


def test_an_event_that_nothing_declares_has_no_handler() -> None:
    """Without a rest, an unknown event finds nothing."""
    assert EventTable({"message": 1, "cursor:*": 2}).find("other") is None


def test_a_client_can_not_name_a_prefix() -> None:
    """An event that is spelled like a prefix is a text like any other."""
    assert EventTable({"cursor:*": 2}).find("cursor:*") == 2
    assert EventTable({"cursor:move*": 2}).find("cursor:*") is None


def test_a_table_tells_its_events_in_the_order_in_which_they_are_tried() -> None:
    """Iterating gives exact names first, then prefixes by length."""
    table = EventTable({"*": 1, "b": 2, "cursor:*": 3, "a": 4})
    assert list(table) == [("b", 2), ("a", 4), ("cursor:*", 3), ("*", 1)]


@given(declared, names)
def test_a_table_agrees_with_brute_force(handlers: dict[str, int], event: str) -> None:
    """Whatever is declared, the look-up finds what trying everything finds."""
    assert EventTable(handlers).find(event) == brute_force(handlers, event)
