"""Stock over REST, below /api/v1/."""

from django.urls import path, re_path

from inventory.api import barcodes, counts, kits, ledger, periods, reservations, transfers

urlpatterns = [
    path("stock/bills/", kits.Bills.as_view(), name="api-bills"),
    path("stock/bundles/", kits.Bundles.as_view(), name="api-bundles"),
    path("stock/productions/", kits.Productions.as_view(), name="api-productions"),
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
    path("stock/transfers/", transfers.Transfers.as_view(), name="api-transfers"),
    path("stock/transfers/<int:transfer_id>/", transfers.OneTransfer.as_view(), name="api-transfer"),
    path(
        "stock/transfers/<int:transfer_id>/submit/",
        transfers.SubmitTransfer.as_view(),
        name="api-transfer-submit",
    ),
    path(
        "stock/transfers/<int:transfer_id>/approve/",
        transfers.DecideTransfer.as_view(),
        name="api-transfer-approve",
    ),
    path(
        "stock/transfers/<int:transfer_id>/reject/",
        transfers.RejectTransfer.as_view(),
        name="api-transfer-reject",
    ),
    path(
        "stock/transfers/<int:transfer_id>/ship/",
        transfers.ShipTransfer.as_view(),
        name="api-transfer-ship",
    ),
    path(
        "stock/transfers/<int:transfer_id>/receive/",
        transfers.ReceiveTransfer.as_view(),
        name="api-transfer-receive",
    ),
    path(
        "stock/transfers/<int:transfer_id>/close/",
        transfers.CloseTransfer.as_view(),
        name="api-transfer-close",
    ),
    path(
        "stock/transfers/<int:transfer_id>/cancel/",
        transfers.CancelTransfer.as_view(),
        name="api-transfer-cancel",
    ),
    path(
        "stock/transfers/<int:transfer_id>/review/",
        transfers.ReviewTransfer.as_view(),
        name="api-transfer-review",
    ),
    path(
        "stock/transfers/<int:transfer_id>/edit/", transfers.EditTransfer.as_view(), name="api-transfer-edit"
    ),
    path("stock/counts/", counts.Counts.as_view(), name="api-counts"),
    path("stock/counts/<int:count_id>/", counts.OneCount.as_view(), name="api-count"),
    path("stock/counts/<int:count_id>/items/", counts.CountItems.as_view(), name="api-count-items"),
    path("stock/counts/<int:count_id>/goods/", counts.CountGoods.as_view(), name="api-count-goods"),
    path("stock/counts/<int:count_id>/lines/", counts.CountLines.as_view(), name="api-count-lines"),
    path("stock/counts/<int:count_id>/submit/", counts.SubmitCount.as_view(), name="api-count-submit"),
    path("stock/counts/<int:count_id>/recount/", counts.RecountCount.as_view(), name="api-count-recount"),
    path(
        "stock/counts/<int:count_id>/stop-waiting/",
        counts.StopWaiting.as_view(),
        name="api-count-stop-waiting",
    ),
    path("stock/counts/<int:count_id>/settle/", counts.SettleCount.as_view(), name="api-count-settle"),
    path("stock/counts/<int:count_id>/sign-off/", counts.SignCount.as_view(), name="api-count-sign"),
    path("stock/counts/<int:count_id>/cancel/", counts.CancelCount.as_view(), name="api-count-cancel"),
    path("stock/counts/<int:count_id>/variances/", counts.Variances.as_view(), name="api-count-variances"),
    path("stock/counts/<int:count_id>/variance/", counts.Variance.as_view(), name="api-count-variance"),
    path("stock/count-rules/", counts.CountRules.as_view(), name="api-count-rules"),
    path("stock/count-rules/<int:rule_id>/", counts.OneCountRule.as_view(), name="api-count-rule"),
    path("stock/count-tolerances/", counts.CountTolerances.as_view(), name="api-count-tolerances"),
    path("stock/shelves/", counts.Shelves.as_view(), name="api-shelves"),
    path("stock/transfer-templates/", transfers.TransferTemplates.as_view(), name="api-transfer-templates"),
    path(
        "stock/transfer-templates/<int:template_id>/release/",
        transfers.ReleaseTemplate.as_view(),
        name="api-transfer-template-release",
    ),
    path(
        "stock/transfer-templates/<int:template_id>/retire/",
        transfers.RetireTemplate.as_view(),
        name="api-transfer-template-retire",
    ),
    path("stock/allocation/", transfers.Allocation.as_view(), name="api-allocation"),
    path("stock/periods/", periods.Periods.as_view(), name="api-periods"),
    path("barcodes/<path:code>/", barcodes.Barcode.as_view(), name="api-barcode"),
    path("barcode-rules/", barcodes.BarcodeRules.as_view(), name="api-barcode-rules"),
    path(
        "barcode-rules/<int:rule_id>/retire/",
        barcodes.RetireBarcodeRule.as_view(),
        name="api-barcode-rule-retire",
    ),
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
