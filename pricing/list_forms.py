"""Forms of the pages of price lists: what a list is, and how it derives."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lib.faults import Fault
from pricing.forms import LocalInstantField
from pricing.models import ListRule, PriceList

#: Fields that are typed in per cent and kept as fractions.
PERCENT = ("float_fraction", "floor_fraction", "ceiling_fraction", "rate_dead_band", "rate_step_limit")
EMPTY = ("", "—")


def shown(value: Any, *, percent: bool = False) -> str:
    """A stored figure as it is typed."""
    if value is None:
        return ""
    return (
        f"{(value * 100 if percent else value).normalize():f}" if isinstance(value, Decimal) else str(value)
    )


def fraction_of(typed: str) -> str | None:
    """ "15" → "0.15"; what is no number stays, so that the action can say so."""
    if not typed:
        return None
    try:
        number = Decimal(typed.replace(",", ".").replace("\u2212", "-"))
    except InvalidOperation:
        return typed
    return f"{number / 100:f}" if number.is_finite() and abs(number.adjusted()) < 20 else typed


class FaultForm(forms.Form):
    """A form that shows what an action refused beside the field it names."""

    def show_faults(self, faults: list[Fault]) -> None:
        for fault in faults:
            name = fault.pointer.strip("/").split("/")[-1]
            self.add_error(name if name in self.fields else None, str(_(fault.detail)))


class DerivationForm(FaultForm):
    """How a list derives."""

    parent = forms.ChoiceField(label=_("Derived from"), required=False)
    float_fraction = forms.CharField(label=_("Float in %"), required=False, max_length=40)
    float_amount = forms.CharField(label=_("Surcharge"), required=False, max_length=40)
    floor_fraction = forms.CharField(label=_("Floor in %"), required=False, max_length=40)
    ceiling_fraction = forms.CharField(label=_("Ceiling in %"), required=False, max_length=40)
    ends_in = forms.CharField(label=_("Ends in"), required=False, max_length=40)
    rate_max_age_days = forms.IntegerField(label=_("Rate at most so many days old"), required=False)
    rate_dead_band = forms.CharField(label=_("Rate stays within %"), required=False, max_length=40)
    rate_step_limit = forms.CharField(label=_("Rate asks beyond %"), required=False, max_length=40)

    def __init__(self, *args: Any, parents: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["parent"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [EMPTY, *parents]
        for name in ("float_amount", "ends_in", *PERCENT):
            self.fields[name].widget.attrs["inputmode"] = "decimal"

    def derivation(self) -> dict[str, Any]:
        """The fields as the actions read them."""
        given = {name: self.cleaned_data.get(name) for name in DerivationForm.base_fields}
        return {
            name: fraction_of(str(value or "").strip()) if name in PERCENT else (value or None)
            for name, value in given.items()
        }


class ProposalForm(DerivationForm):
    """A new version of how a list derives."""

    effective_from = LocalInstantField(label=_("Takes effect"), required=False)
    reason = forms.CharField(
        label=_("Why it derives differently"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    base_version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def row(self) -> dict[str, Any]:
        """The proposal as `propose_rule` reads it."""
        begins = self.cleaned_data.get("effective_from")
        return {
            **self.derivation(),
            "reason": self.cleaned_data.get("reason", ""),
            "effective_from": begins.isoformat() if begins else None,
            "base_version": self.cleaned_data.get("base_version"),
        }


class ListForm(FaultForm):
    """A new price list; how it derives is proposed afterwards."""

    code = forms.CharField(label=_("Code"), max_length=32)
    name = forms.CharField(label=pgettext_lazy("product", "Name"), max_length=100)
    kind = forms.ChoiceField(label=_("Kind"), choices=PriceList.Kind.choices, initial="region")
    currency = forms.CharField(label=_("Currency"), max_length=3)
    region = forms.ChoiceField(label=_("Region"), required=False)
    channel = forms.ChoiceField(label=_("Channel"), required=False)
    site = forms.ChoiceField(label=_("Site"), required=False)
    customer_group = forms.ChoiceField(label=_("Customer group"), required=False)
    priority = forms.IntegerField(label=_("Priority"), required=False, initial=0)
    tax_included = forms.BooleanField(label=_("Prices include tax"), required=False, initial=True)
    exclusive = forms.BooleanField(label=_("Exclusive promotion"), required=False)
    override_policy = forms.ChoiceField(
        label=_("Own prices, when the parent’s change"),
        choices=PriceList.OverridePolicy.choices,
        required=False,
    )

    def __init__(self, *args: Any, places: dict[str, list[tuple[str, str]]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in places.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [EMPTY, *choices]

    def row(self) -> dict[str, Any]:
        """The list as `create_price_list` reads it."""
        given = self.cleaned_data
        places = {name: given.get(name) or None for name in ("region", "channel", "site", "customer_group")}
        plain = {name: given.get(name) for name in ("code", "name", "kind", "tax_included", "exclusive")}
        return {
            **plain,
            **places,
            "currency": given.get("currency", "").upper(),
            "priority": given.get("priority") or 0,
            "override_policy": given.get("override_policy") or "keep",
        }


class HeadForm(FaultForm):
    """What may be said anew of a list without moving a price that it makes."""

    name = forms.CharField(label=pgettext_lazy("product", "Name"), max_length=100)
    override_policy = forms.ChoiceField(
        label=_("Own prices, when the parent’s change"), choices=PriceList.OverridePolicy.choices
    )


def rule_fields(one: ListRule | PriceList) -> dict[str, Any]:
    """What stands, as it is typed."""
    plain = {name: shown(getattr(one, name)) for name in ("float_amount", "ends_in", "rate_max_age_days")}
    percents = {name: shown(getattr(one, name), percent=True) for name in PERCENT}
    return {"parent": one.parent.code if one.parent else "", **plain, **percents}
