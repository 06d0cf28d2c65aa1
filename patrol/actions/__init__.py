"""Every write of patrol."""

from patrol.actions.rounds import run_round
from patrol.actions.signing import alert_unsigned, sign_finding, sign_findings, sign_round

__all__ = ["alert_unsigned", "run_round", "sign_finding", "sign_findings", "sign_round"]
