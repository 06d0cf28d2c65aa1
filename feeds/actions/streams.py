"""Telling stock how far the tills have come: a count waits until everything sold before its lines is in the ledger."""

from feeds.queries import till_marks
from inventory.actions.counts_planning import keep_streams


def mark_streams() -> None:
    """Pass on how far each expected feed of sales and movements is complete.

    Locks, Records: nothing; the deliveries themselves are recorded. Allowed: the loop.
    """
    keep_streams(till_marks())
