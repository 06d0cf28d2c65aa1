"""Reading patrol, by noun."""

from patrol.queries.rounds import (
    ROUND_EVERY,
    HitRate,
    SlotBox,
    checks_of,
    day_of_rounds,
    findings_of,
    hit_rates,
    latest_round,
    round_by_id,
    rounds,
    slot_of,
    unsigned_count,
    unsigned_rounds,
)

__all__ = [
    "ROUND_EVERY",
    "HitRate",
    "SlotBox",
    "checks_of",
    "day_of_rounds",
    "findings_of",
    "hit_rates",
    "latest_round",
    "round_by_id",
    "rounds",
    "slot_of",
    "unsigned_count",
    "unsigned_rounds",
]
