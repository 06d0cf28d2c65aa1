"""Today and the figures on it.

Reads everything below and writes only its own daily figures. Never corrects what it reads; a figure that cannot be computed
(no cost, no rate, no reconciliation) is absent, never zero.
"""
