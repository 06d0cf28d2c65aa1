"""Rounds: every two hours one explicit list of checks over prices, stock, feeds, jobs, approvals, trail and disk.

Owns rounds, what each check found, and the duty officer's signatures. A check that fails is itself a finding and the
others go on. Patrol never repairs anything: it reads, says what it saw, and a person signs. A round not run is a missed
slot (jobs, alerts); a round not signed in time is an alert raised here.
"""
