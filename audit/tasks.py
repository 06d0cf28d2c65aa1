"""The sealer, and the work that people asked for: exports and checks of the whole trail."""

import logging

from celery import shared_task

from audit import actions
from lib.actors import job

log = logging.getLogger(__name__)


@shared_task(name="audit.seal")
def seal() -> None:
    """Seal what is visible, then anchor what is sealed."""
    actions.seal_events()
    actions.anchor_seals()


@shared_task(name="audit.work")
def work() -> None:
    """Write the exports that wait, then check the trail for whoever asked."""
    while (export := actions.claim_export()) is not None:
        actions.run_export(actor=job("audit.work"), export=export)
    while (check := actions.claim_verification()) is not None:
        actions.run_verification(actor=job("audit.work"), check=check)
