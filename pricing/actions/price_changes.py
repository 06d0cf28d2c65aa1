"""Price changes: the public actions, gathered. Each lives in the file of its step.

| action | file | allowed |
| --- | --- | --- |
| create_change, put_lines, remove_lines, edit_header, evaluate_change | drafting | `prices.edit` |
| submit_change | submitting | `price_changes.submit` |
| approve_change, reject_change | deciding | `price_changes.approve`, never the preparer |
| withdraw_change | deciding | its preparer, or `price_changes.approve` |
| roll_back_change | rolling_back | `price_changes.submit` |
| place_approved, apply_due | applying | the loop |
"""

from pricing.actions.applying import apply_due, place_approved
from pricing.actions.deciding import approve_change, reject_change, withdraw_change
from pricing.actions.drafting import (
    ChangeDraft,
    LineDraft,
    LinesPut,
    create_change,
    edit_header,
    evaluate_change,
    put_lines,
    remove_lines,
)
from pricing.actions.rolling_back import roll_back_change
from pricing.actions.submitting import submit_change

__all__ = [
    "ChangeDraft",
    "LineDraft",
    "LinesPut",
    "apply_due",
    "approve_change",
    "create_change",
    "edit_header",
    "evaluate_change",
    "place_approved",
    "put_lines",
    "reject_change",
    "remove_lines",
    "roll_back_change",
    "submit_change",
    "withdraw_change",
]
