"""Waiting for a copy of this process: how long it may take, on the clock, in processor time, and in doing nothing.

A busy machine makes everything slower on the clock. It adds nothing to the processor time that a piece of code needs,
and it does not put a process to sleep. So a loop without an end is told by the processor time, a wait without an end
by sleep, and the clock is only the last resort.
"""

import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from .messages import IDLE, PROCESSOR_TIME

LOOK = 0.005  # seconds from one look at a copy to the next
LOOK_FOR_SLEEP = 0.25  # seconds


@dataclass(frozen=True)
class Limits:
    """`seconds` on the clock; and, if given, so many seconds of processor time, and as many of sleep in one piece."""

    seconds: float
    processor_seconds: float | None = None


@dataclass(frozen=True)
class Late:
    """A limit was reached: which, and how many seconds that is."""

    seconds: float
    which: str = ""


def wait(pid: int, limits: Limits) -> tuple[int | None, Late | None]:
    """Wait for a child; return its exit status, or None if it still runs, and the limit that it has reached, if any."""
    began = time.monotonic()
    asleep = _Sleep(pid, began)
    while True:
        found, code, used = os.wait4(pid, os.WNOHANG)
        most = limits.processor_seconds
        if found:
            status = os.waitstatus_to_exitcode(code)
            if most is None or not _for_its_time(status, used.ru_utime + used.ru_stime, most):
                return status, None
            return status, Late(most, PROCESSOR_TIME)
        now = time.monotonic()
        if now - began > limits.seconds:
            return None, Late(limits.seconds)
        if most is not None and asleep.seconds(now) > most:
            return None, Late(most, IDLE)
        time.sleep(LOOK)


def _for_its_time(status: int, used: float, most: float) -> bool:
    """Whether a process was ended because it used so many seconds of processor time, or ignored being told so."""
    return status == -signal.SIGXCPU or (status == -signal.SIGKILL and used >= most)


class _Sleep:
    """For how long a process has slept without a break, as far as the system tells: each thread waits for something."""

    def __init__(self, pid: int, now: float) -> None:
        self.tasks = Path(f"/proc/{pid}/task") if sys.platform == "linux" else None
        self.since = self.looked = now
        self.used = ""

    def seconds(self, now: float) -> float:
        """Return that, in seconds."""
        if self.tasks is not None and now - self.looked > LOOK_FOR_SLEEP:
            self.looked = now
            used, sleeps = _processor_time(self.tasks)
            if used != self.used or not sleeps:
                self.used, self.since = used, now
        return now - self.since if self.tasks is not None else 0.0


def _processor_time(tasks: Path) -> tuple[str, bool]:
    """Return the processor time of all threads, as a word that changes with it, and whether all of them sleep."""
    used, sleeps = [], True
    try:
        for task in sorted(tasks.iterdir()):
            fields = (task / "stat").read_text().rpartition(")")[2].split()
            sleeps = sleeps and fields[0] in "ST"
            used.append(f"{task.name} {fields[11]} {fields[12]}")
    except OSError:
        return "", False  # it, or one of its threads, has just ended
    return ";".join(used), sleeps
