"""Who may see what of the trail."""

from typing import Any

from django.http import Http404

from audit import queries
from audit.models import Export
from audit.queries.events import EventRow
from audit.reading import sites_of
from web.gates import require


def access_event(request: Any, event_id: int) -> EventRow:
    """An event of the reader's sites, or his own. Raises PermissionDenied without audit.view, Http404."""
    actor = require(request, "audit.view")
    event = queries.event_by_id(event_id, sites_of(request), actor.id)
    if event is None:
        raise Http404
    return event


def access_export(request: Any, export_id: int) -> Export:
    """An export that the reader asked for himself. Raises PermissionDenied without audit.export, Http404."""
    actor = require(request, "audit.export")
    export = queries.export_by_id(export_id, actor.id)
    if export is None:
        raise Http404
    return export
