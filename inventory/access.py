"""Gates: a movement or reconciliation in the actor's scope, or 404."""

from collections.abc import Callable

from django.http import Http404

from catalog.access import access_site, visible_site_ids_or_all
from inventory.models import (
    Count,
    CustomsConsignment,
    Grading,
    LandedCost,
    Movement,
    Reconciliation,
    Revaluation,
    SupplierReturn,
    Transfer,
    TransferTemplate,
    WriteOff,
)
from inventory.queries.counts import visible_counts
from inventory.queries.customs import visible_consignments
from inventory.queries.documents import movement_by_id, movement_sites
from inventory.queries.reconciliations import visible_reconciliations
from inventory.queries.set_aside import visible_gradings
from inventory.queries.supplier_returns import visible_supplier_returns
from inventory.queries.transfers import visible_templates, visible_transfers
from inventory.queries.valuation import visible_landed_costs, visible_revaluations
from inventory.queries.write_offs import visible_write_offs
from lib.actors import Actor


def access_site_ids(actor: Actor, code: str) -> frozenset[int] | None:
    """The id of the site of `code` alone, or with "" all in scope, None for every site. Raises Http404."""
    return frozenset({access_site(actor, code).pk}) if code else visible_site_ids_or_all(actor)


def access_movement(actor: Actor, movement_id: int) -> Movement:
    """The movement, if it touches a site in scope. Raises Http404."""
    movement = movement_by_id(movement_id)
    if movement is None:
        raise Http404(movement_id)
    visible = visible_site_ids_or_all(actor)
    if visible is not None and not movement_sites(movement) & visible:
        raise Http404(movement_id)
    return movement


def access_reconciliation(actor: Actor, reconciliation_id: int) -> Reconciliation:
    """The reconciliation, if its site is in scope. Raises Http404."""
    found = visible_reconciliations(visible_site_ids_or_all(actor)).filter(pk=reconciliation_id).first()
    if found is None:
        raise Http404(reconciliation_id)
    return found


def access_transfer(actor: Actor, transfer_id: int) -> Transfer:
    """The transfer, if it comes from or goes to a site in scope. Raises Http404."""
    found = visible_transfers(visible_site_ids_or_all(actor)).filter(pk=transfer_id).first()
    if found is None:
        raise Http404(transfer_id)
    return found


def access_transfer_template(actor: Actor, template_id: int) -> TransferTemplate:
    """The template in use, if one of its sites is in scope. Raises Http404."""
    found = visible_templates(visible_site_ids_or_all(actor)).filter(pk=template_id).first()
    if found is None:
        raise Http404(template_id)
    return found


def access_count(actor: Actor, count_id: int) -> Count:
    """The count, if its site is in scope. Raises Http404."""
    found = visible_counts(visible_site_ids_or_all(actor)).filter(pk=count_id).first()
    if found is None:
        raise Http404(count_id)
    return found


def access_consignment(actor: Actor, consignment_id: int) -> CustomsConsignment:
    """The customs consignment, if its site is in scope. Raises Http404."""
    found = visible_consignments(visible_site_ids_or_all(actor)).filter(pk=consignment_id).first()
    if found is None:
        raise Http404(consignment_id)
    return found


def access_write_off(actor: Actor, write_off_id: int) -> WriteOff:
    """The write-off, if its site is in scope. Raises Http404."""
    found = visible_write_offs(visible_site_ids_or_all(actor)).filter(pk=write_off_id).first()
    if found is None:
        raise Http404(write_off_id)
    return found


def access_revaluation(actor: Actor, revaluation_id: int) -> Revaluation:
    """The revaluation, if all its sites are in scope. Raises Http404."""
    found = visible_revaluations(visible_site_ids_or_all(actor)).filter(pk=revaluation_id).first()
    if found is None:
        raise Http404(revaluation_id)
    return found


def access_landed_cost(actor: Actor, landed_cost_id: int) -> LandedCost:
    """The landed cost, if all its sites are in scope. Raises Http404."""
    found = visible_landed_costs(visible_site_ids_or_all(actor)).filter(pk=landed_cost_id).first()
    if found is None:
        raise Http404(landed_cost_id)
    return found


def may_see_write_off(actor: Actor, write_off_id: int) -> bool:
    """Whether the actor may see it, and so what was handed in with it."""
    return actor.may("stock.view") and _is_found(access_write_off, actor, write_off_id)


def access_supplier_return(actor: Actor, return_id: int) -> SupplierReturn:
    """The return to a supplier, if its site is in scope. Raises Http404."""
    found = visible_supplier_returns(visible_site_ids_or_all(actor)).filter(pk=return_id).first()
    if found is None:
        raise Http404(return_id)
    return found


def may_see_supplier_return(actor: Actor, return_id: int) -> bool:
    """Whether the actor may see it, and so what was handed in with it."""
    return actor.may("stock.view") and _is_found(access_supplier_return, actor, return_id)


def access_grading(actor: Actor, grading_id: int) -> Grading:
    """The grading, if its site is in scope. Raises Http404."""
    found = visible_gradings(visible_site_ids_or_all(actor)).filter(pk=grading_id).first()
    if found is None:
        raise Http404(grading_id)
    return found


def may_see_grading(actor: Actor, grading_id: int) -> bool:
    """Whether the actor may see it, and so what was handed in with it."""
    return actor.may("stock.view") and _is_found(access_grading, actor, grading_id)


def _is_found(access: Callable[[Actor, int], object], actor: Actor, number: int) -> bool:
    try:
        access(actor, number)
    except Http404:
        return False
    return True
