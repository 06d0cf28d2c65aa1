"""Reading the trail, by noun: digests over covered rows, proofs, events, exports."""

from audit.queries.digests import Digest, digest_aggregate, digests_of, row_expression
from audit.queries.events import (
    EventFilter,
    actor_names,
    event_by_id,
    events_count,
    events_of,
    events_page,
    kinds_of_events,
)
from audit.queries.exports import export_by_id, exports_of, exports_waiting
from audit.queries.proofs import EventProof, SealStatus, proof_of, seal_status
from audit.queries.verification import Breach, breaches, last_verification

__all__ = [
    "Breach",
    "Digest",
    "EventFilter",
    "EventProof",
    "SealStatus",
    "actor_names",
    "breaches",
    "digest_aggregate",
    "digests_of",
    "event_by_id",
    "events_count",
    "events_of",
    "events_page",
    "export_by_id",
    "exports_of",
    "exports_waiting",
    "kinds_of_events",
    "last_verification",
    "proof_of",
    "row_expression",
    "seal_status",
]
