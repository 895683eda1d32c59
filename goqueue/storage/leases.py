"""Who is alive: leases that need no clock in common.

    each worker   adds 1 to its beat, again and again               (a "worker" here is a storage that has claimed jobs)
    each of them  remembers when it saw another's beat change; unchanged for `lease` seconds of its own clock: dead
    the dead      lose their row, and their running jobs are pending again

A clock that jumps changes nothing: only time.monotonic is looked at, each its own. A long job is not taken for dead,
since its process beats. A process that was stopped for longer finds its row gone: what it runs is no longer its own,
its handlers hear of it through their contexts, and their outcomes do not count.
"""

import logging
import os
import sqlite3
import time

log = logging.getLogger(__name__)

ENTER = "INSERT INTO workers VALUES (?, 0)"
HERE = "SELECT 1 FROM workers WHERE id = ?"
BEAT = "UPDATE workers SET beat = beat + 1 WHERE id = ?"
BEATS = "SELECT id, beat FROM workers WHERE id <> ?"
LEAVE = """
    DELETE FROM workers
    WHERE id = ? AND NOT EXISTS (SELECT 1 FROM jobs WHERE status = 'running' AND worker = workers.id)
"""
BURY = "DELETE FROM workers WHERE id = ? AND beat = ?"
TAKE_BACK = """
    UPDATE jobs SET
        lost = lost + 1, due = 0.0, worker = NULL, updated = ?,
        attempts = attempts - (lost + 1 < ? AND NOT cancelling),
        status = CASE WHEN cancelling THEN 'cancelled' WHEN lost + 1 < ? THEN 'pending' ELSE 'failed' END,
        error = CASE WHEN lost + 1 < ? THEN error ELSE 'its worker died ' || (lost + 1) || ' times while it ran' END
    WHERE worker = ? AND status = 'running'
"""


class Leases:
    """This process's lease, and what it knows of others'. All methods run inside the storage's transactions."""

    def __init__(self, seconds: float, max_lost: int) -> None:
        self._seconds = seconds
        self._max_lost = max_lost
        self.worker = 0  # who we are, once we have claimed something
        self._looked = 0.0  # when we last looked at others (time.monotonic)
        self._seen: dict[int, tuple[int, float]] = {}  # of others: the beat, and when we first saw it

    def claimant(self, on: sqlite3.Connection) -> int:
        """Return who we are; enter the list of workers if we are not, or no longer, in it."""
        if not self.worker or on.execute(HERE, (self.worker,)).fetchone() is None:
            self.worker = int.from_bytes(os.urandom(6), "big") + 1
            on.execute(ENTER, (self.worker,))
        return self.worker

    def beat(self, on: sqlite3.Connection) -> None:
        """Give a sign of life, and take back the jobs of those who give none."""
        if self.worker and on.execute(BEAT, (self.worker,)).rowcount == 0:
            log.error("This process gave no sign of life for too long: its jobs were given to others")
            self.claimant(on)
        now = time.monotonic()
        if now - self._looked > self._seconds / 2:
            self._seen = {}  # we were stopped ourselves, and cannot tell who was silent meanwhile
        self._looked = now
        beats = dict(on.execute(BEATS, (self.worker,)).fetchall())
        seen = {
            worker: self._seen[worker] if self._seen.get(worker, (None,))[0] == beat else (beat, now)
            for worker, beat in beats.items()
        }
        for worker, (beat, since) in seen.items():
            if now - since >= self._seconds and on.execute(BURY, (worker, beat)).rowcount:
                most = self._max_lost
                count = on.execute(TAKE_BACK, (time.time(), most, most, most, worker)).rowcount
                log.warning("A worker died: %d of its jobs are taken back", count)
        self._seen = seen

    def leave(self, on: sqlite3.Connection) -> None:
        """Leave the list of workers, unless something of ours still runs: then the lease must end by itself."""
        on.execute(LEAVE, (self.worker,))
