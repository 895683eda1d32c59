"""What workers do to the file: settling attempts, claiming jobs, and staying alive. All inside the writer's thread.

Nothing is logged in an op, because a log handler may submit a job, and this is in the middle of a transaction. What is
to be said is returned, and the caller says it; what nobody waits for is said in the background.
"""

import sqlite3
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ...job import DONE, Outcome, Record, id_of
from ...log import WARNING, tell_in_background
from ...progress import kept
from ...states import MOVES, Move, bounded, move_of
from ..protocol import Settled
from . import statements as sql
from .gates import Admitted, Gates
from .leases import Leases, Note, failure
from .rows import Claimed, record_of, storable, text_of
from .schema import Row

MOST = 512  # jobs that one statement completes


class Outcomes(NamedTuple):
    """Outcomes that are settled soon, and whom to tell."""

    settled: Settled
    told: Callable[[Settled], None]
    late: list[str]  # ids of those that came too late


LATE = "{} is no longer ours: an outcome of it came late, and is dropped"


def tell_committed(items: list[Outcomes]) -> None:
    """Tell that outcomes are committed, in the writer's thread, outside of its lock."""
    late = [LATE.format(job_id) for item in items for job_id in item.late]
    if late:
        tell_in_background(WARNING, late)
    for item in items:
        item.told(item.settled)


def claiming(admitted: Admitted, worker: int, now: float) -> tuple[str, Sequence[Any]]:
    """Return the statement that claims what is admitted, and its values."""
    types, keyed, chosen, limit = admitted
    size = 1 << (len(chosen) - 1).bit_length() if chosen else 0  # few different statements; no job has the key 0
    padded = (*chosen, *[0] * (size - len(chosen)))
    return sql.claim(len(types), len(keyed), size), (now, worker, limit, *types, *keyed, *padded)


def worker_of(record: Record) -> int | None:
    """Return who claimed a job."""
    return record.worker if isinstance(record, Claimed) else None


class Work:
    """The ops of workers. Only the writer's thread calls it."""

    def __init__(self, node: int, leases: Leases) -> None:
        self._node = node
        self._leases = leases
        self.gates = Gates()

    def settle_and_claim(
        self, on: sqlite3.Connection, settled: Settled, limit: int, types: Sequence[str]
    ) -> tuple[list[Record], list[Note]]:
        """Settle attempts, then claim jobs. Return the claimed ones, and what is to be said."""
        now = time.time()
        late = [record.key for record, outcome in settled if not self._settle(on, record, outcome, now)]
        notes = [(WARNING, LATE.format(id_of(key, self._node))) for key in late]
        claimed = self._claim(on, limit, types, now, notes) if limit else []
        return claimed, notes

    def settle_all(self, on: sqlite3.Connection, items: list[Outcomes]) -> None:
        """Settle attempts for which nobody waits. Those that have just completed take one statement together."""
        now = time.time()
        done: dict[int | None, dict[int, list[str]]] = {}  # worker -> key -> where to note that it came late
        for item in items:
            item.late.clear()  # after a rollback, this comes again
            for record, outcome in item.settled:
                if outcome is DONE:
                    done.setdefault(worker_of(record), {})[record.key] = item.late
                elif not self._settle(on, record, outcome, now):
                    item.late.append(id_of(record.key, self._node))
        for worker, late in done.items():
            for key in self._complete(on, worker, list(late), now):
                late[key].append(id_of(key, self._node))

    def _complete(self, on: sqlite3.Connection, worker: int | None, keys: list[int], now: float) -> list[int]:
        """Complete jobs that have returned nothing, many in one statement. Return those whose outcome came late."""
        if len(keys) > MOST:
            return [*self._complete(on, worker, keys[:MOST], now), *self._complete(on, worker, keys[MOST:], now)]
        size = 1 << (len(keys) - 1).bit_length()  # few different statements; no job has the key 0
        values = (now, worker, *keys, *[0] * (size - len(keys)))
        if on.execute(sql.complete(size), values).rowcount == len(keys):
            return []
        return [key for key in keys if on.execute(sql.COMPLETED_AT, (key, now)).fetchone() is None]

    def _settle(self, on: sqlite3.Connection, record: Record, outcome: Outcome, now: float) -> bool:
        move = move_of(outcome)
        due = now + outcome.delay
        if not outcome.delay:  # it waits for no moment
            due = record.place(now if outcome.counts else record.created)  # interrupted: it has its old place
        error = storable(bounded(outcome.error) if outcome.counts else record.error)
        how = (int(move is Move.HAND_BACK), error, text_of(outcome.result), due, outcome.delay > 0.0, now)
        values = (MOVES[move].ending, MOVES[move].running, *how, record.key, worker_of(record))
        return on.execute(sql.SETTLE, values).rowcount > 0

    def _claim(
        self, on: sqlite3.Connection, limit: int, types: Sequence[str], now: float, notes: list[Note]
    ) -> list[Record]:
        admitted = self.gates.admit(on, types, limit, now)
        if not (admitted.types or admitted.keyed):
            return []
        worker = self._leases.claimant(on)
        claimed: list[Claimed] = []
        on.execute(sql.RELEASE, (now,))
        rows = on.execute(*claiming(admitted, worker, now)).fetchall()
        for *row, _ in sorted(rows, key=lambda row: (row[-1], row[0])):  # by place
            try:
                claimed.append(record_of(row))
            except ValueError as err:  # that job fails, and the others go on
                on.execute(sql.FAIL, (str(err), now, row[0]))
                found = Row(*row)
                notes.append(failure(id_of(found.key, self._node), found.type, found.attempts, str(err)))
        for record in claimed:
            record.worker = worker
        self.gates.take(on, claimed, now)
        return list(claimed)

    def maintain(self, on: sqlite3.Connection, running: Sequence[Record]) -> tuple[list[Record], list[Note]]:
        """Renew our lease, and end those of the dead. Return which of `running` are to stop, and what is to be said."""
        notes = self._leases.beat(on)
        self.gates.prune(on, time.time())
        for record in running:
            if record.progress is not None:
                on.execute(sql.REPORT, (kept(record.progress), record.key, worker_of(record)))
        keys = [record.key for record in running]
        unwanted = {key for (key,) in on.execute(sql.cancelling(len(keys)), keys)}
        ours = self._leases.worker
        stop = [record for record in running if record.key in unwanted or getattr(record, "worker", ours) != ours]
        return stop, notes
