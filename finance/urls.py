from django.urls import path, re_path

from finance.views import disputes, overview, vouchers

STEPS = "comment|claim|accept|close|write-off|take-back|start|stop"

urlpatterns = [
    path("finance/", overview.overview, name="finance"),
    path("finance/compare/", overview.compare_now, name="finance-compare"),
    path("finance/effort/", overview.effort_page, name="finance-effort"),
    path("finance/tolerances/", overview.tolerance_page, name="finance-tolerances"),
    path("finance/tolerances/save/", overview.save_tolerance, name="finance-tolerance-save"),
    path("finance/vouchers/", vouchers.vouchers, name="finance-vouchers"),
    path("finance/vouchers/new/", vouchers.new_voucher, name="finance-new-voucher"),
    path("finance/vouchers/<int:voucher_id>/", vouchers.voucher, name="finance-voucher"),
    path("finance/accounts/", vouchers.accounts, name="finance-accounts"),
    path("finance/accounts/edit/", vouchers.edit_accounts, name="finance-accounts-edit"),
    path("finance/matches/", disputes.matches, name="finance-matches"),
    path("finance/matches/<int:comparison_id>/", disputes.match, name="finance-match"),
    path("finance/disputes/", disputes.disputes, name="finance-disputes"),
    path("finance/disputes/<int:dispute_id>/", disputes.dispute, name="finance-dispute"),
    path("finance/disputes/<int:dispute_id>/assign/", disputes.assign, name="finance-dispute-assign"),
    path("finance/disputes/<int:dispute_id>/decide/", disputes.decide, name="finance-dispute-decide"),
    path(
        "finance/disputes/<int:dispute_id>/evidence/", disputes.add_evidence, name="finance-dispute-evidence"
    ),
    path(
        "finance/disputes/<int:dispute_id>/evidence/<int:attachment_id>/remove/",
        disputes.remove_evidence,
        name="finance-dispute-evidence-remove",
    ),
    re_path(
        rf"^finance/disputes/(?P<dispute_id>\d{{1,18}})/(?P<step>{STEPS})/$",
        disputes.step,
        name="finance-dispute-step",
    ),
]
