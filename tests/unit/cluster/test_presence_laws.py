"""Presence converges, whatever becomes of the messages between the processes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from nsroute.cluster.messages import Change, State, from_payload, to_payload
from nsroute.cluster.presence import PresenceMap

HOSTS = ("a", "b", "c")
SPACES = ("/rooms/1", "/rooms/2")
hosts = st.sampled_from(HOSTS)
spaces = st.sampled_from(SPACES)
sids = st.sampled_from(["s1", "s2"])
keys = st.sampled_from(["ann", "bob"])
metas = st.one_of(st.none(), st.integers(0, 3))


class Processes(RuleBasedStateMachine):
    """Three processes; each message to each of them may be lost, late or doubled."""

    def __init__(self) -> None:
        super().__init__()
        self.maps = {host: PresenceMap() for host in HOSTS}
        self.truth: dict[tuple[str, str, str], dict[str, Any]] = {}
        self.under_way: list[tuple[str, Change | State]] = []
        self.shown = {host: {space: set[str]() for space in SPACES} for host in HOSTS}

    @rule(host=hosts, space=spaces, sid=sids, key=keys, meta=metas)
    def track(self, host: str, space: str, sid: str, key: str, meta: Any) -> None:
        made = self.maps[host].track(host, space, sid, key, meta)
        self.truth.setdefault((host, space, sid), {})[key] = meta
        self.told(host, made)

    @rule(host=hosts, space=spaces, sid=sids)
    def untrack(self, host: str, space: str, sid: str) -> None:
        made = self.maps[host].untrack(host, space, sid)
        assert (made is not None) is bool(self.truth.pop((host, space, sid), None))
        if made is not None:
            self.told(host, made)

    def told(self, host: str, made: Any) -> None:
        change, difference = made
        self.note(host, [difference])
        self.under_way += [(other, change) for other in HOSTS if other != host]

    def note(self, host: str, differences: list[Any]) -> None:
        """Follow what a process is told of keys that come and go."""
        for one in differences:
            shown = self.shown[host][one.namespace]
            assert not shown & one.joins.keys()
            assert one.leaves.keys() <= shown
            shown.update(one.joins)
            shown.difference_update(one.leaves)

    @rule(number=st.integers(0, 20), repeats=st.integers(0, 2))
    def deliver(self, number: int, repeats: int) -> None:
        """Deliver any message that is under way, twice perhaps, or lose it."""
        if self.under_way:
            host, message = self.under_way.pop(number % len(self.under_way))
            for _ in range(repeats):
                self.arrive(host, message)

    def arrive(self, host: str, message: Change | State) -> bool:
        same = from_payload(to_payload(message))
        assert same == message
        if isinstance(message, State):
            self.note(host, self.maps[host].replace(message))
            return False
        is_missing, differences = self.maps[host].apply(message)
        self.note(host, differences)
        return is_missing

    @rule(host=hosts, other=hosts)
    def tell_all(self, host: str, other: str) -> None:
        """Have the state of a process be under way to another."""
        if host != other:
            self.under_way += [(other, s) for s in self.maps[host].state(host)]

    @rule(host=hosts, other=hosts)
    def take_for_gone(self, host: str, other: str) -> None:
        """Let a process take another one for gone, which is not."""
        if host != other:
            self.note(host, self.maps[host].drop(other))

    @rule()
    def beat(self) -> None:
        """Let messages flow: who is behind asks for the state and gets it."""
        for host in HOSTS:
            for other in HOSTS:
                sequence = self.maps[host].sequence
                if host != other and self.maps[other].is_behind(host, sequence):
                    for state in self.maps[host].state(host):
                        self.arrive(other, state)
        self.all_know_the_truth()

    def all_know_the_truth(self) -> None:
        for map_ in self.maps.values():
            for space in SPACES:
                expected: dict[str, list[Any]] = {}
                for (_, where, _), present in self.truth.items():
                    if where == space:
                        for key, meta in present.items():
                            expected.setdefault(key, []).append(meta)
                found = {k: sorted(m, key=repr) for k, m in map_.metas(space).items()}
                assert found == {k: sorted(m, key=repr) for k, m in expected.items()}

    @invariant()
    def what_is_told_is_what_is_there(self) -> None:
        for host, map_ in self.maps.items():
            for space in SPACES:
                assert self.shown[host][space] == map_.metas(space).keys()
            known = {space for space in SPACES if map_.metas(space)}
            assert set(map_.namespaces()) == known


TestProcesses = Processes.TestCase


@given(st.lists(st.tuples(sids, keys, metas), min_size=1), st.randoms())
def test_changes_in_their_order_need_no_state(
    tracked: list[tuple[str, str, Any]], random: Any
) -> None:
    """Whoever gets every change, once or twice, is never behind."""
    told: Callable[..., Any] = PresenceMap().track
    here = PresenceMap()
    changes = [told("a", "/rooms/1", *one)[0] for one in tracked]
    for change in changes:
        for _ in range(random.randint(1, 2)):
            assert here.apply(change)[0] is False
    assert not here.is_behind("a", len(changes))


def test_a_large_state_comes_in_parts() -> None:
    """Nothing is shown before the last part; a newer state begins anew."""
    there, here = PresenceMap(), PresenceMap()
    for number in range(600):
        there.track("a", "/rooms/1", f"s{number}", f"k{number}", None)
    first, second = there.state("a")
    assert here.replace(second) == []
    there.track("a", "/rooms/1", "s", "late", None)
    newer = there.state("a")
    assert here.replace(newer[0]) == []
    assert here.replace(first) == []
    assert here.metas("/rooms/1") == {}
    assert here.replace(newer[0]) == []
    [difference] = here.replace(newer[1])
    assert len(difference.joins) == 601
    assert here.replace(newer[1]) == []
    assert not here.is_behind("a", 601)
