from django.urls import path

from approvals import views

urlpatterns = [
    path("approvals/", views.inbox, name="approvals"),
    path("approvals/decide/", views.decide_many, name="approvals-decide"),
    path("approvals/badge/", views.badge, name="approvals-badge"),
    path("approvals/search/", views.search, name="approvals-search"),
    path("approvals/waiting/", views.waiting, name="approvals-waiting"),
    path("approvals/<int:request_id>/", views.detail, name="approval"),
    path("approvals/<int:request_id>/decide/", views.decide, name="approval-decide"),
    path("settings/rates/", views.rates, name="rates"),
    path("settings/rates/propose/", views.propose_rate, name="rate-propose"),
    path("settings/rates/<int:proposal_id>/withdraw/", views.withdraw_rate, name="rate-withdraw"),
    path("settings/policies/", views.policies, name="policies"),
    path("settings/policies/<slug:name>/", views.policy, name="policy"),
]
