"""Gates: a movement or reconciliation in the actor's scope, or 404."""

from django.http import Http404

from catalog.access import visible_site_ids_or_all
from inventory.models import Movement, Reconciliation, Transfer, TransferTemplate
from inventory.queries.documents import movement_by_id, movement_sites
from inventory.queries.reconciliations import visible_reconciliations
from inventory.queries.transfers import visible_templates, visible_transfers
from lib.actors import Actor


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
