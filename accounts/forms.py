"""Forms of the settings pages; they shape, the actions refuse."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, User


class NewUserForm(forms.Form):
    """A user to be made."""

    username = forms.CharField(
        label=_("User name"), max_length=100, help_text=_("Letters, digits and . @ + - _")
    )
    display_name = forms.CharField(label=_("Name"), max_length=150, required=False)
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    password = forms.CharField(
        label=_("First password"),
        required=False,
        max_length=200,
        help_text=_("Leave it empty and give one later with “New password”."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class PreferencesForm(forms.Form):
    """One's own language, theme and time zone."""

    language = forms.ChoiceField(label=_("Language"), choices=User._meta.get_field("language").choices or ())
    theme = forms.ChoiceField(label=_("Theme"), choices=User._meta.get_field("theme").choices or ())
    time_zone = forms.CharField(
        label=_("Time zone"),
        max_length=64,
        help_text=_("e.g. Europe/London, Asia/Shanghai"),
        widget=forms.TextInput(attrs={"list": "time-zones", "autocomplete": "off"}),
    )


class PasswordForm(forms.Form):
    """One's own new password."""

    old = forms.CharField(
        label=_("Present password"), widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
    new = forms.CharField(
        label=_("New password"),
        help_text=_("At least eight characters, not only digits, not a common one."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


def styled(form: forms.Form) -> forms.Form:
    """Give each field the frame's look."""
    for field in form.fields.values():
        is_select = isinstance(field.widget, forms.Select)
        field.widget.attrs.setdefault("class", "form-select" if is_select else "form-control")
    return form
