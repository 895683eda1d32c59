"""What workers do: settling attempts and claiming jobs, in one transaction, whose statements go to the server together.

Nothing is logged here: what is to be said is returned, and the caller says it.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ...job import DONE, Outcome, Record, id_of
from ...log import WARNING
from ..protocol import Settled
from ..sqlite.leases import Note, failure
from ..sqlite.rows import record_of
from ..sqlite.schema import Row
from ..sqlite.work import LATE
from . import statements as text
from .gates import Admitted, Gates, room_values
from .keyed import CLAIM_WITHIN
from .rows import outcomes_of, worker_of
from .session import Session
from .statements import Statements


class Outcomes(NamedTuple):
    """Outcomes that are settled soon, and whom to tell."""

    settled: Settled
    told: Callable[[Settled], None]


class Claim(NamedTuple):
    """What a claim asks for: `number` marks what it takes, in case the answer is lost."""

    worker: int
    number: int
    limit: int
    types: Sequence[str]


class Work:
    """The ops of workers. Any thread may call it: each call has a connection of its own."""

    def __init__(self, sql: Statements, node: int) -> None:
        self._sql = sql
        self._node = node
        self.gates = Gates(sql)

    def settle_and_claim(
        self, on: Session, settled: Settled, claim: Claim | None, lost: Sequence[int]
    ) -> tuple[list[Record], list[Note], list[int]]:
        """Settle attempts, then claim jobs. Return the claimed ones, what is to be said of others, and the keys whose
        outcome came late.

        `lost` are the numbers of claims whose answers never came: nobody has these jobs, so they are given back.
        """
        if claim is not None and any(each in self.gates.limits for each in claim.types):
            with on.transaction():
                late = self._late(self._settle(on, settled), settled)
                self._give_back(on, claim, lost)
                on.execute(self._sql(text.RELEASE))
                admitted = self.gates.admit(on, claim.types, claim.limit)
                found = self._claim(on, claim, admitted).fetchall()
                rows = [row[:-1] for row in found]
                self.gates.take(on, [(Row(*row[:-2]).type, row[-1]) for row in found], admitted.tokens)
        else:
            with on.pipeline():  # one transaction, and one answer
                asked = self._settle(on, settled)
                if claim is None:
                    rows = []
                else:
                    self._give_back(on, claim, lost)
                    on.execute(self._sql(text.RELEASE))
                    rows = self._claim(on, claim, None).fetchall()
                late = self._late(asked, settled)
        claimed, notes = self._records(on, rows, claim)
        return claimed, notes, late

    def _give_back(self, on: Session, claim: Claim, lost: Sequence[int]) -> None:
        if lost:
            on.execute(self._sql(text.UNCLAIM), (claim.worker, list(lost)))

    def _claim(self, on: Session, claim: Claim, admitted: Admitted | None) -> Any:
        """Claim jobs: those that are admitted, if there are limits, which returns their limit keys, too."""
        values: dict[str, Any] = {
            "types": list(claim.types),
            "worker": claim.worker,
            "claim": claim.number,
            "limit": claim.limit,
        }
        if admitted is None:
            return on.execute(self._sql(text.CLAIM), values)
        values |= {"rooms": admitted.rooms, "keyed": admitted.keyed, **room_values(admitted.keys)}
        return on.execute(self._sql(CLAIM_WITHIN), values)

    def _settle(self, on: Session, settled: Settled) -> list[Any]:
        """Send the outcomes. Those that have just completed take less."""
        done: dict[int | None, list[int]] = {}
        others: list[tuple[Record, Outcome]] = []
        for record, outcome in settled:
            if outcome is DONE:
                done.setdefault(worker_of(record), []).append(record.key)
            else:
                others.append((record, outcome))
        asked = [on.execute(self._sql(text.COMPLETE), (keys, worker)) for worker, keys in done.items()]
        if others:
            asked.append(on.execute(self._sql(text.SETTLE), outcomes_of(others)))
        return asked

    def _late(self, asked: list[Any], settled: Settled) -> list[int]:
        if not asked:
            return []
        there = {key for each in asked for (key,) in each.fetchall()}
        return [record.key for record, _ in settled if record.key not in there]

    def _records(self, on: Session, rows: list[Any], claim: Claim | None) -> tuple[list[Record], list[Note]]:
        claimed: list[Record] = []
        notes: list[Note] = []
        for *row, _ in sorted(rows, key=lambda row: (row[-1], row[0])):  # by place
            try:
                record = record_of(row)
            except ValueError as err:  # that job fails, and the others go on
                on.execute(self._sql(text.FAIL), (str(err), row[0]))
                found = Row(*row)
                notes.append(failure(id_of(found.key, self._node), found.type, found.attempts, str(err)))
            else:
                record.worker = 0 if claim is None else claim.worker
                claimed.append(record)
        return claimed, notes


def late_notes(keys: Sequence[int], node: int) -> list[Note]:
    """Return what is said of outcomes that came late."""
    return [(WARNING, LATE.format(id_of(key, node))) for key in keys]
