"""Small words of pricing's pages: `{% load pricing_words %}`."""

from decimal import Decimal
from typing import Any

from django import template
from django.utils.safestring import SafeString

from pricing.views.change_findings import short_label
from web.templatetags.steelyard import chip, delta

register = template.Library()
ICONS = {"block": ("red", "ban"), "review": ("amber", "alert-triangle"), "note": ("grey", "info-circle")}


@register.simple_tag
def fraction_delta(value: Any) -> SafeString:
    """A change given as a fraction 0–1, in per cent."""
    return delta(Decimal(value) * 100 if value is not None else None, arrow=False)


@register.simple_tag
def finding_chip(severity: str, code: str) -> SafeString:
    """The chip of a finding beside its line."""
    tone, icon = ICONS[severity]
    return chip("", short_label(code), tone, icon)
