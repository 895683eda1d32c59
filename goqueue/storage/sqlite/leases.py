"""Leases and heartbeats: which workers are alive, without a common clock. A worker here is a storage that claims jobs.

    each worker   adds 1 to its heartbeat counter, again and again, and holds a lock as long as its process lives
    each worker   notes when it last saw another's counter change; after `lease` seconds on its own clock without a
                  change, and if the lock is free (presence.py), it considers that worker dead
    a dead one    loses its row, and its running jobs are pending again

Only time.monotonic is used, by each process on its own, so a clock that jumps changes nothing. A long job does not make
its process look dead, and neither does one that keeps all other threads from running. A process that lives, and sends
no heartbeat for UNHEARD seconds, is given up: it is suspended, or hangs. If it goes on, it finds its row gone: its jobs
belong to others now, its handlers hear that through their contexts, and its outcomes do not count.
"""

import os
import sqlite3
import time
from collections.abc import Sequence

from ...job import FAILED, id_of
from ...log import ERROR, WARNING, tell
from ...states import Move
from .presence import Presence
from .statements import PLACE, becomes, may

Note = tuple[int, str]  # what is to be said: its level, and the text

ENTER = "INSERT INTO workers VALUES (?, 0)"
HERE = "SELECT 1 FROM workers WHERE id = ?"
BEAT = "UPDATE workers SET beat = beat + 1 WHERE id = ?"
BEATS = "SELECT id, beat FROM workers WHERE id <> ?"
LEAVE = """
    DELETE FROM workers
    WHERE id = ? AND NOT EXISTS (SELECT 1 FROM jobs WHERE status = 'running' AND worker = workers.id)
"""
BURY = "DELETE FROM workers WHERE id = ? AND beat = ?"
TAKE_BACK = f"""
    UPDATE jobs SET
        lost = lost + 1, due = {PLACE}priority, delayed = 0, worker = NULL, updated = ?,
        attempts = attempts - (lost + 1 < ? AND NOT cancelling),
        status = CASE WHEN lost + 1 < ? THEN {becomes(Move.HAND_BACK)} ELSE {becomes(Move.FAIL)} END,
        error = CASE WHEN lost + 1 < ? OR cancelling THEN error
                     ELSE 'its worker died ' || (lost + 1) || ' times while it ran' END
    WHERE worker = ? AND {may(Move.HAND_BACK)}
    RETURNING key, type, status, attempts, error
"""


UNHEARD = 600.0  # seconds


def say(notes: Sequence[Note]) -> None:
    """Log what is to be said. Not inside a transaction."""
    for level, note in notes:
        tell(level, "%s", note)


def failure(job_id: str, job_type: object, attempt: object, error: str) -> Note:
    """Return what is said of a job that fails for good, and not by what its handler raised."""
    return ERROR, f"Job {job_id} ({job_type}) failed at attempt {attempt}: {error}"


class Leases:
    """This process's lease, and what it knows of the others.

    All methods but `resign` run inside the storage's transactions.
    """

    def __init__(self, path: str, node: int, seconds: float, max_lost: int) -> None:
        self._node = node
        self.presence = Presence(path)
        self._seconds = seconds
        self._max_lost = max_lost
        self.worker = 0  # our id, once we have claimed something
        self._looked = 0.0  # when we last looked at the others (time.monotonic)
        self._seen: dict[int, tuple[int, float]] = {}  # for each other worker: its counter, and when we first saw it

    def claimant(self, on: sqlite3.Connection) -> int:
        """Return our id. Insert our row if it is missing."""
        worker = self.worker  # read once, because `resign` comes from another thread
        if not worker or on.execute(HERE, (worker,)).fetchone() is None:
            self.presence.leave(worker)
            self.worker = worker = int.from_bytes(os.urandom(6), "big") + 1
            self.presence.enter(worker)  # first: nobody may see the row without the lock
            on.execute(ENTER, (worker,))
        return worker

    def beat(self, on: sqlite3.Connection) -> list[Note]:
        """Send a heartbeat, and take back the jobs of workers that send none. Return what is to be said."""
        notes: list[Note] = []
        if self.worker and on.execute(BEAT, (self.worker,)).rowcount == 0:
            notes.append((ERROR, "This process sent no heartbeat for too long: its jobs were given to others"))
            self.claimant(on)
        now = time.monotonic()
        if now - self._looked > self._seconds / 2:
            self._seen = {}  # we were suspended ourselves, so we cannot tell who was silent
        self._looked = now
        beats = dict(on.execute(BEATS, (self.worker,)).fetchall())
        seen = {
            worker: self._seen[worker] if self._seen.get(worker, (None,))[0] == beat else (beat, now)
            for worker, beat in beats.items()
        }
        for worker, (beat, since) in seen.items():
            if self._is_dead(worker, now - since) and on.execute(BURY, (worker, beat)).rowcount:
                notes += self._take_back(on, worker)
        self._seen = seen
        return notes

    def _take_back(self, on: sqlite3.Connection, worker: int) -> list[Note]:
        """Take back the jobs of a dead worker. Return what is to be said: each that fails has a note of its own."""
        most = self._max_lost
        taken = on.execute(TAKE_BACK, (time.time(), most, most, most, worker)).fetchall()
        notes = [(WARNING, f"A worker died: {len(taken)} of its jobs are taken back")] if taken else []
        for key, job_type, status, attempts, error in taken:
            if status == FAILED:
                notes.append(failure(id_of(key, self._node), job_type, attempts, error))
        return notes

    def _is_dead(self, worker: int, silent: float) -> bool:
        return silent >= self._seconds and (silent >= UNHEARD or not self.presence.holds(worker))

    def resign(self) -> int:
        """Return our id, and be nobody from here on: whoever claims next has a new one. Any thread may call this."""
        worker, self.worker = self.worker, 0
        return worker

    def leave(self, on: sqlite3.Connection, worker: int) -> None:
        """Delete the row of `worker`, unless a job of it still runs: then the lease must expire."""
        on.execute(LEAVE, (worker,))
