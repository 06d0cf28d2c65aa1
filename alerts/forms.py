"""What the pages of alerts take."""

from datetime import UTC, date, datetime, timedelta

from django import forms
from django.core.validators import MaxValueValidator
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from alerts.models import Category, Incident, Tier

LAST_DAY = date(9999, 1, 1)  # days after it are still days of the calendar


class OpenIncidentForm(forms.Form):
    """An incident opened by hand."""

    category = forms.ChoiceField(label=_("Category"), choices=Category.choices)
    grade = forms.ChoiceField(label=_("Grade"), choices=Incident.Grade.choices)
    title = forms.CharField(label=_("What happened"), max_length=300)
    detail = forms.CharField(
        label=_("Details"), max_length=4000, required=False, widget=forms.Textarea({"rows": 3})
    )


class ShiftForm(forms.Form):
    """One shift, in UTC; an end at or before the start means the next day. Repeated on `days` days."""

    tier = forms.ChoiceField(label=_("Tier"), choices=Tier.choices)
    team = forms.CharField(label=_("Team"), max_length=60, required=False)
    user = forms.ModelChoiceField(
        label=_("Person"), queryset=User.objects.filter(is_active=True).order_by("display_name", "username")
    )
    on = forms.DateField(
        label=_("From day"),
        widget=forms.DateInput({"type": "date"}),
        validators=[MaxValueValidator(LAST_DAY)],
    )
    start = forms.TimeField(label=_("Start (UTC)"), widget=forms.TimeInput({"type": "time"}))
    end = forms.TimeField(label=_("End (UTC)"), widget=forms.TimeInput({"type": "time"}))
    days = forms.IntegerField(label=_("Days"), min_value=1, max_value=31, initial=1)

    def stretches(self) -> list[tuple[datetime, datetime]]:
        """The half-open stretches asked for, one per day."""
        given = self.cleaned_data
        found = []
        for number in range(given["days"]):
            day = given["on"] + timedelta(days=number)
            start = datetime.combine(day, given["start"], UTC)
            end = datetime.combine(day, given["end"], UTC)
            found.append((start, end if end > start else end + timedelta(days=1)))
        return found
