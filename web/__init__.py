"""What every app's edge shares: the frame, components, problem details, paging and idempotency keys.

Owns idempotency keys and stored files (owners as plain ids). Knows no business object and no user model.
"""
