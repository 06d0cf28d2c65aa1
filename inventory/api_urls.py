"""Stock over REST, below /api/v1/."""

from django.urls import path, re_path

from inventory import api

urlpatterns = [
    path("stock/movements/", api.Movements.as_view(), name="api-movements"),
    path("stock/movements/bulk/", api.BulkMovements.as_view(), name="api-movements-bulk"),
    path("stock/movements/<int:movement_id>/", api.OneMovement.as_view(), name="api-movement"),
    path(
        "stock/movements/<int:movement_id>/reverse/",
        api.ReverseMovement.as_view(),
        name="api-movement-reverse",
    ),
    path("stock/balances/", api.Balances.as_view(), name="api-balances"),
    path("stock/entries/", api.Entries.as_view(), name="api-entries"),
    path("stock/snapshots/", api.Snapshots.as_view(), name="api-snapshots"),
    path("stock/reconciliations/", api.Reconciliations.as_view(), name="api-reconciliations"),
    path(
        "stock/reconciliations/<int:reconciliation_id>/",
        api.OneReconciliation.as_view(),
        name="api-reconciliation",
    ),
    re_path(
        r"^stock/reconciliations/(?P<reconciliation_id>\d{1,18})/(?P<decision>accept|recount|investigate)/$",
        api.DecideDifferences.as_view(),
        name="api-differences",
    ),
]
