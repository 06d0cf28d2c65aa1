from django.urls import path

from patrol.views import rounds as views

urlpatterns = [
    path("watch/rounds/", views.history, name="rounds"),
    path("watch/rounds/<int:round_id>/", views.detail, name="round"),
    path("watch/rounds/<int:round_id>/checks/<int:run_id>/sign/", views.sign_check, name="round-check-sign"),
    path("watch/rounds/<int:round_id>/sign/", views.sign_round, name="round-sign"),
    path(
        "watch/rounds/<int:round_id>/findings/<int:finding_id>/sign/", views.sign_finding, name="finding-sign"
    ),
    path("watch/latest-round/", views.latest, name="round-latest"),
    path("watch/rounds-today/", views.today, name="rounds-today"),
    path("watch/to-sign/", views.to_sign, name="rounds-to-sign"),
]
