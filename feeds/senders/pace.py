"""Waiting for a platform that asks us to slow down, as long as an attempt may take."""

import time
from collections.abc import Callable

Sleep = Callable[[float], None]


class Pace:
    """How long one attempt may still wait. Never used inside a transaction."""

    def __init__(self, patience_s: float, sleep: Sleep = time.sleep) -> None:
        self._end = time.monotonic() + patience_s
        self._sleep = sleep

    def wait(self, seconds: float) -> bool:
        """Wait so long; False, at once, when that is longer than may be waited."""
        if time.monotonic() + seconds > self._end:
            return False
        self._sleep(max(0.0, seconds))
        return True
