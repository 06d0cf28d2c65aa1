"""`{% load jobs %}`: jobs in words."""

from datetime import datetime

from django import template

from jobs.words import job_words
from lib import clock

register = template.Library()
register.filter("job_words", job_words)


@register.filter
def age_s(at: datetime | None) -> int | None:
    """Whole seconds since `at`."""
    return int((clock.now() - at).total_seconds()) if at else None
