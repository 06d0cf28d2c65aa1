"""The tables of patrol, one file for each noun."""

from patrol.models.rounds import Round, RoundCheck, RoundFinding
from patrol.models.verification_cases import VerificationCase, VerificationPlan
from patrol.models.verifications import (
    VerificationCheck,
    VerificationDifference,
    VerificationRun,
    VerificationSample,
)

__all__ = [
    "Round",
    "RoundCheck",
    "RoundFinding",
    "VerificationCase",
    "VerificationCheck",
    "VerificationDifference",
    "VerificationPlan",
    "VerificationRun",
    "VerificationSample",
]
