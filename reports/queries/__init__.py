"""What Today shows: figures, what waits, what happened, what comes."""

from reports.queries.figures import KeyFigure, key_figures, policy_figure, reporting_currency
from reports.queries.today import (
    Happened,
    Later,
    Waiting,
    happened_since,
    later_today,
    prepared_by_me,
    waiting_for,
)

__all__ = [
    "Happened",
    "KeyFigure",
    "Later",
    "Waiting",
    "happened_since",
    "key_figures",
    "later_today",
    "policy_figure",
    "prepared_by_me",
    "reporting_currency",
    "waiting_for",
]
