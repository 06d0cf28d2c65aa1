from django.urls import path

from patrol.api import rounds as api

urlpatterns = [
    path("rounds/", api.Rounds.as_view(), name="api-rounds"),
    path("rounds/<int:round_id>/", api.RoundDetail.as_view(), name="api-round"),
    path("rounds/<int:round_id>/sign/", api.SignRound.as_view(), name="api-round-sign"),
    path(
        "rounds/<int:round_id>/findings/<int:finding_id>/sign/",
        api.SignFinding.as_view(),
        name="api-round-finding-sign",
    ),
]
