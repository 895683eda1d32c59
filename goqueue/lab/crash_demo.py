"""The crash demo: really `kill -9` a process that runs a queue, and look at what is left.

    this process ── starts ──> a process with a queue: accepts JOBS jobs, completes some, is in the middle of one
                 ── kill -9 ──> it
                 ── starts ──> another on the same storage, which runs what it finds

Each call has the same result on every machine, because it waits for events (the first process reports the job that it
began) and not for times. A storage file is created in a folder that is deleted afterwards.
"""

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from .views import View, table

ORDERS = (17, 18, 19, 20, 21)
CUT_OFF = 19  # the order in whose delivery the process is killed
LEASE = 1.0  # seconds, so that the second process need not wait for long

STORAGES = ("memory", "each commit", "group commit", "write-behind")


@dataclass(frozen=True)
class CrashDemo:
    """What became of each order."""

    storage: str
    delivered_before: tuple[int, ...]
    cut_off: int
    delivered_after: tuple[int, ...]

    @property
    def lost(self) -> tuple[int, ...]:
        """The accepted orders that nobody has delivered or will deliver."""
        return tuple(order for order in ORDERS if order not in self.delivered_before + self.delivered_after)

    def view(self) -> View:
        """Return the orders as a table."""
        rows = [(order, self._before(order), self._after(order)) for order in ORDERS]
        return table(["order", "at the kill", "afterwards"], rows, title=f"kill -9, storage: {self.storage}")

    def _before(self, order: int) -> str:
        if order in self.delivered_before:
            return "delivered"
        return "half delivered" if order == self.cut_off else "waits"

    def _after(self, order: int) -> str:
        if order in self.delivered_after:
            return "delivered"
        return "lost" if order in self.lost else ""


def kill_and_restart(storage: str = "memory") -> CrashDemo:
    """Kill a process in the middle of a delivery, and start another one on the same storage. Takes about three seconds.

    `storage` is "memory", or the durability of a SQLite file: "each commit", "group commit", "write-behind".
    """
    if storage not in STORAGES:
        raise ValueError(f"storage is {storage!r}: it must be one of {', '.join(map(repr, STORAGES))}")
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder, "jobs.db"))
        before = _run("accept", storage, path)
        after = _run("go on", storage, path)
    return CrashDemo(storage, before[:-1], before[-1], tuple(sorted(after)))


def _run(part: str, storage: str, path: str) -> tuple[int, ...]:
    """Run one process until it reports the end of its part, and kill it. Return the orders it reported."""
    command = [sys.executable, "-m", "goqueue.lab.crash_demo_process", part, storage, path]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        process.kill()  # SIGKILL, where there are signals: nothing in there runs any more
    if not said:
        raise RuntimeError("the process with the queue ended before it had said anything: see what it wrote to stderr")
    return tuple(json.loads(said))
