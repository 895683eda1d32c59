"""Leases and heartbeats: which workers are alive. A worker here is a storage that claims jobs.

    each worker    notes the time of the server in its row, again and again
    each worker    looks for rows that are older than `lease` by the server's clock. If such a row has not changed for
                   half of `lease` more, by the monotonic clock of the looker, its worker is dead
    a dead one     loses its row, and its running jobs are pending again; so is what runs without any row

So a clock of the server that is set, or the other clock of a standby that took over, makes nobody look dead: whoever
lives notes the new time soon. After an outage, too, all rows are old, and those who live have time to come back. No
clock of one machine is compared with that of another.

A process that could not reach the server for so long finds its row gone: its jobs belong to others now, its handlers
hear that through their contexts, and its outcomes do not count.
"""

import os
import time
from typing import Any

from ...job import FAILED, STEP, id_of
from ...log import ERROR, WARNING
from ...states import Move
from ..sqlite.leases import Note, failure
from ..sqlite.statements import becomes, may
from .session import Session
from .statements import MOMENT, SINCE, Statements

ENTER = f"INSERT INTO {{s}}.workers VALUES (%s, {MOMENT}) ON CONFLICT DO NOTHING"
BEAT = f"UPDATE {{s}}.workers SET beat = {MOMENT} WHERE id = %s RETURNING 1"
OLD = f"SELECT id, beat FROM {{s}}.workers WHERE id <> %s AND abs({MOMENT} - beat) > %s"
ORPHANED = """
    SELECT worker FROM (SELECT DISTINCT worker FROM {s}.jobs WHERE status = 'running') AS each
    WHERE NOT EXISTS (SELECT 1 FROM {s}.workers WHERE id = each.worker)
"""
LEAVE = """
    DELETE FROM {s}.workers
    WHERE id = %s AND NOT EXISTS (SELECT 1 FROM {s}.jobs WHERE status = 'running' AND worker = workers.id)
"""
BURY = "DELETE FROM {s}.workers WHERE id = %s AND beat = %s RETURNING 1"
TAKE_BACK = f"""
    UPDATE {{s}}.jobs SET
        lost = lost + 1, due = {SINCE} - {STEP} * priority, delayed = false, worker = NULL, claim = NULL,
        updated = {MOMENT},
        attempts = attempts - CASE WHEN lost + 1 < %(most)s AND NOT cancelling THEN 1 ELSE 0 END,
        status = CASE WHEN lost + 1 < %(most)s THEN {becomes(Move.HAND_BACK)} ELSE {becomes(Move.FAIL)} END,
        error = CASE WHEN lost + 1 < %(most)s OR cancelling THEN error
                     ELSE 'its worker died ' || (lost + 1) || ' times while it ran' END
    WHERE worker = %(worker)s AND {may(Move.HAND_BACK)}
    RETURNING key, type, status, attempts, error
"""


class Leases:
    """This process's lease, and what it knows of the others. Its methods but `resign` are ops, with a connection."""

    def __init__(self, sql: Statements, node: int, seconds: float, max_lost: int) -> None:
        self._sql = sql
        self._node = node
        self._seconds = seconds
        self._max_lost = max_lost
        self.worker = 0  # our id, once we have claimed something
        self._looked = 0.0  # when we last looked at the others (time.monotonic)
        self._seen: dict[int, tuple[Any, float]] = {}  # for each that looks dead: its row, and when we first saw it

    def claimant(self, on: Session) -> int:
        """Return our id. Our row is there before anything is claimed under it."""
        worker = self.worker  # read once, because `resign` comes from another thread
        if not worker:
            worker = int.from_bytes(os.urandom(6), "big") + 1
            on.execute(self._sql(ENTER), (worker,))
            self.worker = worker
        return worker

    def beat(self, on: Session) -> list[Note]:
        """Send a heartbeat, and take back the jobs of workers that send none. Return what is to be said."""
        notes: list[Note] = []
        ours = self.worker
        with on.pipeline():
            beaten = on.execute(self._sql(BEAT), (ours,))
            old = on.execute(self._sql(OLD), (ours, self._seconds))
            orphaned = on.execute(self._sql(ORPHANED))
            if ours and not beaten.fetchall():
                notes.append((ERROR, "This process sent no heartbeat for too long: its jobs were given to others"))
                self.resign()
            rows, orphans = old.fetchall(), orphaned.fetchall()
        now = time.monotonic()
        if now - self._looked > self._seconds / 2:
            self._seen = {}  # we were suspended ourselves, so we cannot tell who was silent
        self._looked = now
        seen = self._seen
        self._seen = {
            worker: seen[worker] if seen.get(worker, (None,))[0] == beat else (beat, now) for worker, beat in rows
        }
        for worker, (beat, since) in self._seen.items():
            if now - since >= self._seconds / 2:
                notes += self._bury(on, worker, beat)
        for (worker,) in orphans:
            notes += self._take_back(on, worker)
        return notes

    def _bury(self, on: Session, worker: int, beat: float) -> list[Note]:
        with on.transaction():
            if not on.execute(self._sql(BURY), (worker, beat)).fetchall():
                return []  # it lives, or another was faster
            return self._take_back(on, worker)

    def _take_back(self, on: Session, worker: int) -> list[Note]:
        """Take back the jobs of a dead worker. Return what is to be said: each that fails has a note of its own."""
        taken = on.execute(self._sql(TAKE_BACK), {"most": self._max_lost, "worker": worker}).fetchall()
        notes = [(WARNING, f"A worker died: {len(taken)} of its jobs are taken back")] if taken else []
        for key, job_type, status, attempts, error in taken:
            if status == FAILED:
                notes.append(failure(id_of(key, self._node), job_type, attempts, error))
        return notes

    def resign(self) -> int:
        """Return our id, and be nobody from here on: whoever claims next has a new one. Any thread may call this."""
        worker, self.worker = self.worker, 0
        return worker

    def leave(self, on: Session, worker: int) -> None:
        """Delete the row of `worker`, unless a job of it still runs: then the lease must end."""
        on.execute(self._sql(LEAVE), (worker,))
