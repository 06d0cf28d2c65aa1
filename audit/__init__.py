"""The ground: the trail, its seals and its exports.

Owns events (append-only, monthly partitions), the erasable names behind them, seals and their leaves, and the
register of tables whose rows an event's digest covers. Events carry plain ids and no foreign keys: they outlive
what they tell of. Never serialises writers: sealing is a background job. Never imports an app above `web`.
"""
