"""A `Recorder` writes the records of an event; `publish` also sends `dispatched`."""

from __future__ import annotations

import itertools
from functools import partial
from inspect import iscoroutine, isfunction
from typing import Any, cast

from blinker import Signal

from nsroute.records.failures import safe_exception
from nsroute.records.fields import record_fields, record_name
from nsroute.records.logger import is_new, log
from nsroute.records.policy import LEVELS, LogChoice, LogPolicy, nearest_policy
from nsroute.records.redaction import NO_NAMES, ArgumentNames
from nsroute.signals import Dispatch, dispatched


class Recorder:
    """A policy, compiled for the dispatches of one event."""

    def __init__(self, policy: LogPolicy, names: ArgumentNames = NO_NAMES) -> None:
        self._policy = policy
        self._names = names
        self._levels = {**LEVELS, **policy.levels}
        self._counter = itertools.count()

    def record(self, dispatch: Dispatch) -> None:
        """Write the record of a finished dispatch, whatever the logger raises."""
        level = self._levels[dispatch.outcome or "ok"]
        if level is not None and self._is_sampled(dispatch):
            fields = partial(record_fields, dispatch, self._policy, self._names)
            log(level, record_name(dispatch), fields)

    def _is_sampled(self, dispatch: Dispatch) -> bool:
        sample = self._policy.sample
        if sample == 1 or dispatch.outcome != "ok":
            return True
        return next(self._counter) % sample == 0


def nearest_recorder(*choices: LogChoice, names: ArgumentNames = NO_NAMES) -> Recorder:
    """Compile the policy of several choices, given from the nearest to the farthest."""
    return Recorder(nearest_policy(*choices), names)


def publish(recorder: Recorder, sender: object, dispatch: Dispatch) -> None:
    """Record a finished dispatch, and send it to the receivers of `dispatched`."""
    recorder.record(dispatch)
    if dispatched.receivers:
        send(dispatched, sender, dispatch=dispatch)


def send(signal: Signal, sender: object, **arguments: Any) -> None:
    """Send a signal to each receiver, whatever another one raises."""
    if signal.is_muted:
        return
    for receiver in signal.receivers_for(sender):
        try:
            result = receiver(sender, **arguments)
            if iscoroutine(result):
                result.close()
                raise TypeError("a receiver is a plain function, not a coroutine's")
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - a gevent.Timeout is one
            _report(receiver, error)


def _report(receiver: Any, error: BaseException) -> None:
    """Record a receiver that raises: once for each function, or class of callables."""
    function = getattr(receiver, "__func__", receiver)
    named = cast("Any", function if isfunction(function) else type(function))
    if is_new(named):
        name = f"{named.__module__}.{named.__qualname__}"
        fields = {"receiver": name, "exc_info": safe_exception(error)}
        log("error", "nsroute.receiver", lambda: fields)
