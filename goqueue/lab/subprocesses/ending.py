"""Ending what a copy has started, even what has left its process group: this process takes over its orphans.

On Linux a process can ask to become the parent of all its descendants whose own parent ends. So none of them gets away
by `setsid` or by a second fork. Only an interpreter that has no other children may ask for this.
"""

import contextlib
import os
import signal
import sys
import time
from pathlib import Path

_PR_SET_DUMPABLE, _PR_SET_CHILD_SUBREAPER = 4, 36
LONGEST = 10.0  # seconds for all of them to end

_adopts = False


def keep_apart() -> None:
    """Take over the orphans of copies from now on, and let no copy look into this process. On Linux only."""
    global _adopts
    if sys.platform == "linux":
        import ctypes

        system = ctypes.CDLL(None, use_errno=True)
        _adopts = system.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
        system.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def end_orphans() -> None:
    """Kill all children of this process, if it takes over orphans. Raises RuntimeError if they do not end."""
    until = time.monotonic() + LONGEST
    while _adopts:
        try:
            if os.waitpid(-1, os.WNOHANG)[0]:
                continue
        except ChildProcessError:
            return
        for child in _children():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(child, signal.SIGKILL)
        if time.monotonic() > until:
            raise RuntimeError("it has started processes that do not end")


def _children() -> list[int]:
    here, found = os.getpid(), []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == here:
                found.append(int(stat.parent.name))
    return found
