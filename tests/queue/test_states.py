"""The table of moves, and that what a job says of itself agrees with it."""

import pytest

from goqueue.job import CANCELLED, COMPLETED, FAILED, FINAL, PENDING, RUNNING, Outcome, Record, Status
from goqueue.states import FINAL as UNLEFT
from goqueue.states import MOVES, OUTCOMES, Move, move_of, settle, sources

OUTCOME = [Outcome(status) for status in OUTCOMES] + [Outcome(PENDING, counts=False)]


def test_final_is_what_no_move_leaves() -> None:
    assert set(UNLEFT) == FINAL == {COMPLETED, FAILED, CANCELLED}


@pytest.mark.parametrize("cancelling", [False, True])
@pytest.mark.parametrize("outcome", OUTCOME, ids=lambda outcome: move_of(outcome).value)
def test_settling_follows_the_table(outcome: Outcome, cancelling: bool) -> None:
    record = Record("webhook", None)
    record.status, record.cancelling = RUNNING, cancelling
    targets = MOVES[move_of(outcome)]
    assert settle(record, outcome, 1.0) is record.status is (targets.ending if cancelling else targets.running)


@pytest.mark.parametrize("status", [status for status in Status if status is not RUNNING])
def test_what_does_not_run_is_not_settled(status: Status) -> None:
    record = Record("webhook", None)
    record.status = status
    assert settle(record, Outcome(COMPLETED), 1.0) is None
    assert record.status is status


def test_each_move_leaves_something() -> None:
    assert all(sources(move) for move in Move)
