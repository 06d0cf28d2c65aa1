"""Stock over REST, below /api/v1/."""

from django.urls import path, re_path

from inventory.api import (
    barcodes,
    counts,
    customs,
    kits,
    ledger,
    lots,
    periods,
    reservations,
    sites,
    supplier_returns,
    transfers,
    valuation,
    write_offs,
)

CUSTOMS_STEPS = {
    "edit": customs.EditConsignment,
    "declare": customs.DeclareConsignment,
    "cancel": customs.CancelConsignment,
    "arrive": customs.ArriveConsignment,
    "clear": customs.ClearConsignment,
    "hold": customs.HoldGoods,
    "release": customs.ReleaseGoods,
    "send-back": customs.SendBackGoods,
    "destroy": customs.DestroyGoods,
    "close": customs.CloseConsignment,
}

urlpatterns = [
    path("customs/", customs.Consignments.as_view(), name="api-customs"),
    path("customs/<int:consignment_id>/", customs.OneConsignment.as_view(), name="api-customs-one"),
    *(
        path(f"customs/<int:consignment_id>/{step}/", view.as_view(), name=f"api-customs-{step}")
        for step, view in CUSTOMS_STEPS.items()
    ),
    path("import-limits/", customs.ImportLimits.as_view(), name="api-import-limits"),
    path("import-limits/<int:limit_id>/end/", customs.EndImportLimit.as_view(), name="api-import-limit-end"),
    path("stock/sites/<str:code>/", sites.StockOfSite.as_view(), name="api-stock-site"),
    path("stock/sites/<str:code>/products/", sites.ProductsOfSite.as_view(), name="api-stock-site-products"),
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
    path("stock/value/pair/", valuation.PairValue.as_view(), name="api-pair-value"),
    path("stock/value/", valuation.StockValue.as_view(), name="api-stock-value"),
    path("stock/standard-costs/", valuation.StandardCosts.as_view(), name="api-standard-costs"),
    path("stock/costing-methods/", valuation.CostingMethods.as_view(), name="api-costing-methods"),
    path("stock/revaluations/", valuation.Revaluations.as_view(), name="api-revaluations"),
    path(
        "stock/revaluations/<int:revaluation_id>/",
        valuation.OneRevaluation.as_view(),
        name="api-revaluation",
    ),
    path(
        "stock/revaluations/<int:revaluation_id>/reverse/",
        valuation.ReverseRevaluation.as_view(),
        name="api-revaluation-reverse",
    ),
    path("stock/landed-costs/", valuation.LandedCosts.as_view(), name="api-landed-costs"),
    path(
        "stock/landed-costs/preview/",
        valuation.PreviewLandedCost.as_view(),
        name="api-landed-cost-preview",
    ),
    path(
        "stock/landed-costs/<int:landed_cost_id>/",
        valuation.OneLandedCost.as_view(),
        name="api-landed-cost",
    ),
    path(
        "stock/landed-costs/<int:landed_cost_id>/reverse/",
        valuation.ReverseLandedCost.as_view(),
        name="api-landed-cost-reverse",
    ),
    path("stock/periods/", periods.Periods.as_view(), name="api-periods"),
    path("lots/", lots.Lots.as_view(), name="api-lots"),
    path("lots/<int:lot_id>/correct/", lots.CorrectLot.as_view(), name="api-lot-correct"),
    path("lot-rules/", lots.LotRules.as_view(), name="api-lot-rules"),
    path("recalls/", lots.Recalls.as_view(), name="api-recalls"),
    path("recalls/<int:recall_id>/", lots.OneRecall.as_view(), name="api-recall"),
    path("recalls/<int:recall_id>/ask-release/", lots.AskRelease.as_view(), name="api-recall-ask-release"),
    path("recalls/<int:recall_id>/release/", lots.DecideRelease.as_view(), name="api-recall-release"),
    path("recalls/<int:recall_id>/keep/", lots.KeepRecall.as_view(), name="api-recall-keep"),
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

urlpatterns += [
    path("stock/write-offs/", write_offs.WriteOffs.as_view(), name="api-write-offs"),
    path("stock/write-offs/<int:write_off_id>/", write_offs.OneWriteOff.as_view(), name="api-write-off"),
    path(
        "stock/write-offs/<int:write_off_id>/evidence/<int:attachment_id>/remove/",
        write_offs.RemoveWriteOffEvidence.as_view(),
        name="api-write-off-evidence-remove",
    ),
    path("stock/evidence/<int:attachment_id>/", write_offs.EvidenceFile.as_view(), name="api-evidence"),
    path("stock/write-off-reasons/", write_offs.WriteOffReasons.as_view(), name="api-write-off-reasons"),
    path("stock/supplier-returns/", supplier_returns.SupplierReturns.as_view(), name="api-supplier-returns"),
    path(
        "stock/supplier-returns/<int:return_id>/",
        supplier_returns.OneSupplierReturn.as_view(),
        name="api-supplier-return",
    ),
    path("stock/gradings/", supplier_returns.Gradings.as_view(), name="api-gradings"),
    path(
        "stock/gradings/<int:grading_id>/evidence/",
        supplier_returns.GradingEvidence.as_view(),
        name="api-grading-evidence",
    ),
    path("stock/set-aside/", supplier_returns.SetAside.as_view(), name="api-set-aside"),
]
WRITE_OFF_STEPS = {
    "edit": write_offs.EditWriteOff,
    "evidence": write_offs.WriteOffEvidence,
    "submit": write_offs.SubmitWriteOff,
    "approve": write_offs.DecideWriteOff,
    "reject": write_offs.RejectWriteOff,
    "cancel": write_offs.CancelWriteOff,
    "reverse": write_offs.ReverseWriteOff,
}
RETURN_STEPS = {
    "edit": supplier_returns.EditSupplierReturn,
    "evidence": supplier_returns.SupplierReturnEvidence,
    "submit": supplier_returns.SubmitSupplierReturn,
    "approve": supplier_returns.DecideSupplierReturn,
    "reject": supplier_returns.RejectSupplierReturn,
    "cancel": supplier_returns.CancelSupplierReturn,
    "ship": supplier_returns.ShipSupplierReturn,
    "credits": supplier_returns.NoteSupplierCredit,
    "close": supplier_returns.CloseSupplierReturn,
}
urlpatterns += [
    path(f"stock/write-offs/<int:write_off_id>/{step}/", view.as_view(), name=f"api-write-off-{step}")
    for step, view in WRITE_OFF_STEPS.items()
]
urlpatterns += [
    path(
        f"stock/supplier-returns/<int:return_id>/{step}/", view.as_view(), name=f"api-supplier-return-{step}"
    )
    for step, view in RETURN_STEPS.items()
]
