from django.urls import path

from approvals import api

urlpatterns = [
    path("approvals/", api.Approvals.as_view(), name="api-approvals"),
    path("approvals/<int:request_id>/", api.Approval.as_view(), name="api-approval"),
    path(
        "approvals/<int:request_id>/approve/", api.Decide.as_view(approve=True), name="api-approval-approve"
    ),
    path("exchange-rates/proposals/", api.RateProposals.as_view(), name="api-rate-proposals"),
    path(
        "exchange-rates/proposals/<int:proposal_id>/withdraw/",
        api.WithdrawRate.as_view(),
        name="api-rate-withdraw",
    ),
    path("approvals/<int:request_id>/reject/", api.Decide.as_view(approve=False), name="api-approval-reject"),
]
