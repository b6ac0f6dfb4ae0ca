"""Write one structlog record for each finished dispatch, as a `LogPolicy` says.

The records are `nsroute.connect`, `nsroute.event`, `nsroute.disconnect` and
`nsroute.unrouted`, from the logger `nsroute`; `docs/reference/records.md` lists their
fields, which `fields.py` chooses. nsroute never configures structlog.
"""

from __future__ import annotations

from nsroute.records.failures import explain_failure
from nsroute.records.log_context import bind_log_context, keep_log_context
from nsroute.records.policy import LogChoice, LogPolicy, check_choice
from nsroute.records.recorder import Recorder, nearest_recorder, publish, send
from nsroute.records.redaction import NO_NAMES, ArgumentNames, Redaction, allow, deny
from nsroute.records.truncation import MAX_NAME, truncate

__all__ = [
    "MAX_NAME",
    "NO_NAMES",
    "ArgumentNames",
    "LogChoice",
    "LogPolicy",
    "Recorder",
    "Redaction",
    "allow",
    "bind_log_context",
    "check_choice",
    "deny",
    "explain_failure",
    "keep_log_context",
    "nearest_recorder",
    "publish",
    "send",
    "truncate",
]
