"""Who may see what of finance: books of a legal entity only when all its sites are in scope, the rest by site."""

from django.db.models import QuerySet
from django.http import Http404

from catalog.access import visible_site_ids_or_all
from catalog.models import LegalEntity, Site
from finance.models import Comparison, Dispute, Voucher
from finance.queries.disputes import disputes_of, in_scope
from finance.queries.vouchers import vouchers_of
from lib.actors import Actor
from lib.faults import refuse


def check_right(actor: Actor, permission: str) -> None:
    """Raises Faults 403 `not_allowed` without `permission`."""
    if not actor.may(permission):
        raise refuse("not_allowed", f"Your role does not include {permission}.", status=403)


def visible_entities(actor: Actor) -> QuerySet[LegalEntity]:
    """The legal entities of which every site is in scope. At most 2 queries, and 1 when read."""
    found = LegalEntity.objects.filter(sites__isnull=False).distinct().order_by("code")
    visible = visible_site_ids_or_all(actor)
    if visible is None:
        return found
    partly = Site.objects.exclude(pk__in=list(visible)).values("legal_entity")
    return found.exclude(pk__in=partly)


def access_voucher(actor: Actor, voucher_id: int) -> Voucher:
    """The voucher, if its legal entity is in scope. Raises Http404."""
    found = vouchers_of(visible_entities(actor)).filter(pk=voucher_id).first()
    if found is None:
        raise Http404(voucher_id)
    return found


def visible_disputes(actor: Actor) -> QuerySet[Dispute]:
    """Disputes of sites in scope; those of no site for whoever sees everything."""
    return in_scope(disputes_of(), visible_site_ids_or_all(actor))


def visible_comparisons(actor: Actor) -> QuerySet[Comparison]:
    """Comparisons of sites in scope; those of no site for whoever sees everything."""
    return in_scope(Comparison.objects.select_related("site", "dispute"), visible_site_ids_or_all(actor))


def access_dispute(actor: Actor, dispute_id: int) -> Dispute:
    """The dispute, if in scope. Raises Http404."""
    found = visible_disputes(actor).filter(pk=dispute_id).first()
    if found is None:
        raise Http404(dispute_id)
    return found


def may_see_dispute(actor: Actor, dispute_id: int) -> bool:
    """Whether the actor may see it, and so what was handed in with it."""
    return actor.may("finance.view") and visible_disputes(actor).filter(pk=dispute_id).exists()


def access_comparison(actor: Actor, comparison_id: int) -> Comparison:
    """The comparison, if in scope. Raises Http404."""
    found = visible_comparisons(actor).filter(pk=comparison_id).first()
    if found is None:
        raise Http404(comparison_id)
    return found
