from django.urls import path, re_path

from finance.api import matching, vouchers

STEPS = "comment|assign|claim|accept|close|write-off|take-back|start|stop"

urlpatterns = [
    path("finance/vouchers/", vouchers.Vouchers.as_view(), name="api-finance-vouchers"),
    path("finance/vouchers/<int:voucher_id>/", vouchers.OneVoucher.as_view(), name="api-finance-voucher"),
    path(
        "finance/vouchers/<int:voucher_id>/lines/",
        vouchers.VoucherLines.as_view(),
        name="api-finance-voucher-lines",
    ),
    path("finance/account-map/", vouchers.AccountMapView.as_view(), name="api-finance-account-map"),
    path("finance/comparisons/", matching.Comparisons.as_view(), name="api-finance-comparisons"),
    path("finance/compare/", matching.Compare.as_view(), name="api-finance-compare"),
    path("finance/disputes/", matching.Disputes.as_view(), name="api-finance-disputes"),
    path("finance/disputes/<int:dispute_id>/", matching.OneDispute.as_view(), name="api-finance-dispute"),
    re_path(
        rf"^finance/disputes/(?P<dispute_id>\d{{1,18}})/(?P<step>{STEPS})/$",
        matching.StepOfDispute.as_view(),
        name="api-finance-dispute-step",
    ),
    path("finance/tolerances/", matching.Tolerances.as_view(), name="api-finance-tolerances"),
    path(
        "finance/tolerances/<slug:matching>/", matching.OneTolerance.as_view(), name="api-finance-tolerance"
    ),
    path("finance/effort/", matching.Effort.as_view(), name="api-finance-effort"),
    path("finance/settlements/", matching.Settlements.as_view(), name="api-finance-settlements"),
    path("finance/supplier-invoices/", matching.Invoices.as_view(), name="api-finance-invoices"),
    path("finance/ledger-balances/", matching.LedgerBalances.as_view(), name="api-finance-balances"),
]
