"""Alerts, incidents, playbooks and duty.

Owns alerts (one open row per key), incidents in ten categories with their playbook's steps and two clocks, the duty
roster and handovers. As generic as approvals: the app that owns a condition raises the alert under a key and resolves
it; this app only reads jobs (missed slots, loops that stand still). Due times are absolute instants from the database's
clock; acknowledging stops the respond clock and never the duty to inform.
"""
