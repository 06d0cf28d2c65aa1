from django.urls import path

from approvals.views import policies, rates, requests, reviews, standing_in

urlpatterns = [
    path("approvals/", requests.inbox, name="approvals"),
    path("approvals/decide/", requests.decide_many, name="approvals-decide"),
    path("approvals/badge/", requests.badge, name="approvals-badge"),
    path("approvals/search/", requests.search, name="approvals-search"),
    path("approvals/waiting/", requests.waiting, name="approvals-waiting"),
    path("approvals/standing-in/", standing_in.standing_in, name="standing-in"),
    path("approvals/standing-in/give/", standing_in.delegate, name="standing-in-give"),
    path("approvals/standing-in/limits/", standing_in.limit, name="author-limit"),
    path("approvals/standing-in/<int:delegation_id>/revoke/", standing_in.revoke, name="standing-in-revoke"),
    path("approvals/reviews/", reviews.reviews, name="approval-reviews"),
    path("approvals/reviews/<int:review_id>/", reviews.review, name="approval-review"),
    path("approvals/<int:request_id>/", requests.detail, name="approval"),
    path("approvals/<int:request_id>/decide/", requests.decide, name="approval-decide"),
    path("approvals/<int:request_id>/remark/", requests.remark, name="approval-remark"),
    path("settings/rates/", rates.rates, name="rates"),
    path("settings/rates/propose/", rates.propose_rate, name="rate-propose"),
    path("settings/rates/<int:proposal_id>/withdraw/", rates.withdraw_rate, name="rate-withdraw"),
    path("settings/policies/", policies.policies, name="policies"),
    path("settings/policies/proposals/<int:proposal_id>/", policies.proposal, name="policy-proposal"),
    path(
        "settings/policies/proposals/<int:proposal_id>/withdraw/",
        policies.withdraw_proposal,
        name="policy-proposal-withdraw",
    ),
    path("settings/policies/<slug:name>/", policies.policy, name="policy"),
]
