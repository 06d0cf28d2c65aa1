"""Addresses of the trail's pages and fragments."""

from django.urls import path

from audit import views

urlpatterns = [
    path("trail/", views.trail, name="trail"),
    path("trail/events/<int:event_id>/", views.event, name="trail_event"),
    path("trail/events/<int:event_id>/badge/", views.badge, name="trail_badge"),
    path("trail/of/<str:subject>/", views.history, name="trail_of"),
    path("trail/seal-status/", views.seal_status, name="seal_status"),
    path("trail/verify/", views.verify, name="verify_trail"),
    path("trail/exports/", views.exports, name="trail_exports"),
    path("trail/exports/new/", views.export, name="new_trail_export"),
    path("trail/exports/<int:export_id>/file/", views.export_file, name="trail_export_file"),
]
