"""What must run when, and the proof that it ran; the outbox.

Owns job definitions, scopes to expand them over, one row per (job, scope key, slot) made before it runs, heartbeats of
loops, and the outbox. Runs tasks by name; never knows what they do. A slot that was not run becomes `missed`.
"""
