"""Every write of the trail, by noun."""

from audit.actions.events import (
    Event,
    actor_hash,
    event_as_sql,
    event_values,
    next_event_id,
    record,
    record_reading,
    to_json,
)
from audit.actions.exports import (
    ExportRequest,
    claim_export,
    delete_old_files,
    record_download,
    request_export,
    run_export,
)
from audit.actions.partitions import ensure_partitions
from audit.actions.seals import anchor_seals, seal_events
from audit.actions.verifications import claim_verification, request_verification, run_verification

__all__ = [
    "Event",
    "actor_hash",
    "ExportRequest",
    "anchor_seals",
    "claim_export",
    "claim_verification",
    "delete_old_files",
    "ensure_partitions",
    "event_as_sql",
    "event_values",
    "next_event_id",
    "record",
    "record_download",
    "record_reading",
    "request_export",
    "request_verification",
    "run_export",
    "run_verification",
    "seal_events",
    "to_json",
]
