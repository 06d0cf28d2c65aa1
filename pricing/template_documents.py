"""Templates over REST: what is asked, what is answered."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from lib.faults import Fault, Faults, refuse
from pricing.actions.promotion_terms import Terms
from pricing.actions.templates import TemplateDraft
from pricing.models import EmergencyUse, PriceTemplate

KINDS = PriceTemplate.Kind.values


class TemplateLine(serializers.Serializer):
    price_list = serializers.CharField()
    sku = serializers.CharField()
    amount = serializers.CharField(required=False, help_text="Or percent, of the price at the time of use.")
    percent = serializers.CharField(required=False, help_text="−90 to 200.")


class TemplateAsked(serializers.Serializer):
    kind = serializers.ChoiceField(choices=KINDS)
    name = serializers.CharField(max_length=150)
    reason = serializers.CharField()
    hours = serializers.IntegerField(required=False, allow_null=True, help_text="1–168, emergencies only.")
    per_customer = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, help_text="Promotions only. Fault: not_a_limit."
    )
    total_units = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, help_text="Promotions only. Fault: not_a_limit."
    )
    reach = serializers.ChoiceField(
        choices=PriceTemplate.Reach.values,
        required=False,
        allow_blank=True,
        help_text="Promotions only; empty: where the lists of the lines go. Fault: unknown_reach.",
    )
    places = serializers.ListField(
        child=serializers.CharField(),
        required=False,
        help_text="Codes of one region or of sites. Faults: required, no_places, unknown_region, unknown_site.",
    )
    lines = TemplateLine(many=True)


class TemplateRow(TemplateAsked):
    id = serializers.IntegerField()
    prepared_by = serializers.CharField()
    created_at = serializers.DateTimeField()
    retired_at = serializers.DateTimeField(allow_null=True)


class WindowAsked(serializers.Serializer):
    effective_from = serializers.DateTimeField(required=False, allow_null=True)
    effective_until = serializers.DateTimeField(required=False, allow_null=True)


class UseRow(serializers.Serializer):
    id = serializers.IntegerField()
    template = serializers.IntegerField()
    price_change = serializers.IntegerField()
    started_by = serializers.CharField()
    started_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    reviewed_by = serializers.CharField(allow_null=True)
    reviewed_at = serializers.DateTimeField(allow_null=True)
    review = serializers.CharField()


def template_draft(body: Any) -> TemplateDraft:
    """The body of POST price-templates/. Raises Faults 422 with every fault of shape."""
    if not isinstance(body, Mapping):
        raise refuse("not_an_object", "The body must be an object.")
    faults = [
        Fault(f"/{name}", "not_text", f"{name} must be text.")
        for name in ("kind", "name", "reason")
        if not isinstance(body.get(name, ""), str) or "\x00" in body.get(name, "")
    ]
    hours = body.get("hours")
    if hours is not None and type(hours) is not int:
        faults.append(Fault("/hours", "not_a_number", "hours must be a whole number."))
    lines = body.get("lines")
    if not isinstance(lines, list) or not all(isinstance(line, Mapping) for line in lines):
        raise Faults([*faults, Fault("/lines", "not_a_list", "lines must be a list of objects.")])
    for index, line in enumerate(lines):
        if ("amount" in line) == ("percent" in line):
            faults.append(Fault(f"/lines/{index}", "one_of", "Give amount or percent."))
    places = body.get("places") or []
    if not isinstance(places, list):
        faults.append(Fault("/places", "not_a_list", "places must be a list of codes."))
    if faults:
        raise Faults(faults)
    return TemplateDraft(
        body.get("kind", ""),
        body.get("name", ""),
        body.get("reason", ""),
        hours,
        [(line.get("price_list"), line.get("sku"), _value(line)) for line in lines],
        Terms(body.get("per_customer"), body.get("total_units"), body.get("reach"), places),
    )


def _value(line: Mapping[str, Any]) -> Any:
    return f"{line['percent']}%" if "percent" in line else line["amount"]


def template_item(one: PriceTemplate) -> dict[str, Any]:
    """A template as it is answered."""
    return {
        "id": one.pk,
        "kind": one.kind,
        "name": one.name,
        "reason": one.reason,
        "hours": one.hours,
        "per_customer": one.per_customer,
        "total_units": one.total_units,
        "reach": one.reach,
        "places": one.places,
        "lines": one.lines,
        "prepared_by": one.prepared_by.username,
        "created_at": one.created_at,
        "retired_at": one.retired_at,
    }


def use_item(one: EmergencyUse) -> dict[str, Any]:
    """A use as it is answered."""
    return {
        "id": one.pk,
        "template": one.template_id,
        "price_change": one.change_id,
        "started_by": one.started_by.username,
        "started_at": one.started_at,
        "ends_at": one.ends_at,
        "reviewed_by": one.reviewed_by.username if one.reviewed_by else None,
        "reviewed_at": one.reviewed_at,
        "review": one.review,
    }
