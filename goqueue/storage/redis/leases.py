"""Leases and heartbeats: which workers are alive, without a common clock. A worker here is a storage that claims jobs.

    each worker   adds 1 to its heartbeat counter, again and again
    each worker   notes when it last saw another's counter change; after `lease` seconds on its own clock without a
                  change, it considers that worker dead
    a dead one    loses its row, and its running jobs are pending again

Only time.monotonic is used, by each process on its own, so clocks of machines may differ, and an outage of the server
kills nobody: when it is back, each worker is watched anew for a whole lease. Nothing else tells one machine that a
process on another lives. So a process that is suspended, or whose handler keeps all its threads from running, for
longer than the lease, loses its jobs: others run them, its handlers hear that through their contexts, and its outcomes
do not count.
"""

import contextlib
import json
import threading
import time
from collections.abc import Sequence

from ...errors import StorageError
from ...job import Record, id_of
from ...log import ERROR, WARNING, tell
from .rows import beat_of
from .server import Server

LOST = "This process sent no heartbeat for too long, or the server has lost it: its jobs were given to others"


class Leases:
    """This process's lease, and what it knows of the others. Any thread may call it."""

    def __init__(self, server: Server, node: int, seconds: float, max_lost: int) -> None:
        self._server = server
        self._node = node
        self._seconds = seconds
        self._max_lost = max_lost
        self._lock = threading.Lock()  # guards the next two; nothing else is done while it is held
        self._names = 0  # how many ids this process has had
        self.worker = ""  # our id, once the server knows it
        self._looked = 0.0  # when we last looked at the others (time.monotonic); only `beat` uses this and the next
        self._seen: dict[str, tuple[int, float]] = {}  # for each other worker: its counter, and when we first saw it

    def claimant(self, process: str) -> tuple[str, bool]:
        """Return our id, and whether it is a new one: then call `enter` when the server knows it, and not before."""
        with self._lock:
            if self.worker:
                return self.worker, False
            self._names += 1
            return f"{process}.{self._names}", True

    def enter(self, worker: str) -> None:
        """Send heartbeats for an id from now on."""
        with self._lock:
            self.worker = worker

    def lost(self, worker: str) -> None:
        """Give up an id that the server does not know any more: whoever claims next has a new one."""
        with self._lock:
            if self.worker == worker:
                self.worker = ""

    def beat(self, running: Sequence[Record], old: Sequence[object]) -> tuple[set[int], list[bytes]]:
        """Send a heartbeat, and take back the jobs of workers that send none.

        Return which of ours must stop, and what is kept no longer, as `old` says: the arguments of that script.
        """
        worker = self.worker
        facts = [text for record in running for text in beat_of(record)]
        known, stop, beats, gone = self._server.run("beat", *old, worker, *facts, twice=True)
        if not known:
            self.lost(worker)
            tell(ERROR, LOST)
        texts = [each.decode() for each in beats]
        counters = {name: int(beat) for name, beat in zip(texts[::2], texts[1::2], strict=True) if name != worker}
        for dead, counter in self._silent(counters):
            self._bury(dead, str(counter))
        return {int(key) for key in stop}, gone

    def _silent(self, counters: dict[str, int]) -> list[tuple[str, int]]:
        """Note the counters of others. Return those that have not changed for a lease."""
        now = time.monotonic()
        if now - self._looked > self._seconds / 2:
            self._seen = {}  # we were suspended ourselves, or the server was away: we cannot tell who was silent
        self._looked = now
        self._seen = {
            name: self._seen[name] if self._seen.get(name, (None,))[0] == counter else (counter, now)
            for name, counter in counters.items()
        }
        return [(name, counter) for name, (counter, since) in self._seen.items() if now - since >= self._seconds]

    def _bury(self, worker: str, beat: str) -> None:
        """Take back the jobs of a dead worker, unless another process is faster, and say so."""
        taken = json.loads(self._server.run("bury", worker, beat, self._max_lost))
        if taken:
            tell(WARNING, "A worker died: %d of its jobs are taken back", len(taken))
        for key, job_type, status, attempts, error in taken:
            if status == "f":
                told = (id_of(int(key), self._node), job_type, attempts, error)
                tell(ERROR, "Job %s (%s) failed at attempt %s: %s", *told)

    def resign(self) -> str:
        """Return our id, and be nobody from here on: whoever claims next has a new one."""
        with self._lock:
            worker, self.worker = self.worker, ""
        return worker

    def leave(self, worker: str) -> None:
        """Give up the lease of `worker`: at once if nothing of it runs, and otherwise when others see that it ended."""
        if worker:
            with contextlib.suppress(StorageError):  # others see that no heartbeat comes
                self._server.run("bury", worker, "", self._max_lost)
