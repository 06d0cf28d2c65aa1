"""Reading templates and the uses of emergencies."""

from django.db.models import F, QuerySet

from pricing.models import EmergencyUse, PriceTemplate


def open_templates() -> QuerySet[PriceTemplate]:
    """Templates that may be used, emergencies first; 1 query."""
    return (
        PriceTemplate.objects.filter(retired_at__isnull=True)
        .select_related("prepared_by")
        .order_by(F("hours").asc(nulls_last=True), "kind", "name")
    )


def emergency_uses(limit: int = 50) -> list[EmergencyUse]:
    """The newest uses with what they name, those that wait for review first; 1 query."""
    found = EmergencyUse.objects.select_related("template", "change", "started_by", "reviewed_by")
    return list(found.order_by(F("reviewed_at").desc(nulls_first=True), "-id")[:limit])


def all_templates() -> QuerySet[PriceTemplate]:
    """Every template, retired ones too; 1 query when read."""
    return PriceTemplate.objects.select_related("prepared_by")


def newest_uses() -> QuerySet[EmergencyUse]:
    """Every use with who started and who reviewed it; 1 query when read."""
    return EmergencyUse.objects.select_related("started_by", "reviewed_by")
