"""The crash demo: really `kill -9` a process that runs a queue, and look at what is left.

    this process ── starts ──> a process with a queue: accepts JOBS jobs, completes some, is in the middle of one
                 ── kill -9 ──> it
                 ── starts ──> another on the same storage, which runs what it finds

Each call has the same result on every machine, because it waits for events (the first process reports the job that it
began) and not for times. A storage file is created in a folder that is deleted afterwards. Where there are no
processes, as in a browser tab, the results on record are returned, and the view says so.
"""

import json
import logging
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from goqueue import Context, JobContext, MemoryStorage, Queue, Status
from goqueue.storage import SQLiteStorage, Storage

from .subprocesses import IN_PLACE
from .views import View, table

ORDERS = (17, 18, 19, 20, 21)
CUT_OFF = 19  # the order in whose delivery the process is killed
LEASE = 1.0  # seconds, so that the second process need not wait for long
BEHIND = 1.5  # seconds: more than a write-behind may lag
FOR_EVER = 3600.0  # seconds

# What was delivered before the kill, and after it. A test compares them with real kills.
RECORDED: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "memory": ((17, 18), ()),
    "each commit": ((17, 18), (19, 20, 21)),
    "group commit": ((17, 18), (19, 20, 21)),
    "write-behind": ((17, 18), (19, 20, 21)),
}
STORAGES = tuple(RECORDED)


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
        note = " (on record: this cannot run in a browser tab, which has no processes)" if IN_PLACE else ""
        return table(["order", "at the kill", "afterwards"], rows, title=f"kill -9, storage: {self.storage}{note}")

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
    if IN_PLACE:
        delivered, afterwards = RECORDED[storage]
        return CrashDemo(storage, delivered, CUT_OFF, afterwards)
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder, "jobs.db"))
        before = _run("accept", storage, path)
        after = _run("go on", storage, path)
    return CrashDemo(storage, before[:-1], before[-1], tuple(sorted(after)))


def _run(part: str, storage: str, path: str) -> tuple[int, ...]:
    """Run one process until it reports the end of its part, and kill it. Return the orders it reported."""
    command = [sys.executable, "-m", "goqueue.lab.crash_demo", part, storage, path]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        process.kill()  # SIGKILL, where there are signals: nothing in there runs any more
    if not said:
        raise RuntimeError("the process with the queue ended before it had said anything: see what it wrote to stderr")
    return tuple(json.loads(said))


# -- What the processes do: python -m goqueue.lab.crash_demo accept|"go on" STORAGE PATH -------------------------------


def _open_storage(kind: str, path: str) -> Storage:
    """Return the storage on which this process works."""
    if kind == "memory":
        return MemoryStorage()
    return SQLiteStorage(path, durability=kind, lease=LEASE)


def _accept(storage: Storage) -> None:
    """Accept all orders and deliver those before CUT_OFF. Report them, and hang in the delivery of CUT_OFF."""
    delivered: list[int] = []

    def deliver(ctx: JobContext, payload: dict[str, int]) -> None:
        if payload["order"] == CUT_OFF:
            time.sleep(BEHIND)  # by now the write-behind has written
            _say([*delivered, CUT_OFF])
            time.sleep(FOR_EVER)
        delivered.append(payload["order"])

    queue = Queue(workers=1, storage=storage)
    queue.submit_many(Context(), "webhook", [{"order": order} for order in ORDERS])
    queue.register_handler("webhook", deliver)
    queue.start(Context())


def _go_on(storage: Storage) -> None:
    """Deliver the orders in the storage, and report them."""
    delivered: list[int] = []
    queue = Queue(workers=1, storage=storage)
    queue.register_handler("webhook", lambda ctx, payload: delivered.append(payload["order"]))
    with queue:
        while (count := queue.count(Context()))[Status.PENDING] or count[Status.RUNNING]:
            time.sleep(0.05)
    _say(delivered)
    time.sleep(FOR_EVER)


def _say(orders: list[int]) -> None:
    """Report orders to the process that started this one."""
    print(json.dumps(orders), flush=True)


if __name__ == "__main__":
    logging.getLogger("goqueue").setLevel(logging.ERROR)  # a worker is meant to die here
    part, kind, path = sys.argv[1:]
    {"accept": _accept, "go on": _go_on}[part](_open_storage(kind, path))
