"""Findings of sites outside the actor's scope are not shown; rounds as such are everybody's who may watch."""

from django.http import Http404

from catalog.access import visible_site_ids_or_all
from lib.actors import Actor
from patrol.models import RoundFinding
from patrol.queries import findings_of


def visible_findings(actor: Actor, round_id: int) -> list[RoundFinding]:
    """The round's findings without a site or within the actor's sites."""
    site_ids = visible_site_ids_or_all(actor)
    rows = findings_of(round_id)
    if site_ids is None:
        return rows
    return [row for row in rows if row.site_id is None or row.site_id in site_ids]


def access_finding(actor: Actor, round_id: int, finding_id: int) -> RoundFinding:
    """The finding. Raises Http404: unknown, or of a site outside the actor's scope."""
    for row in visible_findings(actor, round_id):
        if row.pk == finding_id:
            return row
    raise Http404(finding_id)
