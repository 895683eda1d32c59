"""The state machine of a job: one table, which memory follows and from which the SQL's conditions are made.

    move         from pending   from running   from running, asked to end
    CLAIM        running        -              -
    CANCEL       cancelled      running        running                      a running job is asked to end
    COMPLETE     -              completed      completed
    FAIL         -              failed         cancelled                    no attempt is left
    RETRY        -              pending        cancelled                    an attempt is left
    HAND_BACK    -              pending        cancelled                    the attempt does not count: a stop, a Snooze
    GIVE_UP      -              cancelled      cancelled                    the handler has obeyed

A move that the table does not name is refused. Nothing leaves completed, failed or cancelled.
"""

from enum import Enum
from typing import NamedTuple

from .job import CANCELLED, COMPLETED, FAILED, PENDING, RUNNING, Outcome, Record, Status

MOST = 16_384  # characters of an error that are kept


class Move(Enum):
    """What may happen to a job."""

    CLAIM = "claim"
    CANCEL = "cancel"
    COMPLETE = "complete"
    FAIL = "fail"
    RETRY = "retry"
    HAND_BACK = "hand back"
    GIVE_UP = "give up"


class Targets(NamedTuple):
    """Where a move leads, by where the job stands; None: it is refused there."""

    pending: Status | None = None
    running: Status | None = None
    ending: Status | None = None  # running, and asked to end


MOVES: dict[Move, Targets] = {
    Move.CLAIM: Targets(pending=RUNNING),
    Move.CANCEL: Targets(pending=CANCELLED, running=RUNNING, ending=RUNNING),
    Move.COMPLETE: Targets(running=COMPLETED, ending=COMPLETED),
    Move.FAIL: Targets(running=FAILED, ending=CANCELLED),
    Move.RETRY: Targets(running=PENDING, ending=CANCELLED),
    Move.HAND_BACK: Targets(running=PENDING, ending=CANCELLED),
    Move.GIVE_UP: Targets(running=CANCELLED, ending=CANCELLED),
}
OUTCOMES = {COMPLETED: Move.COMPLETE, FAILED: Move.FAIL, CANCELLED: Move.GIVE_UP, PENDING: Move.RETRY}
FINAL = tuple(  # the statuses that no move leaves
    status for status in Status if not any(getattr(targets, status, None) for targets in MOVES.values())
)


def move_of(outcome: Outcome) -> Move:
    """Return the move that ends an attempt with this outcome.

    >>> move_of(Outcome(PENDING, counts=False))
    <Move.HAND_BACK: 'hand back'>
    """
    if not outcome.counts and outcome.status is PENDING:
        return Move.HAND_BACK
    return OUTCOMES[outcome.status]


def sources(move: Move) -> tuple[Status, ...]:
    """Return the statuses that a move may leave.

    >>> [str(status) for status in sources(Move.CANCEL)]
    ['pending', 'running']
    """
    return tuple(status for status in (PENDING, RUNNING) if getattr(MOVES[move], status) is not None)


def bounded(error: str) -> str:
    """Return the text of an error, with its middle left out if it is very long.

    >>> len(bounded("x" * 4_000_000)) < MOST + 100
    True
    """
    if len(error) <= MOST:
        return error
    return f"{error[: MOST // 2]} … ({len(error) - MOST:,} characters are left out) … {error[-MOST // 2 :]}"


def settle(record: Record, outcome: Outcome, now: float) -> Status | None:
    """Make the move that ends an attempt, at `now`. The storage calls this under its lock.

    Return the new status, or None if the record is not running, because then the attempt no longer counts.

    >>> record = Record("webhook", None)
    >>> record.status, record.cancelling = RUNNING, True
    >>> settle(record, Outcome(PENDING, error="ValueError: down"), 0.0)  # a retry, but the job was cancelled
    <Status.CANCELLED: 'cancelled'>
    """
    if record.status is not RUNNING:
        return None
    status = outcome.status  # what the table says of a running job: an outcome is named by its target
    if record.cancelling:
        status = MOVES[move_of(outcome)].ending or status
    record.status = status
    record.updated = now
    record.result = outcome.result
    if outcome.counts:
        record.error = bounded(outcome.error) if outcome.error else ""
    elif status is PENDING:  # interrupted: the attempt is given back, and the previous error stays
        record.attempts -= 1
    return status
