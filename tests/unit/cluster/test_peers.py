"""Which other processes are there."""

from __future__ import annotations

from nsroute.cluster.peers import Peers


def test_a_process_is_there_until_it_has_been_silent_for_long() -> None:
    """It is new once, and again after it was taken for gone."""
    peers = Peers(30, now=0)
    assert peers.hear("a", 0)
    assert not peers.hear("a", 10)
    assert peers.hosts == {"a"}
    for now in (10, 20, 30, 40):
        assert peers.expire(now) == []
    assert peers.expire(41) == ["a"]
    assert peers.hosts == frozenset()
    assert peers.hear("a", 42)


def test_a_process_that_ends_is_gone_at_once() -> None:
    """What was never there can be forgotten, too."""
    peers = Peers(30, now=0)
    peers.hear("a", 0)
    peers.forget("a")
    peers.forget("b")
    assert peers.hosts == frozenset()


def test_a_process_that_was_held_up_takes_nobody_for_gone() -> None:
    """It has heard nobody itself; the others have their time once more."""
    peers = Peers(30, now=0)
    peers.hear("a", 0)
    assert peers.expire(100) == []
    for now in (110, 120, 130):
        assert peers.expire(now) == []
    assert peers.expire(140) == ["a"]
