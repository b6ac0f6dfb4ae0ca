"""Which fields a record has, in the order in which people read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nsroute.records.failures import exc_info_of, explain_failure
from nsroute.records.policy import LogPolicy
from nsroute.records.redaction import HIDDEN, ArgumentNames
from nsroute.records.truncation import log_value, truncate
from nsroute.signals import Dispatch


def record_name(dispatch: Dispatch) -> str:
    """Return the name of a record, such as `nsroute.event`."""
    is_unrouted = dispatch.outcome == "unrouted"
    return "nsroute.unrouted" if is_unrouted else f"nsroute.{dispatch.kind}"


def record_fields(
    dispatch: Dispatch, policy: LogPolicy, names: ArgumentNames
) -> dict[str, Any]:
    """Return the fields of a record of a finished dispatch."""
    outcome = dispatch.outcome
    fields: dict[str, Any] = {
        "namespace": truncate(dispatch.namespace),
        "sio_event": truncate(dispatch.event),
    }
    if dispatch.target is not None:
        fields["target"] = dispatch.target
    fields["outcome"] = outcome
    if outcome != "ok":
        _add_failure(fields, dispatch)
    fields["duration_ms"] = int((dispatch.duration or 0.0) * 1e6 + 0.5) / 1000
    fields["arg_count"] = len(dispatch.args)
    if policy.payloads:
        fields["payload"] = _payload(dispatch, policy, names)
    if policy.sample != 1 and outcome == "ok":
        fields["sample"] = policy.sample
    if dispatch.sid is not None:
        fields["sid"] = dispatch.sid
    if dispatch.pattern is not None:
        fields["pattern"] = dispatch.pattern
        params = dispatch.params.items()
        fields["params"] = {name: log_value(value) for name, value in params}
    return fields


def _add_failure(fields: dict[str, Any], dispatch: Dispatch) -> None:
    if dispatch.code is not None:
        fields["code"] = truncate(dispatch.code)
    if dispatch.error is not None:
        fields["error"] = explain_failure(dispatch.error)
        if dispatch.outcome == "error":
            fields["exc_info"] = exc_info_of(dispatch.error)


def _payload(dispatch: Dispatch, policy: LogPolicy, names: ArgumentNames) -> list[Any]:
    args = dispatch.args
    if dispatch.kind == "connect" and args and not isinstance(args[0], Mapping):
        # `auth` may be the secret itself, where it is not in named parts.
        return [HIDDEN]
    return policy.redact(args, names)
