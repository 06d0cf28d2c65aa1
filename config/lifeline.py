"""Children that do not outlive their parent, however it ends (Linux: PR_SET_PDEATHSIG)."""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(signum: int = signal.SIGKILL, expected_parent: int | None = None) -> None:
    """Ask the kernel to send `signum` to this process when the thread that made it is gone.

    expected_parent: process id of the parent, when known; if it has died already the signal is sent at once.
    """
    if _LIBC is None:
        return
    _LIBC.prctl(PR_SET_PDEATHSIG, int(signum), 0, 0, 0)
    if expected_parent is not None and os.getppid() != expected_parent:
        os.kill(os.getpid(), signum)
