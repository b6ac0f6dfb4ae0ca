"""A finished dispatch to exactly one structlog record, under a `LogPolicy`.

The records are `nsroute.connect`, `nsroute.event`, `nsroute.disconnect` and
`nsroute.unrouted`, from the logger `nsroute`; `docs/reference/records.md` lists their
fields. nsroute never configures structlog.

- `policy`: `LogPolicy`, and which of several holds;
- `levels`: the levels of the outcomes;
- `recorder`: a policy, compiled; the fields of a record, in their order;
- `redaction`, `brevity`, `failures`: what a record shows of payloads, names and errors;
- `logger`: the structlog logger, as it is configured by now;
- `reports`: signals; who is broken beside a dispatch, said once;
- `background`: a handler's log context in the tasks that it starts.
"""

from __future__ import annotations

from nsroute.signals import Dispatch, dispatched
from nsroute.records.background import keep_log_context
from nsroute.records.brevity import MAX_NAME, brief
from nsroute.records.facts import Facts, Finished
from nsroute.records.failures import explain_failure
from nsroute.records.policy import LogChoice, LogPolicy, check_choice
from nsroute.records.recorder import Recorder, nearest_recorder
from nsroute.records.redaction import NO_NAMES, Names, Redaction, allow, deny
from nsroute.records.reports import tell
from nsroute.records.reports import tell as send
from nsroute.upstream.log_context import bind_log_context

__all__ = [
    "MAX_NAME",
    "NO_NAMES",
    "Facts",
    "Finished",
    "LogChoice",
    "LogPolicy",
    "Names",
    "Recorder",
    "Redaction",
    "allow",
    "bind_log_context",
    "brief",
    "send",
    "check_choice",
    "deny",
    "explain_failure",
    "keep_log_context",
    "nearest_recorder",
    "publish",
    "tell",
]


def publish(recorder: Recorder, sender: object, facts: Finished | Dispatch) -> None:
    """Record a finished dispatch, and tell the receivers of `dispatched`."""
    recorder.record(facts)
    if dispatched.receivers and dispatched.has_receivers_for(sender):
        finished = facts
        tell(dispatched, sender, dispatch=finished)
