"""Forms of catalog's pages."""

from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.actions.scopes import ScopeDraft


class ScopeForm(forms.Form):
    """What to grant: `where` is "all", "region:<code>" or "site:<code>"; the last day is the reader's own."""

    where = forms.ChoiceField(label=_("What they see"))
    until = forms.DateField(
        label=_("Up to and including"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    reason = forms.CharField(label=_("Reason"), max_length=500)

    def __init__(self, regions: list[dict[str, Any]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: list[tuple[str, Any]] = [("", "—"), ("all", _("Everything"))]
        for region in regions:
            choices.append((region["key"], region["name"]))
            choices += [(site["key"], f"{site['code']} · {site['name']}") for site in region["sites"]]
        self.fields["where"].choices = choices  # type: ignore[attr-defined]
        self.fields["where"].widget.attrs["class"] = "form-select"
        self.fields["until"].widget.attrs["class"] = "form-control"
        self.fields["reason"].widget.attrs["class"] = "form-control"

    def draft(self, user_id: int) -> ScopeDraft:
        """The valid form as a draft."""
        kind, _colon, code = self.cleaned_data["where"].partition(":")
        return ScopeDraft(
            user_id=user_id,
            region=code if kind == "region" else "",
            site=code if kind == "site" else "",
            valid_until=self._end(),
        )

    def _end(self) -> datetime | None:
        """The end of the last day in the reader's zone."""
        until = self.cleaned_data["until"]
        if until is None:
            return None
        zone = timezone.get_current_timezone()
        return datetime.combine(
            until, time.max, tzinfo=zone if isinstance(zone, ZoneInfo) else ZoneInfo("UTC")
        )
