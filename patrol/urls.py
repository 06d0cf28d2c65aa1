from django.urls import path

from patrol.views import rounds, verification_cases, verifications

urlpatterns = [
    path("watch/rounds/", rounds.history, name="rounds"),
    path("watch/rounds/<int:round_id>/", rounds.detail, name="round"),
    path("watch/rounds/<int:round_id>/checks/<int:run_id>/sign/", rounds.sign_check, name="round-check-sign"),
    path("watch/rounds/<int:round_id>/sign/", rounds.sign_round, name="round-sign"),
    path(
        "watch/rounds/<int:round_id>/findings/<int:finding_id>/sign/",
        rounds.sign_finding,
        name="finding-sign",
    ),
    path("watch/latest-round/", rounds.latest, name="round-latest"),
    path("watch/rounds-today/", rounds.today, name="rounds-today"),
    path("watch/to-sign/", rounds.to_sign, name="rounds-to-sign"),
    path("watch/verifications/", verifications.board, name="verifications"),
    path("watch/verifications-today/", verifications.card, name="verifications-today"),
    path("watch/verifications/trend/", verifications.trend, name="verification-trend"),
    path("watch/verifications/cases/", verification_cases.cases, name="verification-cases"),
    path(
        "watch/verifications/cases/<int:case_id>/take/",
        verification_cases.take,
        name="verification-case-take",
    ),
    path(
        "watch/verifications/cases/<int:case_id>/settle/",
        verification_cases.settle,
        name="verification-case-settle",
    ),
    path("watch/verifications/plans/", verification_cases.plans, name="verification-plans"),
    path("watch/verifications/plans/<str:code>/", verification_cases.set_plan, name="verification-plan-set"),
    path("watch/verifications/<int:run_id>/", verifications.detail, name="verification"),
    path("watch/verifications/<int:run_id>/sign/", verifications.sign, name="verification-sign"),
    path(
        "watch/verifications/<int:run_id>/sample/<int:sample_id>/",
        verifications.answer,
        name="verification-answer",
    ),
]
