"""Addresses of the trail below /api/v1/."""

from django.urls import path

from audit import api

urlpatterns = [
    path("audit/events/", api.Events.as_view(), name="api-audit-events"),
    path("audit/exports/", api.Exports.as_view(), name="api-audit-exports"),
    path("audit/exports/<int:export_id>/", api.OneExport.as_view(), name="api-audit-export"),
    path("audit/exports/<int:export_id>/file/", api.ExportFile.as_view(), name="api-audit-export-file"),
]
