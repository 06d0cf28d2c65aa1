"""Waking loops early, for apps above; `web.wakes` does it.

Records: nothing. Locks: nothing. Allowed: actions and loops.
"""

from web.wakes import send, wake

__all__ = ["send", "wake"]
