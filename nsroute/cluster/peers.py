"""Which other processes there are: those that have been heard of lately."""

from __future__ import annotations


class Peers:
    """The other processes, by what they were last heard of.

    Args:
        timeout: After so many seconds of silence a process is gone.
        now: The time, as at each later call.
    """

    def __init__(self, timeout: float, now: float) -> None:
        self.timeout = timeout
        self._heard: dict[str, float] = {}
        self._looked = now

    @property
    def hosts(self) -> frozenset[str]:
        """The processes that are there, as far as is known."""
        return frozenset(self._heard)

    def hear(self, host: str, now: float) -> bool:
        """Note a sign of life; return whether the process was unknown."""
        is_new = host not in self._heard
        self._heard[host] = now
        return is_new

    def forget(self, host: str) -> None:
        """Forget a process that has ended."""
        self._heard.pop(host, None)

    def expire(self, now: float) -> list[str]:
        """Forget the processes that have fallen silent; return them.

        A process that was itself held up for long has heard nobody, and waits for the
        others once more.
        """
        was_held_up = now - self._looked > self.timeout / 2
        self._looked = now
        if was_held_up:
            self._heard = dict.fromkeys(self._heard, now)
        silent = [h for h, then in self._heard.items() if now - then > self.timeout]
        for host in silent:
            del self._heard[host]
        return silent
