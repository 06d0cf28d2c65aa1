from django.urls import path

from patrol.api import rounds, verifications

urlpatterns = [
    path("rounds/", rounds.Rounds.as_view(), name="api-rounds"),
    path("rounds/<int:round_id>/", rounds.RoundDetail.as_view(), name="api-round"),
    path("rounds/<int:round_id>/sign/", rounds.SignRound.as_view(), name="api-round-sign"),
    path(
        "rounds/<int:round_id>/findings/<int:finding_id>/sign/",
        rounds.SignFinding.as_view(),
        name="api-round-finding-sign",
    ),
    path("verifications/", verifications.Verifications.as_view(), name="api-verifications"),
    path("verifications/<int:run_id>/", verifications.VerificationDetail.as_view(), name="api-verification"),
    path(
        "verifications/<int:run_id>/sign/",
        verifications.SignVerification.as_view(),
        name="api-verification-sign",
    ),
    path(
        "verifications/<int:run_id>/sample/<int:sample_id>/answer/",
        verifications.SampleAnswer.as_view(),
        name="api-verification-answer",
    ),
    path("verification-cases/", verifications.VerificationCases.as_view(), name="api-verification-cases"),
    path(
        "verification-cases/<int:case_id>/give/",
        verifications.GiveCase.as_view(),
        name="api-verification-case-give",
    ),
    path(
        "verification-cases/<int:case_id>/settle/",
        verifications.SettleCase.as_view(),
        name="api-verification-case-settle",
    ),
    path("verification-plans/", verifications.VerificationPlans.as_view(), name="api-verification-plans"),
    path(
        "verification-plans/<str:code>/",
        verifications.SetVerificationPlan.as_view(),
        name="api-verification-plan-set",
    ),
]
