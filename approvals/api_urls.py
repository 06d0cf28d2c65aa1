from django.urls import path

from approvals.api import delegations, policies, rates, requests, reviews

urlpatterns = [
    path("approvals/", requests.Approvals.as_view(), name="api-approvals"),
    path("approvals/<int:request_id>/", requests.Approval.as_view(), name="api-approval"),
    path(
        "approvals/<int:request_id>/approve/",
        requests.Decide.as_view(approve=True),
        name="api-approval-approve",
    ),
    path(
        "approvals/<int:request_id>/reject/",
        requests.Decide.as_view(approve=False),
        name="api-approval-reject",
    ),
    path(
        "approvals/<int:request_id>/return/",
        requests.Decide.as_view(approve=False, is_returned=True),
        name="api-approval-return",
    ),
    path("approvals/<int:request_id>/remarks/", requests.Remarks.as_view(), name="api-approval-remarks"),
    path("approval-reviews/", reviews.Reviews.as_view(), name="api-approval-reviews"),
    path("approval-reviews/<int:review_id>/", reviews.ReviewOne.as_view(), name="api-approval-review"),
    path("delegations/", delegations.Delegations.as_view(), name="api-delegations"),
    path(
        "delegations/<int:delegation_id>/revoke/",
        delegations.RevokeDelegation.as_view(),
        name="api-delegation-revoke",
    ),
    path("policies/", policies.Policies.as_view(), name="api-policies"),
    path("policies/proposals/", policies.Proposals.as_view(), name="api-policy-proposals"),
    path(
        "policies/proposals/<int:proposal_id>/withdraw/",
        policies.WithdrawProposal.as_view(),
        name="api-policy-proposal-withdraw",
    ),
    path("exchange-rates/proposals/", rates.RateProposals.as_view(), name="api-rate-proposals"),
    path(
        "exchange-rates/proposals/<int:proposal_id>/withdraw/",
        rates.WithdrawRate.as_view(),
        name="api-rate-withdraw",
    ),
]
