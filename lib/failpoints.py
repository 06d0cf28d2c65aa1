"""Places where a test may have the process killed; nothing happens there otherwise."""

import os
import signal

VARIABLE = "STEELYARD_FAILPOINT"


def failpoint(name: str) -> None:
    """Kill this process with SIGKILL when the environment names this place; else nothing."""
    if os.environ.get(VARIABLE) == name:
        os.kill(os.getpid(), signal.SIGKILL)
