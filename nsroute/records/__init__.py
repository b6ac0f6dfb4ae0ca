"""Write one structlog record for each finished dispatch, as a `LogPolicy` says.

`docs/reference/records.md` lists the records and their fields. nsroute never
configures structlog.
"""

from __future__ import annotations

from nsroute.records.failures import explain_failure
from nsroute.records.fields import (
    bind_log_context,
    keep_log_context,
    unbind_log_context,
)
from nsroute.records.policy import LogChoice, LogPolicy, check_choice
from nsroute.records.recorder import (
    Recorder,
    nearest_recorder,
    note,
    publish,
    report_unpublished,
    send,
)
from nsroute.records.redaction import NO_NAMES, ArgumentNames, allow, deny
from nsroute.records.truncation import truncate

__all__ = [
    "NO_NAMES",
    "ArgumentNames",
    "LogChoice",
    "LogPolicy",
    "Recorder",
    "allow",
    "bind_log_context",
    "check_choice",
    "deny",
    "explain_failure",
    "keep_log_context",
    "nearest_recorder",
    "note",
    "publish",
    "report_unpublished",
    "send",
    "truncate",
    "unbind_log_context",
]
