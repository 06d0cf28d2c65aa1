"""Every write of patrol."""

from patrol.actions.rechecks import Found, answer_sample, sign_verification
from patrol.actions.rounds import run_round
from patrol.actions.signing import alert_unsigned, sign_finding, sign_findings, sign_round
from patrol.actions.verification_cases import give_case, settle_case
from patrol.actions.verification_plans import PlanDraft, alert_verifications, set_plan
from patrol.actions.verifications import run_verification

__all__ = [
    "Found",
    "PlanDraft",
    "alert_unsigned",
    "alert_verifications",
    "answer_sample",
    "give_case",
    "run_round",
    "run_verification",
    "set_plan",
    "settle_case",
    "sign_finding",
    "sign_findings",
    "sign_round",
    "sign_verification",
]
