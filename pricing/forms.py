"""What the pages of pricing are asked: filters of the grid, the question of a quote, the header of a change."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import Product
from pricing.actions.drafting import ChangeDraft
from pricing.models import PriceChange
from pricing.queries.grid import GridFilter

CHANGED_CHOICES = [("1", _("Changed today")), ("7", _("Changed in 7 days")), ("30", _("Changed in 30 days"))]
MAX_LISTS = 8


@dataclass(frozen=True)
class GridQuestion:
    """The grid's address: its filter, the lists shown (codes; empty for the usual ones), the window's offset, whether the
    column of competitors is shown."""

    filter: GridFilter
    list_codes: tuple[str, ...]
    offset: int
    changed: str
    is_draft: bool
    with_market: bool = False


def grid_question(asked: Any, draft_id: int | None) -> GridQuestion:
    """The question in a QueryDict; what cannot be read counts as not asked."""
    changed = asked.get("changed", "")
    days = int(changed) if changed in dict(CHANGED_CHOICES) else 0
    statuses = [status for status in asked.getlist("status") if status in Product.Status.values]
    is_draft = bool(asked.get("draft"))
    return GridQuestion(
        filter=GridFilter(
            search=asked.get("q", "")[:100],
            category=asked.get("category", "")[:300],
            statuses=statuses,
            changed_days=days,
            draft_id=(draft_id or 0) if is_draft else None,
            order=asked.get("sort", "sku")[:60],
            is_seen=asked.get("market") == "seen",
        ),
        list_codes=tuple(asked.getlist("lists")[:MAX_LISTS]),
        offset=whole_number(asked.get("offset"), 0),
        changed=changed if days else "",
        is_draft=is_draft,
        with_market="competitor" in asked.getlist("columns"),
    )


def whole_number(raw: Any, otherwise: int) -> int:
    """`raw` as a number from 0 to ten million, or `otherwise`."""
    text = str(raw or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 7 else otherwise


class LocalInstantField(forms.DateTimeField):
    """A wall time of the reader (datetime-local), or an ISO time with its offset; gives an aware instant."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def to_python(self, value: Any) -> datetime | None:
        is_known = value is None or isinstance(value, (str, date))
        found = super().to_python(value if is_known else str(value))  # JSON may bring anything
        if found is not None and timezone.is_naive(found):
            return timezone.make_aware(found)
        return found


class HeaderForm(forms.Form):
    """Title, reason and window of a change, as asked before it is submitted."""

    title = forms.CharField(label=_("Title"), max_length=200)
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}), max_length=4000)
    reason_code = forms.ChoiceField(
        label=_("Kind of reason"), choices=PriceChange.ReasonCode.choices, required=False, initial="regular"
    )
    is_advertised = forms.BooleanField(label=_("Advertised"), required=False)
    is_local = forms.BooleanField(label=_("On each site’s own clock"), required=False)
    effective_from = LocalInstantField(label=_("Takes effect"), required=False)
    effective_until = LocalInstantField(label=_("Until"), required=False)

    def clean_reason_code(self) -> str:
        return self.cleaned_data["reason_code"] or PriceChange.ReasonCode.REGULAR

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        start, end = cleaned.get("effective_from"), cleaned.get("effective_until")
        if start and end and end <= start:
            self.add_error("effective_until", _("A change must end after it begins."))
        return cleaned

    def change_draft(self) -> ChangeDraft:
        """The header as the actions take it."""
        asked = dict(self.cleaned_data)
        if asked.pop("is_local"):
            for name in ("from", "until"):
                asked[f"local_{name}"] = self.data.get(f"effective_{name}", "")
                asked[f"effective_{name}"] = None
        return ChangeDraft(**asked)
