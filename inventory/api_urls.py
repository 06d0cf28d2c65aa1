"""Stock over REST, below /api/v1/."""

from django.urls import path, re_path

from inventory.api import ledger, periods, reservations

urlpatterns = [
    path("stock/movements/", ledger.Movements.as_view(), name="api-movements"),
    path("stock/movements/bulk/", ledger.BulkMovements.as_view(), name="api-movements-bulk"),
    path("stock/movements/<int:movement_id>/", ledger.OneMovement.as_view(), name="api-movement"),
    path(
        "stock/movements/<int:movement_id>/reverse/",
        ledger.ReverseMovement.as_view(),
        name="api-movement-reverse",
    ),
    path("stock/reservations/", reservations.Reservations.as_view(), name="api-reservations"),
    path(
        "stock/reservations/<int:reservation_id>/release/",
        reservations.Release.as_view(),
        name="api-reservation-release",
    ),
    path(
        "stock/reservations/<int:reservation_id>/fulfil/",
        reservations.Fulfil.as_view(),
        name="api-reservation-fulfil",
    ),
    path("stock/periods/", periods.Periods.as_view(), name="api-periods"),
    path("stock/balances/", ledger.Balances.as_view(), name="api-balances"),
    path("stock/entries/", ledger.Entries.as_view(), name="api-entries"),
    path("stock/snapshots/", ledger.Snapshots.as_view(), name="api-snapshots"),
    path("stock/reconciliations/", ledger.Reconciliations.as_view(), name="api-reconciliations"),
    path(
        "stock/reconciliations/<int:reconciliation_id>/",
        ledger.OneReconciliation.as_view(),
        name="api-reconciliation",
    ),
    re_path(
        r"^stock/reconciliations/(?P<reconciliation_id>\d{1,18})/(?P<decision>accept|recount|investigate)/$",
        ledger.DecideDifferences.as_view(),
        name="api-differences",
    ),
]
